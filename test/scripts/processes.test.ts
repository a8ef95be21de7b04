import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endLeftovers } from '../../scripts/leftovers.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { type Ending, supervise } from '../../scripts/processes.ts';
import {
  ignore,
  jsonWhenThere,
  lives,
  type Running,
  startNode,
  temporaryFolder,
  until,
  writeFiles,
} from './support.ts';

const module = (name: string): string =>
  JSON.stringify(new URL(`../../scripts/${name}`, import.meta.url).href);

/** A child that writes its pid and that of a child of its own into its folder, and ends as the test wants. */
const CHILD = `
  const { spawn } = require('node:child_process');
  const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
  const [name, manner] = process.argv.slice(2);
  const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  process.on('SIGTERM', () => {
    appendFileSync('ended', name + ' ');
    if (manner !== 'stubborn') process.exit(0);
  });
  setInterval(() => existsSync(name + '.die') && process.exit(7), 20);
  console.log('hello\\nworld');
  writeFileSync(name + '.json', JSON.stringify([process.pid, grandchild.pid]));
`;

/** Supervises the children named on its command line: `name` or `name:stubborn`. */
const SUPERVISOR = `
  import { existsSync } from 'node:fs';
  import { setTimeout as pause } from 'node:timers/promises';
  import { supervise } from ${module('processes.ts')};
  const supervisor = await supervise({ log: (line) => console.log(line), records: 'records', graceMs: 400 });
  for (const argument of process.argv.slice(2)) {
    const [name = '', manner = 'obedient'] = argument.split(':');
    const readyWhen = async (signal) => {
      while (!existsSync(name + '.json')) await pause(10, undefined, { signal });
    };
    await supervisor.spawn(name, process.execPath, ['child.cjs', name, manner], { readyWhen });
  }
  console.log('up');
  const ending = await supervisor.exited;
  console.log(JSON.stringify(ending));
  process.exitCode = ending.cause === 'death' ? 1 : 0;
`;

