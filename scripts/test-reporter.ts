// The test runs' report: a line a file, failures in full, the slowest ten, and the counts on the last line.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import Mocha from 'mocha';

const { Base } = Mocha.reporters;
const { EVENT_RUN_END, EVENT_TEST_FAIL, EVENT_TEST_PASS, EVENT_TEST_PENDING } = Mocha.Runner.constants;
const SLOWEST = 10;

/** What a run came to; `test.ts` says it last, after everything has ended. */
export interface TestResult {
  passed: number;
  failed: number;
  skipped: number;
}

interface Timed {
  title: string;
  milliseconds: number;
}

/** With `TEST_RESULT_FILE` the counts are written there as JSON and the last line is left to who reads them. */
export default class TestReporter extends Base {
  readonly #timed: Timed[] = [];
  #file: string | undefined;
  #counts = { passed: 0, failed: 0, skipped: 0 };

  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(EVENT_TEST_PASS, (test) => {
      this.#timed.push({ title: test.fullTitle(), milliseconds: test.duration ?? 0 });
      this.#count(test, 'passed');
    });
    runner.on(EVENT_TEST_FAIL, (test) => this.#count(test, 'failed'));
    runner.on(EVENT_TEST_PENDING, (test) => this.#count(test, 'skipped'));
    runner.once(EVENT_RUN_END, () => this.#finish());
  }

  /** Tests come file by file, in parallel runs as well. */
  #count(test: Mocha.Runnable, outcome: keyof TestResult): void {
    const file = test.file ?? 'outside of any file';
    if (file !== this.#file) this.#finishFile();
    this.#file = file;
    this.#counts[outcome] += 1;
  }

  #finishFile(): void {
    if (this.#file === undefined) return;
    const { passed, failed, skipped } = this.#counts;
    // Marks of our own: mocha's symbols may carry colours that `Base.color` would have left out.
    const mark = failed > 0 ? Base.color('fail', '✖') : Base.color('checkmark', '✔');
    const parts = [`${passed} passed`];
    if (failed > 0) parts.push(`${failed} failed`);
    if (skipped > 0) parts.push(`${skipped} skipped`);
    Base.consoleLog(`${mark} ${relative(process.cwd(), this.#file)}: ${parts.join(', ')}`);
    this.#counts = { passed: 0, failed: 0, skipped: 0 };
  }

  #finish(): void {
    this.#finishFile();
    Base.list(this.failures);
    const slowest = this.#timed.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, SLOWEST);
    if (slowest.length > 0) Base.consoleLog('\nslowest:');
    for (const { title, milliseconds } of slowest) {
      Base.consoleLog(`${String(milliseconds).padStart(8)} ms  ${title}`);
    }
    const { passes: passed, failures: failed, pending: skipped } = this.stats;
    const result: TestResult = { passed, failed, skipped };
    const file = process.env.TEST_RESULT_FILE;
    if (file !== undefined) writeFileSync(file, JSON.stringify(result));
    else Base.consoleLog(describeResult(result));
  }
}

/** The counts; the last line alone is for programs to read. */
export function describeResult({ passed, failed, skipped }: TestResult): string {
  const last = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? `\n${last}` : `\n${skipped} skipped\n${last}`;
}
