import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { clearLockedPorts } from 'get-port';
import { openDatabase } from '../../prisma/client.ts';
import { migrate } from '../../prisma/migrator.ts';
import { createDatabase, startPostgres, type Postgres } from '../../scripts/postgres.ts';
import { assertJudgedAsIfNothingHadHappened, beginHeldAssessment } from '../support/assessing.ts';
import { closedGate } from '../support/gate.ts';
import { assertInventory, collect, freshTenant } from '../support/inventory.ts';
import { prepareSource, startOkta, type RunningOkta } from '../support/okta.ts';
import { startService, type Service } from '../support/service.ts';
import { until } from '../support/until.ts';

/** What the issue names. */
const stoppedForMs = 10_000;

describe('Work during which PostgreSQL is stopped', () => {
  let folder: string;
  let postgres: Postgres;
  let service: Service;
  let okta: RunningOkta;
  /** On the same port, which get-port would not give out again so soon. */
  const startAgain = async () => {
    clearLockedPorts();
    postgres = await start(postgres.port);
  };
  const start = (port: number) => startPostgres({ dataDir: folder, port, log: () => undefined });

  before(async function () {
    this.timeout(60_000);
    folder = await mkdtemp(join(tmpdir(), 'identity-migration-stopped-'));
    postgres = await start(0);
    await createDatabase(postgres.adminUrl, 'idm');
    const url = postgres.url('idm');
    await migrate(url);
    const database = openDatabase({ url });
    service = await startService({ database: { url, database, close: () => database.$disconnect() } });
    okta = await startOkta();
  });
  after(async function () {
    this.timeout(60_000);
    await okta.close();
    await service.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('completes when it is back, without a gap and without a double: a collection', async () => {
    const gate = closedGate();
    okta.simulator.intercept = async ({ path }) => {
      if (/^\/api\/v1\/apps\/[^/]+\/groups$/.test(path)) await gate.pass();
      return undefined;
    };
    const own = await freshTenant(service);
    const road = await prepareSource(own, okta.url);
    const begun = await own.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
    const { id } = begun.body as { id: string };
    await gate.reached;
    await postgres.stop();
    const stopped = performance.now();
    // Answers come in that cannot be stored; workers, mirror and API meet a database that is not there.
    gate.open();
    const refused = await own.call('GET', `${road.S}/snapshots/${id}`);
    assert.equal(refused.status, 503);
    assert.equal(refused.body.code, 'database_unavailable');
    await pause(stoppedForMs - (performance.now() - stopped));
    await startAgain();
    await until(
      'the snapshot has ended',
      async () => (await own.database.snapshot.findUniqueOrThrow({ where: { id } })).status !== 'collecting',
      40_000,
    );
    const { body: snapshot } = await own.call('GET', `${road.S}/snapshots/${id}`);
    await assertInventory(own, snapshot, okta.simulator.data);
    const doubled = await own.database.$queryRaw<unknown[]>`
      SELECT "chain_id", "page" FROM "migration_evidence_pages" WHERE "snapshot_id" = ${id}::uuid
       GROUP BY "chain_id", "page" HAVING count(*) > 1`;
    assert.deepEqual(doubled, []);
    await until('the mirror has seen its end', async () =>
      own.database.run.count({ where: { snapshot: { id }, mirroredAt: { not: null } } }),
    );
  }).timeout(80_000);

  it('completes when it is back, without a gap and without a double: an assessment', async () => {
    const collected = await collect(service, okta.url);
    const assessment = await beginHeldAssessment(collected);
    assert.ok((await assessment.stored()) > 0);
    await postgres.stop();
    await startAgain();
    await assertJudgedAsIfNothingHadHappened(collected, assessment);
  }).timeout(80_000);
});
