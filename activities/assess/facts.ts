import type { DomainForm } from '../../domain/inventory/domain.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { oktaFactsOf, orgObjectKinds, type OktaFacts } from '../../domain/rules/okta/orgFacts.ts';
import type { SnapshotFacts } from '../../domain/rules/surroundings.ts';
import { httpsHost } from '../../domain/rules/ownTrust.ts';
import { normalHost } from '../../domain/rules/uris.ts';
import type { ServiceProvider } from '../../domain/target.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { readRefusals } from '../../prisma/store/chains.ts';
import { listItems, listObjects } from '../../prisma/store/items.ts';
import { listSources, type Source } from '../../prisma/store/sources.ts';
import { readEntraFacts } from './entraFacts.ts';

const pageSize = 500;
/** More sources than any workspace has. */
const mostSources = 10_000;

/**
 * Reads what the rules ask of the snapshot as a whole: of providers, routing rules and domains an org has few enough to
 * be looked at together. What was refused is named, so that nothing unread passes for
 * absent.
 */
export async function readFacts(
  database: Database,
  tenant: TenantId,
  snapshot: Snapshot,
  target: ServiceProvider | null,
): Promise<SnapshotFacts> {
  const all = async <Type extends ItemType>(itemType: Type) => {
    const found: StoredItem<Type>[] = [];
    for (let after: bigint | null = null; ;) {
      const page = { after, limit: pageSize, itemType };
      const items = (await listItems(database, tenant, snapshot.id, page)) as StoredItem<Type>[];
      found.push(...items);
      if (items.length < pageSize) return found.sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
      after = items.at(-1)?.ordinal ?? null;
    }
  };
  const [refusals, sources, providers, routingRules, domains] = await Promise.all([
    readRefusals(database, tenant, snapshot.id),
    listSources(database, tenant, snapshot.workspaceId, { before: null, limit: mostSources }),
    all('provider'),
    all('routing_rule'),
    all('domain'),
  ]);
  const refused = new Set(refusals.map((refusal) => refusal.collection));
  const source = sources.find((each) => each.id === snapshot.sourceId);
  const objects = (kind: string) => listObjects(database, tenant, snapshot.id, kind);
  return {
    incumbentHosts: new Set([...(source ? hostsOf(source) : []), ...domains.flatMap(signInHost)]),
    ownTrust: trustOf(
      sources.filter((each) => each.id !== snapshot.sourceId),
      target,
    ),
    refused,
    providers,
    routingRules,
    domains,
    okta: source?.sourceType === 'okta' ? await readOktaFacts(objects, refused) : null,
    entra:
      source && 'directory_id' in source.config
        ? await readEntraFacts(database, tenant, snapshot.id, source.config.directory_id, refused)
        : null,
  };
}

const hostsOf = ({ config }: Source): string[] =>
  'org_url' in config ? [new URL(config.org_url).hostname] : [];

function signInHost(item: StoredItem<'domain'>): string[] {
  const { use, domain }: DomainForm = item.normalized;
  const host = use === 'sign_in_host' ? normalHost(domain) : null;
  return host === null ? [] : [host];
}

/** How the target and the workspace's other sources are known to those who trust them. */
function trustOf(others: readonly Source[], target: ServiceProvider | null): SnapshotFacts['ownTrust'] {
  const directories = others.flatMap(({ config }) =>
    'directory_id' in config ? [config.directory_id.toLowerCase()] : [],
  );
  const ours = target ? [target.entity_id] : [];
  const acsHost = target && httpsHost(target.acs_url);
  return {
    entityIds: new Set(ours),
    hosts: new Set([...others.flatMap(hostsOf), ...(acsHost === null ? [] : [acsHost])]),
    directories: new Set(directories),
  };
}

async function readOktaFacts(
  objects: (kind: string) => ReturnType<typeof listObjects>,
  refused: ReadonlySet<string>,
): Promise<OktaFacts> {
  const read = new Map<string, Awaited<ReturnType<typeof listObjects>>>();
  for (const kind of orgObjectKinds) read.set(kind, await objects(kind));
  return oktaFactsOf((kind) => read.get(kind) ?? [], refused);
}
