import { v7 as uuidv7 } from 'uuid';
import { canonicalJson } from '../../domain/canonical.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  describeKey,
  entityIdKey,
  groupNameKey,
  naturalKeys,
  redirectsKind,
  redirectsText,
  targetKeys,
  type LiveResource,
  type Resource,
  type ResourceContract,
  type ResourcePayloads,
} from '../../domain/target.ts';
import { sha256Hex } from '../../platform/digest.ts';
import {
  violatedConstraint,
  violatedForeignKey,
  type Database,
  type Executor,
  type Prisma,
  type Transaction,
} from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { keepKey } from './idempotencyKeys.ts';
import { json, jsonOrNull } from './json.ts';

/** Which migration made a resource; null for one that was there before or was made by hand. */
export interface MigratedBy {
  source_id: string;
  external_id: string;
  plan_id: string;
  step_id: string;
  execution_id: string;
}

/** A resource as the built-in target keeps it. */
export type StoredResource = LiveResource & { migratedBy: MigratedBy | null };

// Reading

/** A row as its resource, with the keys (`contract:key`) that find it. */
interface Found {
  resource: StoredResource;
  keys: string[];
}

interface Row {
  id: string;
  fingerprint: string;
  migratedBy: Prisma.JsonValue;
}

function found(row: Row, name: string, resource: Resource, keys: string[]): Found {
  const isGroup = resource.contract === 'tenant_group';
  return {
    resource: {
      ...resource,
      resourceId: row.id,
      name,
      fingerprint: row.fingerprint,
      // The built-in target knows groups, and nobody in them.
      group: isGroup ? { memberCount: null, masteredBy: null, privileged: null } : null,
      migratedBy: row.migratedBy as MigratedBy | null,
    },
    keys,
  };
}

const paged = (take: number | undefined) => ({
  orderBy: { id: 'asc' as const },
  ...(take !== undefined && { take }),
});

async function findProviders(
  db: Executor,
  where: Prisma.RuntimeProviderWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeProvider.findMany({ where, ...paged(take) });
  return rows.map((row) => {
    const payload = row.settings as ResourcePayloads['upstream_saml_provider'];
    const resource = { contract: 'upstream_saml_provider' as const, payload };
    return found(row, row.name, resource, targetKeys.upstream_saml_provider(payload));
  });
}

async function findRules(
  db: Executor,
  where: Prisma.RuntimeRoutingRuleWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeRoutingRule.findMany({ where, ...paged(take) });
  return rows.map((row) => {
    const payload = row.settings as ResourcePayloads['federation_routing_rule'];
    const resource = { contract: 'federation_routing_rule' as const, payload };
    return found(row, row.name, resource, targetKeys.federation_routing_rule(payload));
  });
}

async function findGroups(
  db: Executor,
  where: Prisma.RuntimeGroupWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeGroup.findMany({ where, ...paged(take) });
  return rows.map((row) => {
    const payload = { name: row.name, description: row.description };
    return found(row, row.name, { contract: 'tenant_group', payload }, [`tenant_group:${row.nameKey}`]);
  });
}

async function findApplications(
  db: Executor,
  where: Prisma.RuntimeApplicationWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeApplication.findMany({ where, ...paged(take) });
  return rows.map((row) => {
    const payload = row.settings as ResourcePayloads['tenant_oidc_application'];
    const keys = targetKeys.tenant_oidc_application(payload);
    if (row.redirectsKey !== null) keys.push(`${redirectsKind}:${row.redirectsKey}`);
    return found(row, row.name, { contract: 'tenant_oidc_application', payload }, keys);
  });
}

async function findAssignments(
  db: Executor,
  where: Prisma.RuntimeAssignmentWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeAssignment.findMany({ where, ...paged(take) });
  const names = await namesOfEnds(db, rows);
  return rows.map((row) => {
    const payload = {
      application: { resource_id: row.applicationId },
      group: { resource_id: row.groupId },
    };
    const resource = { contract: 'tenant_app_assignment' as const, payload };
    const keys = targetKeys.tenant_app_assignment(payload);
    const [application = '', group = ''] = [row.applicationId, row.groupId].map((id) => names.get(id));
    return found(row, `${application} \u2013 ${group}`, resource, keys);
  });
}