describe('a supervisor', () => {
  const newFolder = temporaryFolder();

  async function newScene(): Promise<string> {
    const folder = await newFolder();
    await writeFiles(folder, { 'child.cjs': CHILD, 'supervisor.mts': SUPERVISOR });
    return folder;
  }

  async function startSupervisor(folder: string, ...children: string[]): Promise<Running> {
    const tsx = join(projectRoot, 'node_modules', 'tsx', 'dist', 'loader.mjs');
    const running = startNode(['--import', tsx, 'supervisor.mts', ...children], { cwd: folder });
    await until('the children are up', () => {
      if (running.child.exitCode !== null) throw new Error(running.stderr() + running.stdout());
      return /^up$/m.test(running.stdout());
    });
    return running;
  }

  async function pidsOf(folder: string, ...children: string[]): Promise<number[]> {
    const files = children.map((name) => jsonWhenThere<number[]>(join(folder, `${name}.json`)));
    return (await Promise.all(files)).flat();
  }

  async function recorded(folder: string): Promise<string[]> {
    return (await readdir(join(folder, 'records'))).filter((name) => name.endsWith('.json'));
  }

  it('names each child before its lines', async () => {
    const folder = await newScene();
    const running = await startSupervisor(folder, 'one', 'two');
    running.child.kill('SIGTERM');
    await running.ended;
    for (const line of ['[one] hello', '[one] world', '[two] hello']) {
      assert.ok(running.stdout().split('\n').includes(line), line);
    }
  });

  it('ends the others when one dies, says which and how, and leaves nothing of any of them', async () => {
    const folder = await newScene();
    const running = await startSupervisor(folder, 'one', 'two', 'three');
    const pids = await pidsOf(folder, 'one', 'two', 'three');
    assert.equal(pids.every(lives), true);
    await writeFile(join(folder, 'two.die'), '');
    assert.equal(await running.ended, 1);
    assert.match(running.stdout(), /^two ended unexpectedly \(exit status 7\): ending the others\.$/m);
    assert.deepEqual(pids.filter(lives), []);
    assert.deepEqual(await recorded(folder), []);
  });

  it('says the signal that killed a child', async () => {
    const folder = await newScene();
    const running = await startSupervisor(folder, 'one', 'two');
    const [one = 0] = await pidsOf(folder, 'one');
    process.kill(one, 'SIGKILL');
    assert.equal(await running.ended, 1);
    assert.match(running.stdout(), /^one ended unexpectedly \(signal SIGKILL\)/m);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`ends its children in reverse order on ${signal} and leaves no orphan`, async () => {
      const folder = await newScene();
      const running = await startSupervisor(folder, 'one', 'two', 'three');
      const pids = await pidsOf(folder, 'one', 'two', 'three');
      running.child.kill(signal);
      assert.equal(await running.ended, 0);
      assert.equal(await readFile(join(folder, 'ended'), 'utf8'), 'three two one ');
      assert.deepEqual(pids.filter(lives), []);
      assert.deepEqual(await recorded(folder), []);
    });
  }

  it('kills a child that does not end in its time', async () => {
    const folder = await newScene();
    const running = await startSupervisor(folder, 'one', 'two:stubborn');
    const pids = await pidsOf(folder, 'one', 'two');
    running.child.kill('SIGTERM');
    assert.equal(await running.ended, 0);
    assert.deepEqual(pids.filter(lives), []);
  });

  it('takes a signal that comes twice at once for one, and kills everything at a later second one', async () => {
    const folder = await newScene();
    const program = SUPERVISOR.replace('graceMs: 400', 'graceMs: 60_000');
    await writeFile(join(folder, 'supervisor.mts'), program);
    const running = await startSupervisor(folder, 'one:stubborn');
    const [stubborn = 0] = await pidsOf(folder, 'one');
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    await until('the child was asked', () => existsSync(join(folder, 'ended')));
    const asked = Date.now();
    await until('a second has passed', () => Date.now() > asked + 1_000);
    assert.equal(lives(stubborn), true);
    running.child.kill('SIGINT');
    assert.equal(await running.ended, 130);
    await until('it is gone', () => !lives(stubborn));
  });

  it('ends at its next start what a killed run has left, and only that', async () => {
    const folder = await newScene();
    const killed = await startSupervisor(folder, 'one', 'two');
    const left = await pidsOf(folder, 'one', 'two');
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal(left.every(lives), true);
    assert.equal((await recorded(folder)).length, 2);

    // A record whose child is dead and whose number a stranger has by now.
    const stranger = startNode(['-e', 'setInterval(() => {}, 1000)']);
    const records = join(folder, 'records');
    const [name = ''] = await recorded(folder);
    const record = JSON.parse(await readFile(join(records, name), 'utf8')) as { child: { pid: number } };
    record.child.pid = stranger.pid;
    await writeFile(join(records, `${stranger.pid}.json`), JSON.stringify(record));

    const next = await startSupervisor(folder, 'three');
    try {
      assert.deepEqual(left.filter(lives), []);
      assert.equal(lives(stranger.pid), true);
      assert.match(
        next.stdout(),
        /^Ending two \(process \d+\), left over from a run that was killed …\nEnding one /,
      );
      assert.equal((await recorded(folder)).length, 1);
    } finally {
      stranger.child.kill('SIGKILL');
      next.child.kill('SIGTERM');
      await Promise.all([stranger.ended, next.ended]);
    }
  });

  it('leaves the children of a run that still runs alone', async () => {
    const folder = await newScene();
    const running = await startSupervisor(folder, 'one');
    const pids = await pidsOf(folder, 'one');
    await endLeftovers(join(folder, 'records'), ignore);
    assert.equal(pids.every(lives), true);
    running.child.kill('SIGTERM');
    await running.ended;
  });

  describe('within a process', () => {
    it('stops other resources with the children, in reverse order, and one that comes too late at once', async () => {
      const folder = await newFolder();
      const supervisor = await supervise({ log: ignore, records: join(folder, 'records') });
      const stopped: string[] = [];
      const resource = (name: string): { stop: () => Promise<void>; exited: Promise<never> } => ({
        stop: () => Promise.resolve(void stopped.push(name)),
        exited: new Promise(ignore),
      });
      await supervisor.add('first', resource('first'));
      await supervisor.add('second', resource('second'));
      assert.deepEqual(await supervisor.stop(), { cause: 'stop' } satisfies Ending);
      assert.deepEqual(stopped, ['second', 'first']);
      await assert.rejects(supervisor.add('late', resource('late')), /everything is being ended/);
      assert.deepEqual(stopped, ['second', 'first', 'late']);
    });

    it('gives a child that has its own end back as it ended', async () => {
      const folder = await newFolder();
      const lines: string[] = [];
      const supervisor = await supervise({
        log: (line) => lines.push(line),
        records: join(folder, 'records'),
      });
      const program = ['-e', 'console.log("done"); process.exit(3)'];
      assert.deepEqual(await supervisor.run('job', process.execPath, program), { code: 3, signal: null });
      assert.deepEqual(lines, ['[job] done']);
      await supervisor.stop();
      await assert.rejects(supervisor.run('job', process.execPath, program), /everything is being ended/);
    });

    it('reports a program that does not exist', async () => {
      const folder = await newFolder();
      const supervisor = await supervise({ log: ignore, records: join(folder, 'records') });
      await assert.rejects(supervisor.spawn('nothing', '/nowhere/program', []), /ENOENT/);
      await supervisor.stop();
    });
  });
});
