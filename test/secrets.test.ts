import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { secretBinding } from '../domain/source.ts';
import { openSecret } from '../platform/sealing.ts';
import type { Database } from '../prisma/client.ts';
import { sealedSecretOf } from '../prisma/store/sources.ts';
import { prepareSource, previewToken, startOkta, walkToPlan, type RunningOkta } from './support/okta.ts';
import { useService, type Service } from './support/service.ts';
import { TenantId } from '../domain/ids.ts';

/** Everything that the API and the activities log, at the most talkative level. */
const logged: string[] = [];
const log = pino(
  { level: 'trace' },
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  }),
);

/** Every row of every table, as text. */
async function dump(database: Database): Promise<string> {
  const tables = await database.$queryRaw<{ name: string }[]>`
    SELECT format('%I', tablename) AS name FROM pg_tables WHERE schemaname = 'public'`;
  const rows = await Promise.all(
    tables.map(({ name }) =>
      database.$queryRawUnsafe<{ row: string }[]>(`SELECT t::text AS row FROM ${name} t`),
    ),
  );
  return rows
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

/** Every event of every run, payloads decoded from base64 as well. */
async function histories({ temporal }: Service): Promise<string> {
  const found: string[] = [];
  for await (const run of temporal.workflow.list()) {
    const handle = temporal.workflow.getHandle(run.workflowId, run.runId);
    const history = JSON.stringify(await handle.fetchHistory(), (_key, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
    );
    found.push(history, JSON.stringify(run.memo));
  }
  return found.join('\n');
}

const places = ['database', 'histories', 'logs', 'repetitions'] as const;

describe('secrets', () => {
  const apiToken = '00simulatedTokenOfThisVeryTest42';
  const service = useService({ services: { log }, activities: { log } });
  let okta: RunningOkta;
  let texts: Record<(typeof places)[number], string>;
  let clientSecrets: string[];
  let tokenOfPreview: string;
  /** The private half of a key that a secret is sealed to which nobody has fetched. */
  let keyOfUnread: string;
  let tenant: string;
  let source: string;

  before(async function () {
    this.timeout(60_000);
    okta = await startOkta({ token: apiToken });
    tenant = service().tenant;
    const road = await prepareSource(service(), okta.url, { apiToken });
    source = road.source;
    const { P } = await walkToPlan(service(), road);
    tokenOfPreview = await previewToken(service(), P);
    const apply = () =>
      service().call('POST', `${P}/apply`, {
        body: { preview_token: tokenOfPreview },
        headers: { 'idempotency-key': 'apply' },
      });
    const applied = await apply();
    const [first] = applied.body.generated_secrets;
    const rotate = (key: string, headers: Record<string, string> = {}) =>
      service().call('POST', `${P}/steps/${first.step_id}/rotate-secret`, {
        headers: { 'idempotency-key': key, ...headers },
      });
    const rotated = await rotate('rotate');
    const unread = await rotate('unread', { prefer: 'wait=0' });
    const repetitions = [await apply(), await rotate('rotate'), await rotate('unread')];
    assert.ok(repetitions.every(({ headers }) => headers.get('idempotency-replayed') === 'true'));
    keyOfUnread = unread.body.secret_key_jwk?.d;
    clientSecrets = [...applied.body.generated_secrets, ...rotated.body.generated_secrets].map(
      (each: { client_secret: string }) => each.client_secret,
    );
    texts = {
      database: await dump(service().database),
      histories: await histories(service()),
      logs: logged.join(''),
      repetitions: repetitions.map(({ text }) => text).join('\n'),
    };
  });
  after(() => okta.close());

  it('are met on this road: a token, a preview token, client secrets and the vendor\u2019s own', () => {
    assert.ok(clientSecrets.length > 1);
    assert.match(keyOfUnread, /^[\w-]{43}$/);
    assert.ok(JSON.stringify(okta.simulator.data.idps).includes('client_secret'));
    assert.ok(texts.database.includes('Calibration Desk') && texts.histories.includes('collectInventory'));
    assert.ok(texts.logs.includes('/preview'));
  });

  for (const place of places) {
    it(`never stand in the ${place}`, () => {
      const all = [apiToken, tokenOfPreview, keyOfUnread, ...clientSecrets];
      for (const secret of all) assert.ok(!texts[place].includes(secret), `a secret stands in the ${place}`);
    });
  }

  it('of a social provider are replaced in the evidence and named by pointer', async () => {
    const pages = await service().database.evidencePage.findMany({
      where: { collection: 'identity_providers' },
    });
    const redacted = pages.flatMap((page) => page.redacted as string[]);
    assert.ok(redacted.some((pointer) => pointer.endsWith('/protocol/credentials/client/client_secret')));
  });

  it('of a source open for the source they were sealed for and no other', async () => {
    const found = await sealedSecretOf(service().database, TenantId.parse(tenant), source);
    assert.ok(found);
    const opened = await openSecret(service().keyRing, secretBinding(found.source), found.sealed);
    assert.deepEqual(opened, { api_token: apiToken });
  });
});
