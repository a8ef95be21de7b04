import { parseArgs } from 'node:util';
import { INVENTED_TENANT, TenantDataError, loadOktaTenant, unreachableObjects } from './okta/data.ts';
import type { ListeningSimulator } from './listen.ts';
import { createOktaSimulator } from './okta/server.ts';

const USAGE =
  'npm run simulate -- okta [--data <folder>] [--port <n>] [--latency <ms>] [--rate-limit <n>] [--token <text>]';

/** The command line asks for something that cannot be had; the message says what to do. */
class UsageError extends Error {}

interface Settings {
  data: string;
  port: number;
  latency: number;
  rateLimit: number | undefined;
  token: string | undefined;
}

function readSettings(args: string[]): Settings {
  const { values, positionals } = parse(args);
  const [vendor, ...rest] = positionals;
  if (vendor === 'entra')
    throw new UsageError('The entra simulator is not available yet: simulate okta instead.');
  if (vendor !== 'okta' || rest.length > 0) throw new UsageError(`Say which vendor to simulate: ${USAGE}`);
  // A grammar of faults becomes an `intercept` of the simulator here.
  if (values.fail !== undefined) throw new UsageError('--fail is not available yet: leave it out.');
  return {
    data: values.data ?? INVENTED_TENANT,
    port: whole('--port', values.port, 0, 65_535) ?? 0,
    latency: whole('--latency', values.latency, 0, 600_000) ?? 0,
    rateLimit: whole('--rate-limit', values['rate-limit'], 1, 1_000_000_000),
    token: values.token,
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = { data: text, port: text, latency: text, 'rate-limit': text, token: text, fail: text };
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${reason}; use: ${USAGE}`);
  }
}

function whole(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from ${min} to ${max}, not "${text}".`);
}

async function start(settings: Settings): Promise<ListeningSimulator> {
  const data = loadOktaTenant(settings.data);
  for (const { message } of unreachableObjects(data)) console.error(message);
  const { port, latency, rateLimit, token } = settings;
  try {
    return await createOktaSimulator({ data, latency, rateLimit, token }).listen(port);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new UsageError(
      `Port ${port} cannot be used (${code}): name another with --port, or none to get a free one.`,
    );
  }
}

try {
  const simulator = await start(readSettings(process.argv.slice(2)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void simulator.close());
  }
  console.log(`simulating okta ${simulator.url}`);
} catch (error) {
  if (!(error instanceof UsageError || error instanceof TenantDataError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
