import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../../scripts/paths.ts';
import { lock, tryLock } from '../../scripts/setup/lock.mjs';
import { ignore, startNode, temporaryFolder } from './support.ts';

const MODULE = pathToFileURL(join(projectRoot, 'scripts/setup/lock.mjs')).href;

describe('the lock between processes', () => {
  const newFolder = temporaryFolder();

  async function newPath(): Promise<string> {
    return join(await newFolder(), 'some.lock');
  }

  function take(path: string): { release(): void; alsoHeldBy(pid: number): void } {
    const taken = tryLock(path);
    if ('holder' in taken) throw new Error(`held by ${taken.holder}`);
    return taken;
  }

  it('is refused while its owner lives, naming the owner, and free after its release', async () => {
    const path = await newPath();
    const held = take(path);
    assert.deepEqual(tryLock(path), { holder: process.pid });
    held.release();
    assert.equal(existsSync(path), false);
    take(path).release();
  });

  it('is taken over from an owner that was killed', async () => {
    const path = await newPath();
    const owner = startNode([
      '--input-type=module',
      '-e',
      `import { tryLock } from '${MODULE}'; tryLock(${JSON.stringify(path)}); process.kill(process.pid, 'SIGKILL');`,
    ]);
    assert.equal(await owner.ended, 'SIGKILL');
    assert.equal((await readdir(path)).length, 1);
    take(path).release();
  });

  it('is taken over when the pid of its owner belongs to another process now', async () => {
    const path = await newPath();
    await mkdir(path);
    await writeFile(join(path, `${process.pid}-0000`), 'another start time');
    take(path).release();
  });

  it('stays taken while a process that shares it lives', async () => {
    const path = await newPath();
    const sharer = startNode(['-e', 'setInterval(() => {}, 1000)']);
    const owner = startNode([
      '--input-type=module',
      '-e',
      `import { tryLock } from '${MODULE}'; tryLock(${JSON.stringify(path)}).alsoHeldBy(${sharer.pid});`,
    ]);
    assert.equal(await owner.ended, 0);
    assert.deepEqual(tryLock(path), { holder: sharer.pid });
    sharer.child.kill('SIGKILL');
    await sharer.ended;
    take(path).release();
  });

  it('lets one of many processes in at a time, a dead owner or not', async () => {
    const path = await newPath();
    const log = `${path}.log`;
    await mkdir(path);
    await writeFile(join(path, '999999999-0000'), 'long dead');
    const program = `
      import { lock } from '${MODULE}';
      import { appendFileSync } from 'node:fs';
      import { setTimeout as pause } from 'node:timers/promises';
      const held = await lock(${JSON.stringify(path)}, { onBusy: () => {}, timeoutMs: 15000 });
      appendFileSync(${JSON.stringify(log)}, 'in ');
      await pause(20);
      appendFileSync(${JSON.stringify(log)}, 'out ');
      held.release();`;
    const processes = Array.from({ length: 6 }, () => startNode(['--input-type=module', '-e', program]));
    assert.deepEqual(await Promise.all(processes.map(({ ended }) => ended)), [0, 0, 0, 0, 0, 0]);
    assert.equal(await readFile(log, 'utf8'), 'in out '.repeat(6));
  });

  it('says once that it waits, and gives up in the end', async () => {
    const path = await newPath();
    const held = take(path);
    const holders: number[] = [];
    const waiting = lock(path, { onBusy: (pid) => holders.push(pid), timeoutMs: 250 });
    await assert.rejects(waiting, new RegExp(`Process ${process.pid} has kept .* for 0.25 s`));
    assert.deepEqual(holders, [process.pid]);
    held.release();
    (await lock(path, { onBusy: ignore, timeoutMs: 0 })).release();
  });
});
