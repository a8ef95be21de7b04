// npm test: the suite, or the files and folders given, on a PostgreSQL and a Temporal server of its own.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { describeExit } from './child.ts';
import { endLeftovers } from './leftovers.ts';
import { cacheFolder, processFolder, projectRoot } from './paths.ts';
import { createDatabase, dropDatabase, startPostgres } from './postgres.ts';
import { both, supervise, type Supervisor } from './processes.ts';
import { messageOf, Refusal } from './refusal.ts';
import { readIfThere } from './private-file.ts';
import { findTemporalCli } from './temporal/cli.ts';
import { startTemporalServer } from './temporal/server.ts';
import { loadTemporalSettings, quickTimers, type TemporalSettings } from './temporal/settings.ts';
import { describeResult, type TestResult } from './test-reporter.ts';

const USAGE = 'npm test -- [files or folders] [--grep <pattern>] [--jobs <n>]';
const TEMPLATE = 'template_idm';
const workflowsPath = join(projectRoot, 'workflows', 'index.ts');
const FAILED_START: TestResult = { passed: 0, failed: 1, skipped: 0 };

const log = (line: string): void => console.error(line);
const result = await runTests();
console.log(describeResult(result));
process.exitCode = result.failed > 0 || result.passed === 0 ? 1 : 0;

async function runTests(): Promise<TestResult> {
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-test-'));
  const supervisor = await supervise({ log });
  try {
    const request = readArguments();
    return await runSuite(supervisor, folder, request);
  } catch (error) {
    const { cause } = await supervisor.stop();
    log(
      cause === 'signal'
        ? 'The tests were interrupted.'
        : error instanceof Refusal
          ? error.message
          : wholeError(error),
    );
    return FAILED_START;
  } finally {
    await supervisor.stop();
    // What the tests started and a killed or crashed test file did not end.
    await endLeftovers(processFolder, () => undefined, 1_000);
    await rm(folder, { recursive: true, force: true });
  }
}

function wholeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
}

interface TestRequest {
  specs: string[];
  grep: string | undefined;
  jobs: number;
}

function readArguments(): TestRequest {
  const text = { type: 'string' } as const;
  try {
    const options = { grep: { ...text, short: 'g' }, jobs: { ...text, short: 'j' } };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    // One more than there are processors: files wait for other processes a good part of their time.
    const jobs = Number(values.jobs ?? availableParallelism() + 1);
    if (!Number.isInteger(jobs) || jobs < 1) throw new Error(`--jobs is ${values.jobs ?? ''}`);
    return { specs: positionals, grep: values.grep, jobs };
  } catch (error) {
    throw new Refusal(`${messageOf(error).split('\n')[0] ?? ''}: ${USAGE}`);
  }
}

async function runSuite(supervisor: Supervisor, folder: string, request: TestRequest): Promise<TestResult> {
  const settings = await loadTemporalSettings();
  const [[database, temporal], bundle] = await both(
    supervisor,
    both(supervisor, bringUpDatabase(supervisor), bringUpTemporal(supervisor, settings)),
    bundleWorkflows(folder),
  );
  const resultFile = join(folder, 'result.json');
  const exit = await supervisor.run('mocha', process.execPath, await mochaArguments(folder, request), {
    cwd: projectRoot,
    output: 'inherit',
    env: {
      ...process.env,
      TEST_POSTGRES_ADMIN_URL: database.adminUrl,
      TEST_POSTGRES_TEMPLATE: database.template,
      TEMPORAL_CLI_PATH: temporal.cli,
      TEST_TEMPORAL_ADDRESS: temporal.address,
      TEST_WORKFLOW_BUNDLE: bundle,
      TEST_RESULT_FILE: resultFile,
    },
  });
  await database.remove();
  const written = await readIfThere(resultFile);
  if (written === undefined) throw new Refusal(`The test run broke off (${describeExit(exit)}).`);
  const counted = JSON.parse(written) as TestResult;
  if (counted.passed + counted.failed === 0) log('No test ran.');
  // What mocha calls a failure without having reported one still is one.
  return { ...counted, failed: Math.max(counted.failed, exit.code === 0 ? 0 : 1) };
}