/** What applications and groups at the ends of assignments are called, by id. */
async function namesOfEnds(
  db: Executor,
  rows: readonly { tenantId: string; applicationId: string; groupId: string }[],
): Promise<Map<string, string>> {
  const [first] = rows;
  if (!first) return new Map();
  const named = (ids: string[]) => ({
    where: { tenantId: first.tenantId, id: { in: [...new Set(ids)] } },
    select: { id: true, name: true },
  });
  const applications = await db.runtimeApplication.findMany(named(rows.map((row) => row.applicationId)));
  const groups = await db.runtimeGroup.findMany(named(rows.map((row) => row.groupId)));
  return new Map([...applications, ...groups].map(({ id, name }) => [id, name]));
}

async function findPolicies(
  db: Executor,
  where: Prisma.RuntimeAuthPolicyWhereInput,
  take?: number,
): Promise<Found[]> {
  const rows = await db.runtimeAuthPolicy.findMany({ where, ...paged(take) });
  return rows.map((row) => {
    const payload = row.settings as unknown as ResourcePayloads['auth_policy'];
    return found(row, row.name, { contract: 'auth_policy', payload }, [`auth_policy:${row.nameKey}`]);
  });
}

type Find<Where> = (db: Executor, where: Where, take?: number) => Promise<Found[]>;

interface ById {
  tenantId: string;
  id?: { in: string[] } | { gt: string };
}

const finders: Readonly<Record<ResourceContract, Find<ById>>> = {
  upstream_saml_provider: findProviders,
  federation_routing_rule: findRules,
  tenant_oidc_application: findApplications,
  tenant_group: findGroups,
  tenant_app_assignment: findAssignments,
  auth_policy: findPolicies,
};

const resourcesOf = (rows: readonly Found[]): StoredResource[] => rows.map(({ resource }) => resource);

/** A tenant's resources of one kind in the order of their ids, from above `after`. */
export const listResources = async (
  db: Executor,
  tenant: TenantId,
  contract: ResourceContract,
  { after, limit }: { after: string | null; limit: number },
): Promise<StoredResource[]> =>
  resourcesOf(
    await finders[contract](db, { tenantId: tenant, ...(after !== null && { id: { gt: after } }) }, limit),
  );

/** The resources that have one of the ids, in the order of their ids; an id of none is not in the answer. */
export const readResources = async (
  db: Executor,
  tenant: TenantId,
  contract: ResourceContract,
  ids: readonly string[],
): Promise<StoredResource[]> =>
  resourcesOf(await finders[contract](db, { tenantId: tenant, id: { in: [...ids] } }));

export async function findResource(
  db: Executor,
  tenant: TenantId,
  contract: ResourceContract,
  id: string,
): Promise<StoredResource | null> {
  const [resource] = await readResources(db, tenant, contract, [id]);
  return resource ?? null;
}

type Lookup = (db: Executor, tenant: TenantId, values: string[]) => Promise<Found[]>;

/** How resources are found by each kind of key; `values` are what stands behind the kind. */
const lookups: Readonly<Record<ResourceContract | typeof redirectsKind, Lookup>> = {
  upstream_saml_provider: (db, tenantId, values) => findProviders(db, { tenantId, entityId: { in: values } }),
  federation_routing_rule: (db, tenantId, values) =>
    findRules(db, { tenantId, domains: { some: { domain: { in: values } } } }),
  tenant_oidc_application: (db, tenantId, values) =>
    findApplications(db, { tenantId, clientId: { in: values } }),
  [redirectsKind]: (db, tenantId, values) => findApplications(db, { tenantId, redirectsKey: { in: values } }),
  tenant_group: (db, tenantId, values) => findGroups(db, { tenantId, nameKey: { in: values } }),
  tenant_app_assignment: findAssignmentsBetween,
  auth_policy: (db, tenantId, values) => findPolicies(db, { tenantId, nameKey: { in: values } }),
};

const isLookup = (kind: string): kind is keyof typeof lookups => Object.hasOwn(lookups, kind);

/** An end that is still a step of a plan is no id, and nothing is assigned to it. */
const pairOfIds =
  /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

