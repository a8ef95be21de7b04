import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { builtInRuntime } from '../../../activities/runtime/builtIn.ts';
import { TargetRefusal } from '../../../activities/runtime/target.ts';
import { canonicalJson } from '../../../domain/canonical.ts';
import { DomainError } from '../../../domain/errors.ts';
import type { TenantId } from '../../../domain/ids.ts';
import {
  redirectsKind,
  redirectsText,
  resourceContracts,
  type Resource,
  type ResourceContract,
} from '../../../domain/target.ts';
import { sha256, sha256Hex } from '../../../platform/digest.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import {
  createResource,
  createResourceByHand,
  findByKeys,
  findResource,
  findSimilar,
  listResources,
  readResources,
  type StoredResource,
} from '../../../prisma/store/runtime.ts';
import { useDatabase } from '../../support/database.ts';
import { holdInserts } from '../../support/hold.ts';
import { authPolicy, oidcApplication, routingRule, samlProvider, tenantGroup } from '../../support/target.ts';
import { commandOf, newTenant, outcomes, refusal } from './support.ts';

describe('the built-in target', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  let tenant: TenantId;
  beforeEach(() => {
    tenant = newTenant();
  });

  const make = (resource: Resource, into = tenant, secretHash: Uint8Array | null = null) =>
    createResourceByHand(db(), into, resource, secretHash, commandOf());

  const provider = (word: string, more = {}): Resource => ({
    contract: 'upstream_saml_provider',
    payload: samlProvider(word, more),
  });
  const rule = (word: string, providerId: string, more = {}): Resource => ({
    contract: 'federation_routing_rule',
    payload: routingRule(word, providerId, more),
  });
  const group = (name: string): Resource => ({
    contract: 'tenant_group',
    payload: { name, description: null },
  });
  const application = (word: string, more = {}): Resource => ({
    contract: 'tenant_oidc_application',
    payload: oidcApplication(word, more),
  });
  const policy = (name: string): Resource => ({
    contract: 'auth_policy',
    payload: { ...authPolicy('x'), name },
  });
  const assignment = (application: StoredResource, to: StoredResource): Resource => ({
    contract: 'tenant_app_assignment',
    payload: {
      application: { resource_id: application.resourceId },
      group: { resource_id: to.resourceId },
    },
  });

  /** One of every kind in the tenant. */
  async function makeAll(into = tenant): Promise<Record<ResourceContract, StoredResource>> {
    const partner = await make(provider('acme'), into);
    const app = await make(application('acme'), into);
    const people = await make({ contract: 'tenant_group', payload: tenantGroup('acme') }, into);
    return {
      upstream_saml_provider: partner,
      federation_routing_rule: await make(rule('acme', partner.resourceId), into),
      tenant_oidc_application: app,
      tenant_group: people,
      tenant_app_assignment: await make(assignment(app, people), into),
      auth_policy: await make(policy('Acme'), into),
    };
  }

  /** The keys of one of every kind. */
  const keysOf = (all: Record<ResourceContract, StoredResource>): string[] => [
    'upstream_saml_provider:https://idp.acme.example/saml',
    'federation_routing_rule:acme.example',
    'federation_routing_rule:mail.acme.example',
    'tenant_oidc_application:client-acme',
    `${redirectsKind}:${sha256Hex(redirectsText(['https://app.acme.example/cb']) ?? '')}`,
    'tenant_group:group acme',
    `tenant_app_assignment:${all.tenant_oidc_application.resourceId}/${all.tenant_group.resourceId}`,
    'auth_policy:acme',
  ];

  const idsBy = async (keys: readonly string[], of = tenant) =>
    Object.fromEntries(
      [...(await findByKeys(db(), of, keys))].map(([key, resources]) => [
        key,
        resources.map((resource) => resource.resourceId),
      ]),
    );

  const namesOf = (resources: readonly { name: string }[]) => resources.map(({ name }) => name).sort();

  it('gives what it was given, with its fingerprint, in every way of reading', async () => {
    const all = await makeAll();
    for (const contract of resourceContracts) {
      const made = all[contract];
      assert.equal(made.fingerprint, sha256Hex(canonicalJson(made.payload)), contract);
      assert.equal(made.migratedBy, null);
      const read = await readResources(db(), tenant, contract, [randomUUID(), made.resourceId]);
      const listed = await listResources(db(), tenant, contract, { after: null, limit: 2 });
      assert.deepEqual(read, [made], contract);
      assert.deepEqual(listed, read, contract);
      assert.deepEqual(await findResource(db(), tenant, contract, made.resourceId), read[0]);
    }
  });

  it('calls everything by its name, and an assignment after its ends', async () => {
    const all = await makeAll();
    assert.deepEqual(namesOf(Object.values(all)), [
      'Acme',
      'Application acme',
      'Application acme \u2013 Group acme',
      'Group acme',
      'Provider acme',
      'Rule acme',
    ]);
  });

  it('says of a group that it does not know who is in it', async () => {
    const made = await make(group('People'));
    assert.deepEqual(made.group, { memberCount: null, masteredBy: null, privileged: null });
    assert.equal((await make(policy('People'))).group, null);
  });

  it('finds every kind by each of its keys, and nothing by those of others', async () => {
    const all = await makeAll();
    const keys = keysOf(all);
    const contracts = keys.map((key) => key.replace(/[.:].*/, '') as ResourceContract);
    const expected = Object.fromEntries(
      keys.map((key, index) => [key, [all[contracts[index] ?? 'auth_policy'].resourceId]]),
    );
    assert.deepEqual(await idsBy(keys), expected);
    const near = [
      'upstream_saml_provider:https://IDP.acme.example/saml',
      'upstream_saml_provider:https://idp.acme.example/saml/',
      'federation_routing_rule:example',
      'federation_routing_rule:sub.acme.example',
      'tenant_oidc_application:CLIENT-ACME',
      `${redirectsKind}:${sha256Hex('other')}`,
      'tenant_group:group  acme',
      'tenant_group:acme',
      `tenant_app_assignment:${all.tenant_group.resourceId}/${all.tenant_oidc_application.resourceId}`,
      `tenant_app_assignment:step:${randomUUID()}/${all.tenant_group.resourceId}`,
      'tenant_app_assignment:',
      'auth_policy:group acme',
      'verified_domain:acme.example',
      'constructor:acme',
      'nonsense',
    ];
    assert.deepEqual(await idsBy(near), {});
  });

  it('finds several applications that have the same redirect URIs, and one that has them in another order', async () => {
    const uris = ['https://shared.example/cb', 'app:/cb'];
    const made = await Promise.all([
      make(application('one', { redirect_uris: uris })),
      make(application('two', { redirect_uris: [...uris].reverse() })),
      make(application('three', { redirect_uris: uris.slice(0, 1) })),
      make(application('four', { redirect_uris: ['http://localhost/cb'] })),
    ]);
    const key = `${redirectsKind}:${sha256Hex(redirectsText(uris) ?? '')}`;
    const expected = made.slice(0, 2).map((resource) => resource.resourceId);
    assert.deepEqual(new Set((await idsBy([key]))[key]), new Set(expected));
  });

  it('looks up more keys at a time than a statement takes', async () => {
    const made = await make(group('Group 69999'));
    const keys = Array.from({ length: 70_000 }, (_, n) => `tenant_group:group ${n}`);
    assert.deepEqual(await idsBy(keys), { 'tenant_group:group 69999': [made.resourceId] });
  });

  it('finds what is called alike, whatever its case and spaces, and providers whose entity id nearly is the same', async () => {
    await makeAll();
    await make(provider('beta', { name: 'ACME  partner', entity_id: 'https://IDP.acme.example/saml/' }));
    const similar = async (contract: ResourceContract, names: string[], entityIds?: string[]) =>
      namesOf(await findSimilar(db(), tenant, contract, { names, ...(entityIds && { entityIds }) }));
    assert.deepEqual(await similar('tenant_oidc_application', ['APPLICATION\u00a0acme', 'Other']), [
      'Application acme',
    ]);
    assert.deepEqual(await similar('federation_routing_rule', ['rule ACME']), ['Rule acme']);
    assert.deepEqual(await similar('tenant_group', [' group acme ']), ['Group acme']);
    assert.deepEqual(await similar('auth_policy', ['acme']), ['Acme']);
    assert.deepEqual(await similar('tenant_app_assignment', ['Application acme \u2013 Group acme']), []);
    assert.deepEqual(await similar('upstream_saml_provider', ['acme PARTNER']), ['ACME  partner']);
    assert.deepEqual(await similar('upstream_saml_provider', [], ['https://idp.acme.example/SAML']), [
      'ACME  partner',
      'Provider acme',
    ]);
    assert.deepEqual(await similar('upstream_saml_provider', [], ['https://idp.acme.example/saml2']), []);
  });

  it('lists in the order of ids, page after page', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) made.push((await make(group(name))).resourceId);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: StoredResource[] = await listResources(db(), tenant, 'tenant_group', { after, limit: 2 });
      seen.push(...page.map((resource) => resource.resourceId));
      after = page.at(-1)?.resourceId ?? null;
    } while (after !== null);
    assert.deepEqual(seen, [...made].sort());
  });

  it('keeps tenants apart: the same keys again, and nothing of the other', async () => {
    const other = newTenant();
    const [mine, theirs] = [await makeAll(), await makeAll(other)];
    for (const contract of resourceContracts) {
      assert.deepEqual(await readResources(db(), tenant, contract, [theirs[contract].resourceId]), []);
      const listed = await listResources(db(), tenant, contract, { after: null, limit: 10 });
      assert.deepEqual(
        listed.map((resource) => resource.resourceId),
        [mine[contract].resourceId],
      );
    }
    assert.deepEqual(
      await idsBy(keysOf(theirs).filter((key) => key.startsWith('tenant_app_assignment'))),
      {},
    );
    assert.deepEqual(await findSimilar(db(), newTenant(), 'tenant_group', { names: ['Group acme'] }), []);
  });

  it('keeps of a client secret its SHA-256 and nothing else', async () => {
    const hash = sha256('the secret');
    const made = await make(application('acme'), tenant, hash);
    const row = await db().runtimeApplication.findUniqueOrThrow({ where: { id: made.resourceId } });
    assert.deepEqual(Buffer.from(row.secretHash ?? []), hash);
    const [record] = await listAudit(db(), tenant, { before: null, limit: 1 });
    assert.deepEqual(
      [record?.action, record?.targets, record?.facts.client_secret_generated],
      ['migration.runtime.resource_created', { resource_id: made.resourceId }, true],
    );
    for (const text of [JSON.stringify(record?.facts), JSON.stringify(made)]) {
      assert.ok(!text.includes('the secret') && !text.includes(hash.toString('hex')), text);
    }
  });

  /** What claims a key that something of the tenant has, by kind, with the key. */
  const claimants: Record<ResourceContract, (all: Record<ResourceContract, StoredResource>) => Resource> = {
    upstream_saml_provider: () => provider('other', { entity_id: 'https://idp.acme.example/saml' }),
    federation_routing_rule: (all) =>
      rule('other', all.upstream_saml_provider.resourceId, { domains: ['new.example', 'mail.acme.example'] }),
    tenant_oidc_application: () => application('other', { client_id: 'client-acme' }),
    tenant_group: () => group('  GROUP\u3000acme'),
    tenant_app_assignment: (all) => assignment(all.tenant_oidc_application, all.tenant_group),
    auth_policy: () => policy('ACME'),
  };

  for (const contract of resourceContracts) {
    it(`refuses a second ${contract} of one key, names the key, and leaves everything as it was`, async () => {
      const all = await makeAll();
      const before = await listResources(db(), tenant, contract, { after: null, limit: 10 });
      const taken: string[] = keysOf(all).filter((key) => key.startsWith(`${contract}:`));
      await assert.rejects(make(claimants[contract](all)), (error) => {
        assert.ok(error instanceof DomainError);
        assert.equal(error.code, 'target_collision');
        const keys = error.members.keys as string[];
        assert.deepEqual(keys, contract === 'federation_routing_rule' ? taken.slice(1) : taken);
        return true;
      });
      assert.deepEqual(await listResources(db(), tenant, contract, { after: null, limit: 10 }), before);
      assert.equal(
        (await idsBy(['federation_routing_rule:new.example']))['federation_routing_rule:new.example'],
        undefined,
      );
    });
  }

  const tables: Readonly<Record<ResourceContract, string>> = {
    upstream_saml_provider: 'runtime_providers',
    federation_routing_rule: 'runtime_routing_rules',
    tenant_oidc_application: 'runtime_applications',
    tenant_group: 'runtime_groups',
    tenant_app_assignment: 'runtime_assignments',
    auth_policy: 'runtime_auth_policies',
  };

  for (const contract of resourceContracts) {
    it(`makes one ${contract} of several that are asked for at the same time`, async () => {
      const partner = await make(provider('base'));
      const app = await make(application('base'));
      const people = await make(group('Base'));
      const racing: Record<ResourceContract, (n: number) => Resource> = {
        upstream_saml_provider: (n) => provider(`racer${n}`, { entity_id: 'urn:race' }),
        // Each claims the domains in an order of its own.
        federation_routing_rule: (n) =>
          rule(`racer${n}`, partner.resourceId, {
            domains: n % 2 === 0 ? ['a.example', 'b.example'] : ['b.example', 'a.example'],
          }),
        tenant_oidc_application: (n) => application(`racer${n}`, { client_id: 'race' }),
        tenant_group: (n) => group(n % 2 === 0 ? 'Race' : 'RACE'),
        tenant_app_assignment: () => assignment(app, people),
        auth_policy: (n) => policy(n % 2 === 0 ? 'Race' : 'RACE'),
      };
      const count = async () =>
        (await listResources(db(), tenant, contract, { after: null, limit: 100 })).length;
      const before = await count();
      const table = tables[contract];
      const when = `NEW.tenant_id = '${tenant}'`;
      const held = await holdInserts({ databaseUrl: opened().url }, { table, when });
      const ended = outcomes([0, 1, 2, 3].map((n) => make(racing[contract](n))));
      // All of them have found their keys free by now.
      await held.waiting(4);
      await held.release();
      assert.deepEqual(await ended, ['done', 'target_collision', 'target_collision', 'target_collision']);
      assert.equal(await count(), before + 1);
      const audited = await listAudit(db(), tenant, { before: null, limit: 100 });
      assert.equal(audited.length, 4);
    });
  }

  it('refuses references to what is not there, and to what is another tenant\u2019s, alike', async () => {
    const theirs = await makeAll(newTenant());
    const own = await makeAll();
    const app = (id: string) => ({ ...own.tenant_oidc_application, resourceId: id });
    const wrong: [pointer: string, make: (id: string) => Resource, foreign: string][] = [
      ['/provider/resource_id', (id) => rule('x', id), theirs.upstream_saml_provider.resourceId],
      [
        '/application/resource_id',
        (id) => assignment(app(id), own.tenant_group),
        theirs.tenant_oidc_application.resourceId,
      ],
      [
        '/group/resource_id',
        (id) => assignment(own.tenant_oidc_application, app(id)),
        theirs.tenant_group.resourceId,
      ],
    ];
    for (const [pointer, resource, foreign] of wrong) {
      for (const id of [randomUUID(), foreign]) {
        await assert.rejects(make(resource(id)), (error) => {
          assert.ok(error instanceof DomainError);
          assert.equal(error.code, 'unknown_reference');
          assert.deepEqual(
            error.errors.map((each) => each.pointer),
            [pointer],
          );
          return true;
        });
      }
    }
  });

  it('refuses as a target does what an activity asks of it', async () => {
    const all = await makeAll();
    const runtime = builtInRuntime(null);
    const migratedBy = { source_id: '', external_id: '', plan_id: '', step_id: '', execution_id: '' };
    const create = (resource: Resource) =>
      inTransaction(db(), (tx) =>
        runtime.create(tx, tenant, { ...resource, migratedBy, secret: null, at: new Date() }),
      );
    const codeOf = async (resource: Resource) => {
      try {
        return (await create(resource)).resourceId;
      } catch (error) {
        assert.ok(error instanceof TargetRefusal);
        return error.code;
      }
    };
    assert.equal(await codeOf(group('Group acme')), 'collision');
    assert.equal(await codeOf(rule('x', randomUUID())), 'gone');
    const made = await create(group('Made by a step'));
    const stored = await findResource(db(), tenant, 'tenant_group', made.resourceId);
    assert.deepEqual(stored?.migratedBy, migratedBy);
    assert.deepEqual(
      await runtime.read(db(), tenant, 'tenant_app_assignment', [all.tenant_app_assignment.resourceId]),
      await readResources(db(), tenant, 'tenant_app_assignment', [all.tenant_app_assignment.resourceId]),
    );
  });

  it('tells its own side of a trust only where its address is known', async () => {
    assert.equal(await builtInRuntime(null).serviceProvider(tenant, randomUUID()), null);
    const ours = await builtInRuntime('https://login.example/idm').serviceProvider(tenant, randomUUID());
    const base = `https://login.example/idm/tenants/${tenant}/saml`;
    assert.deepEqual(ours, {
      entity_id: base,
      acs_url: `${base}/acs`,
      metadata_url: `${base}/metadata`,
      requests_signed: false,
      request_signing_certificate: null,
    });
  });

  it('makes nothing of what the rest of its transaction takes back', async () => {
    const making = { migratedBy: null, secretHash: null, at: new Date() };
    const code = await refusal(
      inTransaction(db(), async (tx) => {
        await createResource(tx, tenant, group('Taken back'), making);
        throw new DomainError('run_stopped', 'Stopped.');
      }),
    );
    assert.equal(code, 'run_stopped');
    assert.deepEqual(await idsBy(['tenant_group:taken back']), {});
  });
});
