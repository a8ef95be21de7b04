// A collected source without the wait for collecting it: what is tested begins with the snapshot.
import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import type { Body } from './answer.ts';
import { prepareSource, type Road, type RunningOkta } from './okta.ts';
import type { Service } from './service.ts';

export interface CollectedSource {
  road: Road;
  /** As a read of it answers. */
  snapshot: Body;
}

/** By database, mode and what the org holds: collected once, by the product itself. */
const originals = new Map<string, Promise<CollectedSource & { tenant: string; orgUrl: string }>>();

/**
 * A workspace of the service's tenant, which has none, with an Okta source that has been collected. The rows are a
 * copy, under ids of their own, of what was collected for another tenant the first time an org like this was asked
 * for. Audit and progress are not in it: what looks at those collects by itself.
 */
export async function collectedSource(
  service: Service,
  okta: Pick<RunningOkta, 'url' | 'simulator'>,
  mode = 'first_run_adoption',
): Promise<CollectedSource> {
  const digest = createHash('sha256').update(JSON.stringify(okta.simulator.data)).digest('hex');
  const key = [service.databaseUrl, mode, digest].join(' ');
  const known = originals.get(key) ?? collectOriginal(service.forTenant(), okta, mode);
  originals.set(key, known);
  const { tenant, orgUrl, ...original } = await known;
  const renamed = new Map([[tenant, service.tenant]]);
  await copyRows(service, tenant, (text) =>
    text.replaceAll(orgUrl, okta.url).replaceAll(anyId, (id) => {
      const other = renamed.get(id) ?? (isOurs(id) ? uuidv7() : id);
      renamed.set(id, other);
      return other;
    }),
  );
  const idOf = (id: string) => renamed.get(id) ?? '';
  const [workspace, source] = [idOf(original.road.workspace), idOf(original.road.source)];
  const W = `/workspaces/${workspace}`;
  const road = { workspace, source, W, S: `${W}/sources/${source}` };
  // A secret is sealed for its source alone.
  await service.call('PUT', `${road.S}/secret`, { body: { secret: { api_token: SIMULATED_OKTA_TOKEN } } });
  const { body: snapshot } = await service.call('GET', `${road.S}/snapshots/${idOf(original.snapshot.id)}`);
  return { road, snapshot };
}

async function collectOriginal(service: Service, okta: Pick<RunningOkta, 'url'>, mode: string) {
  return { tenant: service.tenant, orgUrl: okta.url, ...(await collectAnew(service, okta, mode)) };
}

/** The same, collected by a run of its own: for what looks at that. */
export async function collectAnew(
  service: Service,
  { url }: Pick<RunningOkta, 'url'>,
  mode = 'first_run_adoption',
): Promise<CollectedSource> {
  const road = await prepareSource(service, url, { mode });
  const { body: snapshot } = await service.call('POST', `${road.S}/snapshots`);
  return { road, snapshot };
}

const anyId = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** Ours are of version 7; what vendors number otherwise stays. */
const isOurs = (id: string): boolean => id[14] === '7';

/** What a collection writes, each table after those that it refers to. */
const tables = [
  'migration_workspaces',
  'migration_sources',
  'migration_runs',
  'migration_snapshots',
  'migration_collection_chains',
  'migration_evidence_pages',
  'migration_inventory_items',
  'migration_item_relations',
  'migration_source_objects',
];

async function copyRows(
  { database }: Service,
  tenant: string,
  rename: (text: string) => string,
): Promise<void> {
  await database.$transaction(async (tx) => {
    for (const table of tables) {
      const rows = await tx.$queryRawUnsafe<{ row: string }[]>(
        `SELECT to_jsonb(t)::text AS "row" FROM "${table}" t WHERE "tenant_id" = $1::uuid`,
        tenant,
      );
      await tx.$executeRawUnsafe(
        `INSERT INTO "${table}" SELECT * FROM jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`,
        rename(`[${rows.map(({ row }) => row).join(',')}]`),
      );
    }
  });
}
