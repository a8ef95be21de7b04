import assert from 'node:assert/strict';
import { LiveItems } from '../../../activities/plan/liveItems.ts';
import { rereads } from '../../../activities/plan/readAgain.ts';
import { openSource } from '../../../activities/sources/openSource.ts';
import type { SourceReader } from '../../../activities/sources/source.ts';
import { TenantId } from '../../../domain/ids.ts';
import { isOf } from '../../../domain/planning/candidate.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import type { SourceType } from '../../../domain/source.ts';
import { listItems } from '../../../prisma/store/items.ts';
import { textMember } from '../../../simulators/okta/members.ts';
import { activityDependencies } from '../../support/activities.ts';
import { collectEntra } from '../../support/entra.ts';
import { startEntra } from '../../support/entraSimulator.ts';
import { collect, type Collected } from '../../support/inventory.ts';
import { startOkta } from '../../support/okta.ts';
import { useService } from '../../support/service.ts';

/** People's own assignments are never moved, and Okta lists them apart. */
const mayBePlanned = (item: StoredItem) =>
  !(isOf(item, 'assignment') && item.normalized.principal_type === 'user');

describe('The items of an incumbent as it has them now', () => {
  const service = useService();

  /** Reads a source again that was collected, and gives the snapshot's items each with what it is by now. */
  async function readLive(sourceType: SourceType, { service: own, road, snapshot }: Collected) {
    const deps = activityDependencies(own);
    const tenant = TenantId.parse(own.tenant);
    const { reader } = await openSource(deps, tenant, road.source);
    try {
      return await compareAll(sourceType, reader, {
        database: own.database,
        tenant,
        snapshotId: String(snapshot.id),
      });
    } finally {
      await reader.close();
    }
  }

  async function compareAll(
    sourceType: SourceType,
    reader: SourceReader,
    snapshot: ConstructorParameters<typeof LiveItems>[0]['snapshot'],
  ) {
    const { database, tenant, snapshotId } = snapshot;
    const itemTypes = new Set(rereads[sourceType].flatMap((each) => each.itemTypes));
    const all = await listItems(database, tenant, snapshotId, { after: null, limit: 10_000 });
    const items = all.filter((item) => itemTypes.has(item.itemType) && mayBePlanned(item));
    const { signal } = new AbortController();
    const live = new LiveItems({ snapshot, reader, items, wanted: () => true }, signal);
    for (const name of new Set(rereads[sourceType].flatMap(({ collections }) => collections))) {
      await live.read(name);
    }
    const liveItem = await live.find(items);
    assert.deepEqual(new Set(items.map(({ itemType }) => itemType)), itemTypes);
    return items.map((item) => ({ item, now: liveItem(item) }));
  }

  const changed = (compared: readonly { item: StoredItem; now: StoredItem | null }[]) =>
    compared.flatMap(({ item, now }) =>
      now?.fingerprint === item.fingerprint ? [] : `${item.itemType} ${item.name}${now ? '' : ' is gone'}`,
    );

  it('are those of the snapshot, member by member, when nothing changed at Okta or at Entra', async () => {
    const [okta, entra] = await Promise.all([startOkta(), startEntra()]);
    try {
      const compared = [
        ...(await readLive('okta', await collect(service(), okta.url))),
        ...(await readLive('entra', await collectEntra(service(), entra))),
      ];
      for (const { item, now } of compared) assert.deepEqual(now?.normalized, item.normalized, item.name);
      assert.deepEqual(changed(compared), []);
    } finally {
      await Promise.all([okta.close(), entra.close()]);
    }
  });

  it('are others where what an item is composed of changed, whichever page held it, and where they are gone', async () => {
    const okta = await startOkta();
    try {
      const collected = await collect(service(), okta.url);
      const { idps, idpKeys, groups } = okta.simulator.data;
      const partner = idps.find(({ name }) => name === 'Ostmere Laboratories');
      const kid = textMember(partner ?? {}, 'protocol.credentials.trust.kid');
      Object.assign(idpKeys.find((key) => key.kid === kid) ?? {}, { x5c: ['MIIB'] });
      const workshop = groups.findIndex(({ profile }) => (profile as { name: string }).name === 'Workshop');
      groups.splice(workshop, 1);
      assert.deepEqual(changed(await readLive('okta', collected)).sort(), [
        'group Workshop is gone',
        'provider Ostmere Laboratories',
      ]);
    } finally {
      await okta.close();
    }
  });
});
