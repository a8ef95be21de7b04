// npm run token: an access token for the running development stack, on standard output and nothing else.
import { parseArgs } from 'node:util';
import {
  ACCESS_CONTEXTS,
  DEVELOPMENT_PERMISSIONS,
  mintToken,
  readIssuerKeys,
  TENANT_KINDS,
} from './dev-issuer.ts';
import { demoStackFile, stackFile } from './paths.ts';
import { messageOf, Refusal, runProgram } from './refusal.ts';
import { readRunningStack, type StackFile } from './stack-file.ts';

const USAGE =
  'npm run token -- --tenant <uuid> [--kind customer|operator|vendor] ' +
  '[--context membership|guest_access|support_access] [--permissions a,b] [--sub s]';

await runProgram(async () => {
  const flags = readFlags();
  const stack = (await readRunningStack(stackFile)) ?? (await readRunningStack(demoStackFile));
  if (stack === undefined)
    throw new Refusal('No stack of this checkout is running: npm start or npm run demo brings one up.');
  if (stack.issuer === null) {
    throw new Refusal(
      'The running stack trusts an issuer of your own (AUTH_ISSUER): ask that one for a token.',
    );
  }
  const { issuer, audience, keys_file: keysFile } = stack.issuer;
  const token = await mintToken(await readIssuerKeys(keysFile), {
    iss: issuer,
    aud: audience,
    sub: flags.sub,
    tenant_id: tenantOf(flags, stack),
    tenant_kind: flags.kind,
    access_context: flags.context,
    permissions: flags.permissions,
  });
  process.stdout.write(`${token}\n`);
  return 0;
}, 2);

interface Flags {
  tenant: string | undefined;
  kind: string;
  context: string;
  permissions: string[];
  sub: string;
}

function readFlags(): Flags {
  const values = parse();
  const { tenant, kind = 'customer', context = 'membership', permissions, sub = 'dev' } = values;
  if (tenant !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant)) {
    throw new Refusal(`--tenant is ${tenant}, which is no UUID: ${USAGE}`);
  }
  oneOf('--kind', kind, TENANT_KINDS);
  oneOf('--context', context, ACCESS_CONTEXTS);
  const listed = permissions?.split(',').filter((permission) => permission !== '');
  return { tenant, kind, context, permissions: listed ?? DEVELOPMENT_PERMISSIONS, sub };
}

function parse(): Partial<Record<'tenant' | 'kind' | 'context' | 'permissions' | 'sub', string>> {
  const text = { type: 'string' } as const;
  const options = { tenant: text, kind: text, context: text, permissions: text, sub: text };
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new Refusal(`${messageOf(error).split('\n')[0] ?? ''}: ${USAGE}`);
  }
}

function oneOf(flag: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value))
    throw new Refusal(`${flag} is ${value}, not one of ${allowed.join(', ')}: ${USAGE}`);
}

function tenantOf({ tenant, kind }: Flags, stack: StackFile): string {
  if (tenant !== undefined) return tenant.toLowerCase();
  if (kind === 'operator' && stack.operator_tenant_id !== null) return stack.operator_tenant_id;
  throw new Refusal(`--tenant is missing: ${USAGE}`);
}
