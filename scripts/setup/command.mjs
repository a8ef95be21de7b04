// Runs one command of the set-up to its end, out of sight unless it fails.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd: string, env?: Record<string, string | undefined>, onSpawn?: (pid: number) => void}} options
 * @returns {Promise<{ok: boolean, output: string}>} what it wrote, both streams; a command that does not exist is
 *   not ok. Ends this process when a signal asks for it, the command first.
 */
export function runCommand(command, args, { cwd, env = process.env, onSpawn }) {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd, env, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let wanted;
    const pass = (signal) => {
      wanted = signal;
      child.kill(signal);
    };
    const finish = (ok) => {
      for (const signal of SIGNALS) process.off(signal, pass);
      if (wanted) process.exit(128 + constants.signals[wanted]);
      resolve({ ok, output });
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('spawn', () => onSpawn?.(child.pid));
    child.on('error', (error) => {
      output += error.message;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/**
 * The last lines that say something, for a message.
 *
 * @param {string} output
 * @param {number} count
 */
export function lastLines(output, count) {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}