async function findAssignmentsBetween(db: Executor, tenant: TenantId, values: string[]): Promise<Found[]> {
  const pairs = values.flatMap((value) => {
    const [, application = '', group = ''] = pairOfIds.exec(value) ?? [];
    return group === '' ? [] : [{ application, group }];
  });
  if (pairs.length === 0) return [];
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT a."id" FROM "runtime_assignments" a
      JOIN json_to_recordset(${JSON.stringify(pairs)}::json) AS p("application" uuid, "group" uuid)
        ON a."application_id" = p."application" AND a."group_id" = p."group"
     WHERE a."tenant_id" = ${tenant}::uuid`;
  return rows.length === 0
    ? []
    : findAssignments(db, { tenantId: tenant, id: { in: rows.map(({ id }) => id) } });
}

/** Keys that one statement looks up; PostgreSQL takes no more than 65,535 parameters. */
const keysAtATime = 10_000;

/**
 * What the built-in target holds, by natural key (`contract:key`) or by the digest of its redirect URIs; a key of
 * nothing is not in the answer.
 */
export async function findByKeys(
  db: Executor,
  tenant: TenantId,
  keys: readonly string[],
): Promise<Map<string, StoredResource[]>> {
  const wanted = new Set(keys);
  const byKind = new Map<keyof typeof lookups, string[]>();
  for (const key of wanted) {
    const at = key.indexOf(':');
    const kind = key.slice(0, at);
    if (!isLookup(kind)) continue;
    const values = byKind.get(kind) ?? [];
    values.push(key.slice(at + 1));
    byKind.set(kind, values);
  }
  const live = new Map<string, Map<string, StoredResource>>();
  for (const [kind, values] of byKind) {
    for (let start = 0; start < values.length; start += keysAtATime) {
      const rows = await lookups[kind](db, tenant, values.slice(start, start + keysAtATime));
      for (const { resource, keys: own } of rows) {
        for (const key of own) {
          if (!wanted.has(key)) continue;
          const of = live.get(key) ?? new Map<string, StoredResource>();
          live.set(key, of.set(resource.resourceId, resource));
        }
      }
    }
  }
  return new Map([...live].map(([key, resources]) => [key, [...resources.values()]]));
}

/** What something is called, and for a provider its entity ids: what others may resemble. */
export interface Resembling {
  names: readonly string[];
  entityIds?: readonly string[];
}

/**
 * Resources of a kind that are called like one of the names (compared as groups are), and providers whose entity id
 * is one of the given but for the case of letters or slashes at its end. An assignment is called nothing.
 */
export async function findSimilar(
  db: Executor,
  tenant: TenantId,
  contract: ResourceContract,
  { names, entityIds = [] }: Resembling,
): Promise<StoredResource[]> {
  const where = { tenantId: tenant, nameKey: { in: [...new Set(names.map(groupNameKey))] } };
  switch (contract) {
    case 'upstream_saml_provider': {
      const entityKey = { in: [...new Set(entityIds.map(entityIdKey))] };
      const or = [{ nameKey: where.nameKey }, { entityKey }];
      return resourcesOf(await findProviders(db, { tenantId: tenant, OR: or }));
    }
    case 'federation_routing_rule':
      return resourcesOf(await findRules(db, where));
    case 'tenant_oidc_application':
      return resourcesOf(await findApplications(db, where));
    case 'tenant_group':
      return resourcesOf(await findGroups(db, where));
    case 'auth_policy':
      return resourcesOf(await findPolicies(db, where));
    case 'tenant_app_assignment':
      return [];
  }
}

// Making

export interface Making {
  migratedBy: MigratedBy | null;
  /** SHA-256 of the client secret of a confidential application, which is kept nowhere else; null without one. */
  secretHash: Uint8Array | null;
  at: Date;
}

export type MadeResource = Pick<LiveResource, 'resourceId' | 'fingerprint'>;

/**
 * Makes a resource, never over one that is there: `target_collision` names the keys that are taken, also to whoever
 * loses a race for them, and `unknown_reference` the member that leads nowhere. Either ends the transaction.
 */
export async function createResource(
  tx: Transaction,
  tenant: TenantId,
  resource: Resource,
  making: Making,
): Promise<MadeResource> {
  const keys = naturalKeys(resource);
  const taken = await findByKeys(tx, tenant, keys);
  if (taken.size > 0) throw collision([...taken.keys()]);
  const row = {
    id: uuidv7(),
    tenantId: tenant,
    fingerprint: sha256Hex(canonicalJson(resource.payload)),
    migratedBy: jsonOrNull(making.migratedBy),
    createdAt: making.at,
  };
  try {
    await insert(tx, row, resource, making.secretHash);
  } catch (error) {
    if (violatedConstraint(error) !== null) throw collision(keys, error);
    const missing = references[violatedForeignKey(error) ?? ''];
    if (missing) throw unknownReference(missing, error);
    throw error;
  }
  return { resourceId: row.id, fingerprint: row.fingerprint };
}

const collision = (keys: readonly string[], cause?: unknown): DomainError =>
  new DomainError(
    'target_collision',
    `The target already has ${keys.map(describeKey).join(', or ')}; nothing was overwritten.`,
    { members: { keys }, cause },
  );

/** Foreign keys by what refers. */
const references: Readonly<Record<string, { pointer: string; to: string }>> = {
  runtime_routing_rules_tenant_id_provider_id_fkey: { pointer: '/provider/resource_id', to: 'provider' },
  runtime_assignments_tenant_id_application_id_fkey: {
    pointer: '/application/resource_id',
    to: 'application',
  },
  runtime_assignments_tenant_id_group_id_fkey: { pointer: '/group/resource_id', to: 'group' },
};

const unknownReference = ({ pointer, to }: { pointer: string; to: string }, cause: unknown): DomainError =>
  new DomainError('unknown_reference', `The target has no such ${to}.`, {
    errors: [{ pointer, message: `There is no ${to} with this id.` }],
    cause,
  });

interface NewRow {
  id: string;
  tenantId: string;
  fingerprint: string;
  migratedBy: ReturnType<typeof jsonOrNull>;
  createdAt: Date;
}

async function insert(
  tx: Transaction,
  row: NewRow,
  { contract, payload }: Resource,
  secretHash: Uint8Array | null,
): Promise<void> {
  switch (contract) {
    case 'upstream_saml_provider': {
      const { name, entity_id: entityId } = payload;
      const keys = { nameKey: groupNameKey(name), entityId, entityKey: entityIdKey(entityId) };
      await tx.runtimeProvider.create({ data: { ...row, name, ...keys, settings: json(payload) } });
      return;
    }
    case 'federation_routing_rule': {
      const { name, domains } = payload;
      const providerId = payload.provider.resource_id;
      const data = { ...row, name, nameKey: groupNameKey(name), providerId, settings: json(payload) };
      await tx.runtimeRoutingRule.create({ data });
      // In one order everywhere, so that two rules for the same domains wait for each other and never in a circle.
      const sorted = [...domains].sort();
      await tx.runtimeRuleDomain.createMany({
        data: sorted.map((domain) => ({ tenantId: row.tenantId, domain, ruleId: row.id })),
      });
      return;
    }
    case 'tenant_group': {
      const { name, description } = payload;
      await tx.runtimeGroup.create({ data: { ...row, name, nameKey: groupNameKey(name), description } });
      return;
    }
    case 'tenant_oidc_application': {
      const { name, client_id: clientId, redirect_uris: redirects } = payload;
      const text = redirectsText(redirects);
      await tx.runtimeApplication.create({
        data: {
          ...row,
          name,
          nameKey: groupNameKey(name),
          clientId,
          redirectsKey: text === null ? null : sha256Hex(text),
          settings: json(payload),
          secretHash: secretHash === null ? null : new Uint8Array(secretHash),
        },
      });
      return;
    }
    case 'tenant_app_assignment': {
      const ends = { applicationId: payload.application.resource_id, groupId: payload.group.resource_id };
      await tx.runtimeAssignment.create({ data: { ...row, ...ends } });
      return;
    }
    case 'auth_policy': {
      const { name } = payload;
      const data = { ...row, name, nameKey: groupNameKey(name), settings: json(payload) };
      await tx.runtimeAuthPolicy.create({ data });
      return;
    }
  }
}

/** Puts the SHA-256 of another client secret in the place of an application's; false when there is no such one. */
export async function replaceSecretHash(
  db: Executor,
  tenant: TenantId,
  applicationId: string,
  hash: Uint8Array,
): Promise<boolean> {
  const changed = await db.runtimeApplication.updateMany({
    where: { tenantId: tenant, id: applicationId, secretHash: { not: null } },
    data: { secretHash: new Uint8Array(hash) },
  });
  return changed.count > 0;
}

/** Makes a resource for somebody who asked for it by the API, with its audit record; refuses as `createResource`. */
export async function createResourceByHand(
  database: Database,
  tenant: TenantId,
  resource: Resource,
  secretHash: Uint8Array | null,
  command: Command,
): Promise<StoredResource> {
  return inTransaction(database, async (tx) => {
    const making = { migratedBy: null, secretHash, at: command.at };
    const { resourceId, fingerprint } = await createResource(tx, tenant, resource, making);
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.runtime.resource_created',
      targets: { resource_id: resourceId },
      facts: {
        contract: resource.contract,
        keys: naturalKeys(resource),
        fingerprint,
        client_secret_generated: secretHash !== null,
      },
    });
    const [made] = await readResources(tx, tenant, resource.contract, [resourceId]);
    if (!made) throw new Error('What was made is not there.');
    await keepKey(tx, tenant, command, { resourceId, runId: null });
    return made;
  });
}
