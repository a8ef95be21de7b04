import { parseArgs } from 'node:util';
import type { Intercept } from './answer.ts';
import {
  INVENTED_TENANT as ENTRA_TENANT,
  loadEntraTenant,
  unreachableObjects as unreachableInEntra,
} from './entra/data.ts';
import { ENTRA_FAULTS } from './entra/faults.ts';
import {
  createEntraSimulator,
  SIMULATED_ENTRA_CLIENT_ID,
  SIMULATED_ENTRA_CLIENT_SECRET,
} from './entra/server.ts';
import { createFaults, FAULTS_HELP, FaultSpecError, type FaultVendor } from './faults.ts';
import type { ListeningSimulator } from './listen.ts';
import { INVENTED_TENANT as OKTA_TENANT, loadOktaTenant, unreachableObjects } from './okta/data.ts';
import { OKTA_FAULTS } from './okta/faults.ts';
import { createOktaSimulator, SIMULATED_OKTA_TOKEN } from './okta/server.ts';
import { TenantDataError } from './tenant.ts';

const USAGE =
  'npm run simulate -- okta|entra [--data <folder>] [--port <n>] [--latency <ms>] [--rate-limit <n>] [--fail <rules>] [--token <text>] [--client-id <text>] [--client-secret <text>] [--help]';

const HELP = [
  USAGE,
  '',
  'Serves a tenant the way Okta or Microsoft Graph documents it, read-only, on the loopback interface, and prints',
  '"simulating <okta|entra> <url> [ca <file>]" on one line when it is ready.',
  '',
  '  --data <folder>         one JSON array a file, named by collection; left out: an invented company',
  '  --port <n>              left out: a free one',
  '  --latency <ms>          before each answer',
  '  --rate-limit <n>        okta: requests a minute in every bucket; entra: resource units per ten seconds',
  '  --fail <rules>          faults, see below',
  `  --token <text>          okta: the API token it takes; left out: ${SIMULATED_OKTA_TOKEN}`,
  `  --client-id <text>      entra: left out: ${SIMULATED_ENTRA_CLIENT_ID}`,
  `  --client-secret <text>  entra: left out: ${SIMULATED_ENTRA_CLIENT_SECRET}`,
  '',
  FAULTS_HELP,
].join('\n');

/** The command line asks for something that cannot be had; the message says what to do. */
class UsageError extends Error {}

interface Settings {
  data: string | undefined;
  latency: number;
  rateLimit: number | undefined;
  intercept: Intercept | undefined;
  token: string | undefined;
  clientId: string | undefined;
  clientSecret: string | undefined;
}

/** How a vendor's tenant is served, and which flags are of that vendor alone. */
interface Vendor {
  faults: FaultVendor;
  flags: readonly string[];
  /** Reads the data and makes the function that starts serving it. */
  open(settings: Settings): (port: number) => Promise<Started>;
}

interface Started {
  listening: ListeningSimulator;
  /** What is said when it is ready. */
  line: string;
}

const VENDORS: Readonly<Record<string, Vendor>> = {
  okta: { faults: OKTA_FAULTS, flags: ['token'], open: openOkta },
  entra: { faults: ENTRA_FAULTS, flags: ['client-id', 'client-secret'], open: openEntra },
};

function openOkta({ data: folder = OKTA_TENANT, ...settings }: Settings): (port: number) => Promise<Started> {
  const data = loadOktaTenant(folder);
  for (const { message } of unreachableObjects(data)) console.error(message);
  const simulator = createOktaSimulator({ ...settings, data });
  return async (port) => {
    const listening = await simulator.listen(port);
    return { listening, line: `simulating okta ${listening.url}` };
  };
}

function openEntra({
  data: folder = ENTRA_TENANT,
  ...settings
}: Settings): (port: number) => Promise<Started> {
  const data = loadEntraTenant(folder);
  for (const { message } of unreachableInEntra(data)) console.error(message);
  const simulator = createEntraSimulator({ ...settings, data });
  return async (port) => {
    const listening = await simulator.listen(port);
    return { listening, line: `simulating entra ${listening.url} ca ${listening.caFile}` };
  };
}

type Flags = ReturnType<typeof parse>['values'];

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const common = { data: text, port: text, latency: text, 'rate-limit': text, fail: text };
  const own = { token: text, 'client-id': text, 'client-secret': text };
  const help = { type: 'boolean', short: 'h' } as const;
  try {
    return parseArgs({ args, options: { ...common, ...own, help }, allowPositionals: true });
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(`${reason}; use: ${USAGE}`);
  }
}

function findVendor(flags: Flags, [name = '', ...rest]: readonly string[]): Vendor {
  const vendor = Object.hasOwn(VENDORS, name) ? VENDORS[name] : undefined;
  if (vendor === undefined || rest.length > 0) throw new UsageError(`Say which vendor to simulate: ${USAGE}`);
  const foreign = Object.values(VENDORS).flatMap((other) => (other === vendor ? [] : other.flags));
  const misplaced = foreign.find((flag) => flag in flags);
  if (misplaced !== undefined) throw new UsageError(`--${misplaced} is not for ${name}: leave it out.`);
  return vendor;
}

function readSettings(flags: Flags, { faults }: Vendor): Settings {
  return {
    data: flags.data,
    latency: whole('--latency', flags.latency, 0, 600_000) ?? 0,
    rateLimit: whole('--rate-limit', flags['rate-limit'], 1, 1_000_000_000),
    intercept: flags.fail === undefined ? undefined : createFaults(flags.fail, faults),
    token: flags.token,
    clientId: flags['client-id'],
    clientSecret: flags['client-secret'],
  };
}

function whole(flag: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag} takes a whole number from ${min} to ${max}, not "${text}".`);
}

async function simulate(flags: Flags, positionals: readonly string[]): Promise<void> {
  const vendor = findVendor(flags, positionals);
  const port = whole('--port', flags.port, 0, 65_535) ?? 0;
  const listen = vendor.open(readSettings(flags, vendor));
  const { listening, line } = await listen(port).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    throw new UsageError(
      `Port ${port} cannot be used (${code}): name another with --port, or none to get a free one.`,
    );
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void listening.close());
  }
  console.log(line);
}

try {
  const { values, positionals } = parse(process.argv.slice(2));
  if (values.help) console.log(HELP);
  else await simulate(values, positionals);
} catch (error) {
  const expected = [UsageError, TenantDataError, FaultSpecError].some((kind) => error instanceof kind);
  if (!expected || !(error instanceof Error)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
