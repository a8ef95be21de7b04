import type { DomainForm } from '../../domain/inventory/domain.ts';
import { oktaObjects } from '../../domain/inventory/objects.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { AuthorizationServerFact, OktaFacts } from '../../domain/rules/okta/orgFacts.ts';
import type { SnapshotFacts } from '../../domain/rules/surroundings.ts';
import { normalHost } from '../../domain/rules/uris.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { readRefusals } from '../../prisma/store/chains.ts';
import { listItems, listObjects } from '../../prisma/store/items.ts';
import { listSources, type Source } from '../../prisma/store/sources.ts';
import { readEntraFacts } from './entraFacts.ts';

/** Types of which an org has few enough to be looked at together. */
const mostOfType = 20_000;

/**
 * Reads what the rules ask of the snapshot as a whole. What was refused is named, so that nothing unread passes for
 * absent.
 */
export async function readFacts(
  database: Database,
  tenant: TenantId,
  snapshot: Snapshot,
): Promise<SnapshotFacts> {
  const all = async <Type extends ItemType>(itemType: Type) =>
    (await listItems(database, tenant, snapshot.id, {
      after: null,
      limit: mostOfType,
      itemType,
    })) as StoredItem<Type>[];
  const [refusals, sources, providers, routingRules, domains] = await Promise.all([
    readRefusals(database, tenant, snapshot.id),
    listSources(database, tenant, snapshot.workspaceId, { before: null, limit: mostOfType }),
    all('provider'),
    all('routing_rule'),
    all('domain'),
  ]);
  const refused = new Set(refusals.map((refusal) => refusal.collection));
  const source = sources.find((each) => each.id === snapshot.sourceId);
  const objects = (kind: string) => listObjects(database, tenant, snapshot.id, kind);
  return {
    incumbentHosts: new Set([...(source ? hostsOf(source) : []), ...domains.flatMap(signInHost)]),
    ownTrust: trustOf(sources.filter((each) => each.id !== snapshot.sourceId)),
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
  return use === 'sign_in_host' ? [normalHost(domain) ?? []].flat() : [];
}

/** How the workspace's other sources are known to those who trust them. */
function trustOf(others: readonly Source[]): SnapshotFacts['ownTrust'] {
  const entityIds = others.flatMap(({ config }) =>
    'directory_id' in config ? [`https://sts.windows.net/${config.directory_id}/`] : [],
  );
  return { entityIds: new Set(entityIds), hosts: new Set(others.flatMap(hostsOf)) };
}

type StoredObject = Awaited<ReturnType<typeof listObjects>>[number];

async function readOktaFacts(
  objects: (kind: string) => Promise<StoredObject[]>,
  refused: ReadonlySet<string>,
): Promise<OktaFacts> {
  const [rules, servers, policies] = await Promise.all([
    objects(oktaObjects.groupRule),
    objects(oktaObjects.authorizationServer),
    objects(oktaObjects.authorizationServerPolicy),
  ]);
  return {
    groupsFedByRules: refused.has('group_rules')
      ? null
      : fedGroups(rules.map((rule) => rule.data as GroupRule)),
    authorizationServers: refused.has('authorization_servers')
      ? null
      : servers.map((server) => serverFact(server, policies, refused.has('authorization_server_policies'))),
  };
}

interface GroupRule {
  status: string | null;
  groups: string[];
}

/** Groups that an active rule fills; an unknown status counts as active. */
const fedGroups = (rules: readonly GroupRule[]): Set<string> =>
  new Set(rules.filter((rule) => rule.status !== 'INACTIVE').flatMap((rule) => rule.groups));

function serverFact(
  server: StoredObject,
  policies: readonly StoredObject[],
  unread: boolean,
): AuthorizationServerFact {
  const { name } = server.data as { name: string | null };
  const own = policies
    .filter((policy) => policy.parent === server.externalId)
    .map((policy) => policy.data as { status: string | null; clients: string[] })
    .filter((policy) => policy.status !== 'INACTIVE');
  return {
    name: name ?? server.externalId,
    clients: unread ? null : [...new Set(own.flatMap((policy) => policy.clients))],
  };
}
