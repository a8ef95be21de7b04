import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { EntraCollectionName } from '../../domain/collections/entra.ts';
import type { OktaCollectionName } from '../../domain/collections/okta.ts';
import { itemTypes, type ItemType } from '../../domain/inventory/itemTypes.ts';
import type { CollectionName } from '../../simulators/okta/collections.ts';
import { unreachableObjects, type OktaTenantData } from '../../simulators/okta/data.ts';
import { linkedId, textMember, type OktaObject } from '../../simulators/okta/members.ts';
import { prepareSource, type Road } from './okta.ts';
import type { Answer, Body } from './answer.ts';
import type { Service } from './service.ts';

/** The same service for a tenant that nobody else uses. */
export async function freshTenant(service: Service): Promise<Service> {
  const tenant = randomUUID();
  const token = await service.token({ tenant_id: tenant });
  return {
    ...service,
    tenant,
    call: (method, path, options) => service.call(method, path, { tenant, token, ...options }),
  };
}

export interface Collected {
  service: Service;
  road: Road;
  /** The answer to the request for the collection, waited for. */
  answer: Answer;
  /** The snapshot in detail, whatever came of it. */
  snapshot: Body;
}

/** Collects an org into a tenant of its own. */
export async function collect(service: Service, orgUrl: string, apiToken?: string): Promise<Collected> {
  const own = await freshTenant(service);
  const road = await prepareSource(own, orgUrl, apiToken === undefined ? {} : { apiToken });
  const answer = await own.call('POST', `${road.S}/snapshots`);
  const latest = await own.call('GET', `${road.S}/snapshots/latest`);
  return { service: own, road, answer, snapshot: latest.body };
}

/** A row of a snapshot's ledger. */
export function ledgerRow(snapshot: Body, collection: OktaCollectionName | EntraCollectionName): Body {
  const row = snapshot.collections.find((each: Body) => each.collection === collection);
  assert.ok(row, `no ledger row ${collection}`);
  return row;
}

/** Every object is an item or has a reason why it is none. */
export function assertLedgerAddsUp(snapshot: Body): void {
  for (const row of snapshot.collections) {
    const others = row.not_items.reduce((sum: number, each: Body) => sum + Number(each.count), 0);
    assert.equal(Number(row.items) + Number(others), row.objects, `${row.collection} does not add up`);
  }
}

const policyTypesRead = new Set([
  'OKTA_SIGN_ON',
  'PASSWORD',
  'MFA_ENROLL',
  'IDP_DISCOVERY',
  'ACCESS_POLICY',
  'PROFILE_ENROLLMENT',
  'POST_AUTH_SESSION',
  'ENTITY_RISK',
  'DEVICE_SIGNAL_COLLECTION',
  'SESSION_VIOLATION_DETECTION',
  'CLIENT_UPDATE',
  'IDENTITY_CLAIM_SOURCING',
]);

type Objects = Record<OktaCollectionName, OktaObject[]>;

/** What an inventory of this tenant meets, reckoned from the data alone. */
export function objectsOf(data: OktaTenantData): Objects {
  const lost = new Set(unreachableObjects(data).map(({ collection, index }) => `${collection} ${index}`));
  const reachable = (name: CollectionName) => data[name].filter((_, index) => !lost.has(`${name} ${index}`));
  const policies = reachable('policies').filter(({ type }) => policyTypesRead.has(String(type)));
  const routing = new Set(policies.filter(({ type }) => type === 'IDP_DISCOVERY').map(({ id }) => id));
  const unmapped = ['OKTA_SIGN_ON', 'PASSWORD', 'MFA_ENROLL', 'IDP_DISCOVERY'];
  const mapped = new Set(policies.filter(({ type }) => !unmapped.includes(String(type))).map(({ id }) => id));
  const rules = reachable('policyRules');
  const isRouting = (rule: OktaObject) => routing.has(linkedId(rule, ['self', 'policy'], 'policies'));
  const asksForGrants = new Set(
    reachable('apps')
      .filter(callsApis)
      .map(({ id }) => id),
  );
  const grants = reachable('appGrants').filter((grant) =>
    asksForGrants.has(linkedId(grant, ['app', 'self'], 'apps')),
  );
  return {
    applications: reachable('apps'),
    groups: reachable('groups'),
    identity_providers: reachable('idps'),
    identity_provider_keys: reachable('idpKeys'),
    policies,
    routing_rules: [...rules.filter(isRouting), ...reachable('idpDiscoveryRules')],
    policy_rules: rules.filter((rule) => !isRouting(rule)),
    domains: reachable('domains'),
    email_domains: reachable('emailDomains'),
    application_groups: reachable('appGroups'),
    application_users: reachable('appUsers'),
    group_rules: reachable('groupRules'),
    group_statistics: reachable('groups'),
    authorization_servers: reachable('authorizationServers'),
    authorization_server_policies: reachable('authorizationServerPolicies'),
    authorization_server_scopes: reachable('authorizationServerScopes'),
    authorization_server_claims: reachable('authorizationServerClaims'),
    application_grants: grants,
    policy_mappings: reachable('policyMappings').filter((mapping) =>
      mapped.has(linkedId(mapping, ['policy', 'self'], 'policies')),
    ),
    network_zones: reachable('zones'),
    inline_hooks: reachable('inlineHooks'),
    event_hooks: reachable('eventHooks'),
    log_streams: reachable('logStreams'),
  };
}

