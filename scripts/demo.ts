// npm run demo: the whole stack on embedded parts in a temporary folder, and the main job through the HTTP API.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { INVENTED_TENANT, loadOktaTenant } from '../simulators/okta/data.ts';
import { SIMULATED_OKTA_TOKEN } from '../simulators/okta/server.ts';
import { startChild, type Child } from './child.ts';
import { brokenPromises, report } from './demo/report.ts';
import { signIn } from './demo/signIn.ts';
import { walk } from './demo/walk.ts';
import { demoStackFile, projectRoot } from './paths.ts';
import { Refusal, runProgram } from './refusal.ts';
import { bringUpStack, type Stack } from './stack.ts';

const terminal = process.stdout.isTTY;
const bold = (line: string) => (terminal ? `\u001b[1m${line}\u001b[0m` : line);

await runProgram(async () => {
  const { values } = parseArgs({ options: { exit: { type: 'boolean' } } });
  const folder = await mkdtemp(join(tmpdir(), 'identity-migration-demo-'));
  const simulator = await startSimulator();
  try {
    const stack = await bringUp(folder, simulator.url);
    const broken = await runDemo(stack, simulator.url);
    if (values.exit === true) {
      await stack.stop();
      return broken.length === 0 ? 0 : 1;
    }
    console.log('\nEverything stays up until Ctrl-C.');
    const { cause } = await stack.exited;
    return cause === 'death' ? 1 : 0;
  } finally {
    await simulator.child.end(2_000);
    await rm(folder, { recursive: true, force: true });
  }
});

/** The simulated Okta org is a process of its own, as the real one is. */
async function startSimulator(): Promise<{ url: string; child: Child }> {
  let resolveUrl: (url: string) => void = () => undefined;
  const ready = new Promise<string>((resolve) => (resolveUrl = resolve));
  const args = ['--import', 'tsx', join(projectRoot, 'simulators', 'main.ts'), 'okta'];
  const child = await startChild('okta', process.execPath, args, {
    cwd: projectRoot,
    env: process.env,
    onLine: (line) => {
      const url = /^simulating okta (\S+)$/.exec(line)?.[1];
      if (url !== undefined) resolveUrl(url);
    },
  });
  const ended = child.exited.then(() => undefined);
  const url = await Promise.race([ready, ended]);
  if (url === undefined) throw new Refusal('The simulated Okta org did not start.');
  return { url, child };
}

async function bringUp(folder: string, oktaUrl: string): Promise<Stack> {
  console.log(bold('Bringing up PostgreSQL, Temporal, the worker and the API \u2026'));
  const stack = await bringUpStack({
    dataDir: folder,
    env: { ...process.env, SOURCE_HOST_ALLOWLIST: new URL(oktaUrl).host, LOG_LEVEL: 'warn' },
    log: (line) => console.error(line),
    stackFile: demoStackFile,
  });
  console.log(`Ready. A simulated Okta org of an invented company answers at ${oktaUrl}.`);
  return stack;
}

/** Walks the road and prints what came of it; returns the promises that were not kept. */
async function runDemo(stack: Stack, oktaUrl: string): Promise<string[]> {
  const { api, tenant } = await signIn(stack, 'demo');
  const walked = await walk(
    api,
    { url: oktaUrl, apiToken: SIMULATED_OKTA_TOKEN },
    { begin: (title) => console.log(`\n${bold(title)}`), note: (line) => console.log(`  ${line}`) },
  );
  console.log(`\n${bold('In the end')}`);
  for (const line of report(walked)) console.log(`  ${line}`);
  const data = loadOktaTenant(INVENTED_TENANT);
  const broken = brokenPromises(walked, { applications: data.apps.length, groups: data.groups.length });
  for (const promise of broken) console.log(`  NOT AS IT SHOULD BE: ${promise}`);
  console.log(`\n${bold('Look around')}`);
  console.log(`  API           ${stack.apiUrl}/api/v1/tenants/${tenant}/migrations`);
  console.log(`  API reference ${stack.apiUrl}/openapi.json`);
  console.log(`  Temporal UI   ${stack.temporalUiUrl ?? 'of the server that TEMPORAL_ADDRESS names'}`);
  console.log(`  a token       npm run -s token -- --tenant ${tenant}`);
  return broken;
}
