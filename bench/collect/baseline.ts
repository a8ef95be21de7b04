import { randomUUID } from 'node:crypto';
import { Client } from '@okta/okta-sdk-nodejs';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase, type Database, type Prisma } from '../../prisma/client.ts';
import { SIMULATED_OKTA_TOKEN } from '../../simulators/okta/server.ts';
import type { Org } from './org.ts';

const batchSize = 200;

/**
 * What somebody writes in an afternoon: the vendor's SDK, list after list and application after application, each
 * object stored as a row with `createMany`. The table is the pipeline's own, indexes included; the session does not
 * check foreign keys, which is in the script's favour. Returns how many objects were stored.
 */
export async function runBaseline(org: Org, databaseUrl: string): Promise<number> {
  const url = new URL(databaseUrl);
  url.searchParams.set('options', '-c session_replication_role=replica');
  const database = openDatabase({ url: url.href, connections: 2 });
  const okta = new Client({ orgUrl: org.url, token: SIMULATED_OKTA_TOKEN, cacheMiddleware: null });
  const store = createStore(database);
  try {
    const apps: string[] = [];
    for await (const app of await okta.applicationApi.listApplications({ limit: 200 })) {
      if (app?.id === undefined) continue;
      apps.push(app.id);
      await store.add('application', app.id, app);
    }
    for await (const group of await okta.groupApi.listGroups({ limit: 200 })) {
      if (group?.id !== undefined) await store.add('group', group.id, group);
    }
    for (const appId of apps) {
      const assigned = { appId, limit: 200 };
      for await (const group of await okta.applicationApi.listApplicationGroupAssignments(assigned)) {
        if (group?.id !== undefined) await store.add('assignment', `${appId}/group/${group.id}`, group);
      }
      for await (const user of await okta.applicationApi.listApplicationUsers(assigned)) {
        if (user?.id !== undefined) await store.add('assignment', `${appId}/user/${user.id}`, user);
      }
    }
    return await store.finish();
  } finally {
    await database.$disconnect();
  }
}

function createStore(database: Database) {
  const [tenantId, snapshotId, chainId] = [randomUUID(), randomUUID(), randomUUID()];
  let rows: Prisma.InventoryItemCreateManyInput[] = [];
  let stored = 0;
  const flush = async () => {
    if (rows.length === 0) return;
    const { count } = await database.inventoryItem.createMany({ data: rows });
    stored += count;
    rows = [];
  };
  return {
    async add(itemType: string, externalId: string, raw: object) {
      rows.push({
        id: uuidv7(),
        ...{ tenantId, snapshotId, chainId, pass: 1, itemType, sourceType: 'okta', externalId },
        name: externalId,
        vendorKind: itemType,
        normalized: JSON.parse(JSON.stringify(raw)) as object,
        fingerprint: '',
        evidence: [],
      });
      if (rows.length >= batchSize) await flush();
    },
    async finish(): Promise<number> {
      await flush();
      return stored;
    },
  };
}