function callsApis(app: OktaObject): boolean {
  const grants = (app.settings as { oauthClient?: { grant_types?: unknown } } | undefined)?.oauthClient;
  if (!grants) return false;
  const types = Array.isArray(grants.grant_types) ? grants.grant_types : [];
  const method = textMember(app, 'credentials.oauthClient.token_endpoint_auth_method');
  return types.includes('client_credentials') || method === 'private_key_jwt';
}

/** External ids of the items that an inventory of this tenant holds, by type. */
export function itemsOf(data: OktaTenantData): Record<ItemType, string[]> {
  const objects = objectsOf(data);
  const ids = (list: readonly OktaObject[]) => list.map(({ id }) => String(id));
  const below = (kind: 'group' | 'user', list: readonly OktaObject[]) =>
    list.map((row) => `${linkedId(row, ['app', 'self'], 'apps') ?? ''}/${kind}/${String(row.id)}`);
  const direct = objects.application_users.filter(({ scope }) => scope !== 'GROUP');
  return {
    application: ids(objects.applications),
    provider: ids(objects.identity_providers),
    routing_rule: ids(objects.routing_rules),
    policy: ids(objects.policies.filter(({ type }) => type !== 'IDP_DISCOVERY')),
    group: ids(objects.groups),
    assignment: [...below('group', objects.application_groups), ...below('user', direct)],
    domain: ids([...objects.domains, ...objects.email_domains]),
  };
}

/** External ids of a stored snapshot's items by type, sorted. */
export async function storedItems(
  { database }: Pick<Service, 'database'>,
  snapshotId: string,
): Promise<Record<ItemType, string[]>> {
  const rows = await database.inventoryItem.findMany({
    where: { snapshotId },
    select: { itemType: true, externalId: true },
  });
  const of = (type: ItemType) =>
    rows
      .filter((row) => row.itemType === type)
      .map((row) => row.externalId)
      .sort();
  return Object.fromEntries(itemTypes.map((type) => [type, of(type)])) as Record<ItemType, string[]>;
}

/**
 * The snapshot holds what the org holds: every object read, each item once, and the ledger says the same. Objects
 * with one id are one item and are counted as duplicates.
 */
export const assertInventory = (
  service: Pick<Service, 'database'>,
  snapshot: Body,
  data: OktaTenantData,
): Promise<void> => assertCollected(service, snapshot, objectsOf(data), itemsOf(data));

/** A completed snapshot holds these objects by collection, and the items of these external ids. */
export async function assertCollected(
  service: Pick<Service, 'database'>,
  snapshot: Body,
  objects: Readonly<Record<string, readonly unknown[]>>,
  expected: Readonly<Record<ItemType, readonly string[]>>,
): Promise<void> {
  assert.equal(snapshot.status, 'completed', JSON.stringify(snapshot.failure));
  assertLedgerAddsUp(snapshot);
  const expectedCounts = Object.fromEntries(
    Object.entries(objects).map(([collection, list]) => [collection, list.length]),
  );
  const counts = Object.fromEntries(
    snapshot.collections.map((row: Body) => [row.collection, row.objects] as const),
  );
  assert.deepEqual(counts, expectedCounts);
  const stored = await storedItems(service, snapshot.id);
  for (const type of itemTypes) {
    assert.deepEqual(stored[type], [...new Set(expected[type])].sort(), type);
    assert.equal(snapshot.summary[type], stored[type].length, `the summary's ${type}`);
  }
  assert.equal(snapshot.item_count, Object.values(stored).flat().length);
}