/** The CLI and, where there are workflows, one server for all test files, each of which has namespaces of its own. */
async function bringUpTemporal(
  supervisor: Supervisor,
  settings: TemporalSettings,
): Promise<{ cli: string; address: string }> {
  const { signal } = supervisor;
  const cacheDir = join(cacheFolder, 'temporal');
  const cli = await findTemporalCli({ settings, env: process.env, cacheDir, log, signal });
  if (!existsSync(workflowsPath)) return { cli, address: '' };
  const quick = quickTimers(settings);
  const server = await startTemporalServer({ cli, settings: quick, port: 0, headless: true, log, signal });
  await supervisor.add('temporal', server);
  return { cli, address: server.address };
}

/** Bundles the workflows once for all test files; bundling takes seconds. */
async function bundleWorkflows(folder: string): Promise<string> {
  if (!existsSync(workflowsPath)) return '';
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  const file = join(folder, 'workflow-bundle.js');
  await writeFile(file, code);
  return file;
}

interface TestDatabase {
  adminUrl: string;
  /** The name of a migrated database to copy. */
  template: string;
  remove(): Promise<void>;
}

/** A server in a temporary folder that goes with the run, or the one that `DATABASE_URL` names. */
async function bringUpDatabase(supervisor: Supervisor): Promise<TestDatabase> {
  const { signal } = supervisor;
  const given = process.env.DATABASE_URL ?? '';
  if (given !== '') {
    const template = `${TEMPLATE}_${process.pid}`;
    await makeTemplate(supervisor, given, template);
    return { adminUrl: given, template, remove: () => dropDatabase(given, template) };
  }
  const postgres = await startPostgres({ log, signal });
  await supervisor.add('postgres', postgres);
  await makeTemplate(supervisor, postgres.adminUrl, TEMPLATE);
  return { adminUrl: postgres.adminUrl, template: TEMPLATE, remove: () => Promise.resolve() };
}

async function makeTemplate(supervisor: Supervisor, adminUrl: string, template: string): Promise<void> {
  await createDatabase(adminUrl, template);
  const program = join(projectRoot, 'scripts', 'migrate.ts');
  if (!existsSync(program)) return;
  const url = new URL(adminUrl);
  url.pathname = `/${template}`;
  const exit = await supervisor.run('migrate', process.execPath, ['--import', 'tsx', program], {
    cwd: projectRoot,
    env: { ...process.env, DATABASE_URL: url.href },
  });
  if (exit.code !== 0) throw new Refusal(`The test database could not be migrated (${describeExit(exit)}).`);
}

async function mochaArguments(folder: string, { specs, grep, jobs }: TestRequest): Promise<string[]> {
  const cli = fileURLToPath(import.meta.resolve('mocha/lib/cli/cli.js'));
  const args = ['--import', 'tsx', cli];
  args.push('--config', await writeConfig(folder));
  args.push('--reporter', join(projectRoot, 'scripts', 'test-reporter.ts'));
  // Two at least: a single job would run all files in one process, where one that hangs holds up the end.
  args.push('--parallel', '--jobs', String(Math.max(2, jobs)));
  if (grep !== undefined) args.push('--grep', grep);
  const patterns = await Promise.all((specs.length === 0 ? ['test'] : specs).map(toPattern));
  return [...args, ...patterns];
}

/**
 * The project's mocha configuration, without what is not wanted here: mocha adds the files of its configuration to
 * those named on the command line, and starts a process more for `node-option`.
 */
async function writeConfig(folder: string): Promise<string> {
  const config = JSON.parse(await readFile(join(projectRoot, '.mocharc.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  delete config['node-option'];
  delete config.spec;
  const file = join(folder, 'mocharc.json');
  await writeFile(file, JSON.stringify(config));
  return file;
}

async function toPattern(spec: string): Promise<string> {
  const isFolder = existsSync(spec) && (await stat(spec)).isDirectory();
  return isFolder ? join(spec, '**', '*.test.ts') : spec;
}
