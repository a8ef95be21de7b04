import type { AuthorizationServerFact, SnapshotFacts } from '../../domain/rules/facts.ts';
import { normalHost } from '../../domain/rules/uris.ts';
import type { DomainForm } from '../../domain/inventory/domain.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Database } from '../../prisma/client.ts';
import { readRefusals } from '../../prisma/store/chains.ts';
import { listItems, listObjects } from '../../prisma/store/items.ts';
import { findSource } from '../../prisma/store/sources.ts';
import { oktaObjects } from '../sources/okta/collections.ts';

/** Reads what the rules ask of the snapshot as a whole. A refused auxiliary collection reads as unknown. */
export async function readFacts(
  database: Database,
  tenant: TenantId,
  snapshot: Snapshot,
): Promise<SnapshotFacts> {
  const refused = new Set(
    (await readRefusals(database, tenant, snapshot.id)).map((refusal) => refusal.collection),
  );
  const objects = (kind: string) => listObjects(database, tenant, snapshot.id, kind);
  const [hosts, rules, servers, policies, grants] = await Promise.all([
    incumbentHosts(database, tenant, snapshot),
    objects(oktaObjects.groupRule),
    objects(oktaObjects.authorizationServer),
    objects(oktaObjects.authorizationServerPolicy),
    objects(oktaObjects.grant),
  ]);
  return {
    incumbentHosts: hosts,
    groupsFedByRules: refused.has('group_rules')
      ? null
      : fedGroups(rules.map((rule) => rule.data as GroupRule)),
    authorizationServers: refused.has('authorization_servers')
      ? null
      : servers.map((server) => serverFact(server, policies, refused.has('authorization_server_policies'))),
    grantsByApplication: grantsOf(grants),
  };
}

async function incumbentHosts(
  database: Database,
  tenant: TenantId,
  snapshot: Snapshot,
): Promise<Set<string>> {
  const source = await findSource(database, tenant, snapshot.workspaceId, snapshot.sourceId);
  const own = source && 'org_url' in source.config ? [new URL(source.config.org_url).hostname] : [];
  const domains = await listItems(database, tenant, snapshot.id, {
    after: null,
    limit: 10_000,
    itemType: 'domain',
  });
  const signIn = domains
    .map((item) => item.normalized as DomainForm)
    .filter((domain) => domain.use === 'sign_in_host')
    .flatMap((domain) => normalHost(domain.domain) ?? []);
  return new Set([...own, ...signIn]);
}

interface GroupRule {
  status: string | null;
  groups: string[];
}

/** Groups that an active rule fills; an unknown status counts as active. */
const fedGroups = (rules: readonly GroupRule[]): Set<string> =>
  new Set(rules.filter((rule) => rule.status !== 'INACTIVE').flatMap((rule) => rule.groups));

type StoredObject = Awaited<ReturnType<typeof listObjects>>[number];

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

function grantsOf(grants: readonly StoredObject[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const grant of grants) {
    const { scope, status } = grant.data as { scope: string | null; status: string | null };
    if (scope === null || status === 'REVOKED') continue;
    found.set(grant.parent, [...(found.get(grant.parent) ?? []), scope]);
  }
  return found;
}
