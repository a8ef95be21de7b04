import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import { promisify } from 'node:util';
import { temporalCli } from './environment.ts';
import type { Service } from './service.ts';

const run = promisify(execFile);

/** Runs a command of Temporal's own CLI against the service's server, as an operator would; returns what it printed. */
export async function operate(
  { temporalAddress, temporal }: Pick<Service, 'temporalAddress' | 'temporal'>,
  ...args: string[]
): Promise<string> {
  const place = ['--address', temporalAddress, '--namespace', temporal.options.namespace];
  const settings = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  const env = { ...Object.fromEntries(settings), TEMPORAL_CONFIG_FILE: devNull };
  const { stdout } = await run(temporalCli(), [...args, ...place], { env });
  return stdout;
}
