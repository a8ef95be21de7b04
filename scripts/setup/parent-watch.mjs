// `kill` of an `npm start` reaches npm, which passes it to the shell that it runs the script in, and some shells die
// of it without telling their child. Under npm, a program whose npm or shell has gone is therefore asked to end.
import { clearInterval, setInterval } from 'node:timers';
import { parentOf, processCommand, processIdentity } from './process-identity.mjs';

const INTERVAL_MS = 200;

/** Sends SIGTERM to this process once the npm that runs it is gone; does nothing when no npm runs it. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const watched = [process.ppid];
  const shellsParent = parentOf(process.ppid);
  if (shellsParent && isShell(process.ppid)) watched.push(shellsParent);
  // Asking costs two small reads on Linux and a process elsewhere, where the parent's pid alone has to do.
  const pids = process.platform === 'linux' ? watched : [];
  const identities = pids.map(processIdentity);
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && pids.every((pid, place) => processIdentity(pid) === identities[place]))
      return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, INTERVAL_MS);
  timer.unref();
}

/** @param {number} pid */
function isShell(pid) {
  return /^(\S*\/)?(sh|dash|bash|zsh|ksh|ash|busybox) /.test(processCommand(pid));
}
