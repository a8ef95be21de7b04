import {
  entityIdKey,
  groupNameKey,
  redirectsKind,
  redirectsText,
  type LiveResource,
} from '../../domain/target.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ApplicationForm } from '../../domain/inventory/application.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import type { MergeContract, MatchKey } from '../../domain/merge/decision.ts';
import {
  matchKeysOf,
  overlapOf,
  RedirectSets,
  resemblancesToLookUp,
  type Overlap,
} from '../../domain/merge/overlap.ts';
import { sourceSideOf, type SourceSide } from '../../domain/merge/source.ts';
import { sha256Hex } from '../../platform/digest.ts';
import type { Database } from '../../prisma/client.ts';
import { listItems } from '../../prisma/store/items.ts';
import type { MergeCandidate } from '../../prisma/store/overlaps.ts';
import { findTargetLinks } from '../../prisma/store/targetLinks.ts';
import type { TargetRuntime } from '../runtime/target.ts';

/** What is read of the target for a batch of items takes a few questions a kind, however many items there are. */
interface Place {
  database: Database;
  tenant: TenantId;
  runtime: TargetRuntime;
  sourceId: string;
}

/** An item as it is looked for at the target. */
interface Wanted {
  item: StoredItem;
  source: SourceSide;
  keys: ReadonlyMap<string, MatchKey>;
}

/** Finds what items of one snapshot overlap with at the target as it is now. */
export class OverlapFinder {
  readonly #place: Place;
  readonly #redirects: RedirectSets;

  private constructor(place: Place, redirects: RedirectSets) {
    this.#place = place;
    this.#redirects = redirects;
  }

  /** Reads the redirect sets of the whole snapshot first: one that two applications have tells neither of them. */
  static async open(place: Place, snapshotId: string, signal: AbortSignal): Promise<OverlapFinder> {
    const redirects = new RedirectSets();
    let after: bigint | null = null;
    for (;;) {
      signal.throwIfAborted();
      const page: { after: bigint | null; limit: number } = { after, limit: 500 };
      const items = await listItems(place.database, place.tenant, snapshotId, {
        ...page,
        itemType: 'application',
      });
      if (items.length === 0) return new OverlapFinder(place, redirects);
      for (const item of items) {
        const { oidc } = item.normalized as ApplicationForm;
        const key = oidc && redirectsKeyOf(oidc.redirect_uris);
        if (key) redirects.add(key, oidc.client_id ?? item.id);
      }
      after = items.at(-1)?.ordinal ?? null;
    }
  }

  /**
   * By item what it overlaps with, null for nothing. An item that an earlier cutover of ours brought to the target, and
   * that is there still, is in no need of a decision and not in the answer.
   */
  async find(candidates: readonly MergeCandidate[]): Promise<Map<string, Overlap | null>> {
    const migrated = await this.#alreadyMigrated(candidates);
    const wanted = candidates.flatMap(({ item }): Wanted[] => {
      const source = migrated.has(item.id) ? null : sourceSideOf(item);
      return source ? [{ item, source, keys: matchKeysOf(source, this.#redirectsKey(source)) }] : [];
    });
    const { database, tenant, runtime } = this.#place;
    const live = await runtime.findByKeys(
      database,
      tenant,
      wanted.flatMap(({ keys }) => [...keys.keys()]),
    );
    const alike = await this.#findAlike(wanted);
    return new Map(
      wanted.map(({ item, source, keys }) => [item.id, overlapOf(source, keys, live, alike(source))]),
    );
  }

  #redirectsKey(source: SourceSide): string | null {
    if (source.contract !== 'tenant_oidc_application') return null;
    const key = redirectsKeyOf(source.payload.redirect_uris);
    return key === null || this.#redirects.isShared(key) ? null : `${redirectsKind}:${key}`;
  }

  async #alreadyMigrated(candidates: readonly MergeCandidate[]): Promise<Set<string>> {
    const { database, tenant, runtime, sourceId } = this.#place;
    const migrated = new Set<string>();
    for (const [contract, items] of byContract(candidates)) {
      const ids = items.map((item) => item.externalId);
      const links = await findTargetLinks(database, tenant, sourceId, contract, ids);
      const resources = [...links.values()].map((link) => link.targetResourceId);
      if (resources.length === 0) continue;
      const found = await runtime.read(database, tenant, contract, resources);
      const there = new Set(found.map((resource) => resource.resourceId));
      for (const item of items) {
        if (there.has(links.get(item.externalId)?.targetResourceId ?? '')) migrated.add(item.id);
      }
    }
    return migrated;
  }

  /** Asks once a kind for what resembles any of the items; the answer gives those that may resemble one of them. */
  async #findAlike(wanted: readonly Wanted[]): Promise<(source: SourceSide) => LiveResource[]> {
    const { database, tenant, runtime } = this.#place;
    const index = new Map<string, LiveResource[]>();
    const keep = (key: string, resource: LiveResource) =>
      index.set(key, [...(index.get(key) ?? []), resource]);
    for (const contract of new Set(wanted.map(({ source }) => source.contract))) {
      const looks = wanted
        .filter(({ source }) => source.contract === contract)
        .map(({ source }) => resemblancesToLookUp(source));
      const names = looks.flatMap((look) => look.names);
      const entityIds = looks.flatMap((look) => look.entityIds);
      if (names.length === 0 && entityIds.length === 0) continue;
      for (const resource of await runtime.findSimilar(database, tenant, contract, { names, entityIds })) {
        keep(`${contract} name ${groupNameKey(resource.name)}`, resource);
        if (resource.contract === 'upstream_saml_provider')
          keep(`${contract} entity ${entityIdKey(resource.payload.entity_id)}`, resource);
      }
    }
    return (source) => {
      const { names, entityIds } = resemblancesToLookUp(source);
      const keys = [
        ...names.map((name) => `${source.contract} name ${groupNameKey(name)}`),
        ...entityIds.map((id) => `${source.contract} entity ${entityIdKey(id)}`),
      ];
      const found = keys.flatMap((key) => index.get(key) ?? []);
      return [...new Map(found.map((resource) => [resource.resourceId, resource])).values()];
    };
  }
}

function byContract(candidates: readonly MergeCandidate[]): Map<MergeContract, StoredItem[]> {
  const found = new Map<MergeContract, StoredItem[]>();
  for (const { contract, item } of candidates) found.set(contract, [...(found.get(contract) ?? []), item]);
  return found;
}

function redirectsKeyOf(uris: readonly string[]): string | null {
  const text = redirectsText(uris);
  return text === null ? null : sha256Hex(text);
}
