// Preloaded into the worker by the benchmark: writes, some times a second, how long its event loop has stood still at most
// and how much memory it has held at most. Other processes of the stack load it too and do nothing. JavaScript,
// because the threads in which Temporal runs workflows load it as well, without a TypeScript loader.
import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { clearInterval, setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

const file = process.env.BENCH_WORKER_FILE;
if (isMainThread && file !== undefined && process.argv[1]?.endsWith('/worker.ts')) {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  writeFileSync(file, JSON.stringify({ pid: process.pid }));
  // Told when something begins that is to be measured: loading the program and bundling the workflows is not.
  let timer;
  process.on('SIGHUP', () => {
    clearInterval(timer);
    const before = process.cpuUsage();
    let maxRss = 0;
    delay.reset();
    timer = setInterval(() => {
      maxRss = Math.max(maxRss, process.memoryUsage.rss());
      const { user, system } = process.cpuUsage(before);
      const figures = {
        pid: process.pid,
        maxStallMs: delay.max / 1e6,
        maxRssMb: maxRss / 2 ** 20,
        cpuSeconds: (user + system) / 1e6,
      };
      writeFileSync(file, JSON.stringify(figures));
    }, 200).unref();
  });
}
