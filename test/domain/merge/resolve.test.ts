import assert from 'node:assert/strict';
import { DomainError } from '../../../domain/errors.ts';
import { mergeContracts, type MergeContract, type TargetOverrides } from '../../../domain/merge/decision.ts';
import {
  avoidsCollision,
  checkResolution,
  ResolveRequest,
  type ResolveContext,
  type RuleProvider,
} from '../../../domain/merge/resolve.ts';
import type { LiveResource } from '../../../domain/target.ts';
import { live, matched, overlap, side, uuid } from './support.ts';

const sendsTo = (boundTo: string | null, pending = false): RuleProvider => ({
  name: 'Partner',
  boundTo,
  pending,
});

/** A row of an item of the contract that matched `resource`. */
const row = (
  contract: MergeContract,
  resource: LiveResource = live(1, contract),
  more: Partial<ResolveContext> = {},
): ResolveContext => ({
  decision: { contract, matchedResources: [matched(side(contract), resource)] },
  source: side(contract),
  holders: [],
  ruleProvider: contract === 'federation_routing_rule' ? sendsTo(uuid(900)) : null,
  ...more,
});

const map = (more: Partial<ResolveRequest> = {}): ResolveRequest => ({
  resolution: 'map_to_existing',
  matched_resource_id: uuid(1),
  ...more,
});

/** The code and pointers that a request is refused with. */
function refused(request: ResolveRequest, context: ResolveContext): [string, ...string[]] {
  try {
    checkResolution(request, context);
    return ['not refused'];
  } catch (error) {
    if (error instanceof DomainError) return [error.code, ...error.errors.map((each) => each.pointer)];
    throw error;
  }
}
const fine = ['not refused'];
const incompatible = ['incompatible_match', '/matched_resource_id'];

describe('resolving an overlap', () => {
  for (const contract of mergeContracts) {
    it(`binds a ${contract} to a resource of its row, and to no other`, () => {
      assert.deepEqual(refused(map(), row(contract)), fine);
      const strange = map({ matched_resource_id: uuid(2) });
      assert.deepEqual(refused(strange, row(contract)), ['unknown_reference', '/matched_resource_id']);
    });

    it(`binds two of a ${contract} to one resource ${contract === 'tenant_group' ? 'only when told to' : 'never'}`, () => {
      const taken = row(contract, undefined, { holders: [{ name: 'Other' }] });
      const bound = ['match_already_bound', '/matched_resource_id'];
      assert.deepEqual(refused(map(), taken), bound);
      const shared = contract === 'tenant_group' ? fine : ['validation_failed', '/allow_shared'];
      assert.deepEqual(refused(map({ allow_shared: true }), taken), shared);
    });
  }

  it('does not bind to what only resembles the item', () => {
    const context = row('tenant_oidc_application');
    const similar = { ...context, decision: { ...context.decision, matchedResources: [] } };
    assert.deepEqual(refused(map(), similar), ['unknown_reference', '/matched_resource_id']);
  });

  it('does not bind a public application to a confidential one, nor the other way', () => {
    const secretless = { client_type: 'public', token_endpoint_auth_method: 'none' } as const;
    const target = live(1, 'tenant_oidc_application', secretless);
    assert.deepEqual(refused(map(), row('tenant_oidc_application', target)), incompatible);
    const source = side('tenant_oidc_application', secretless);
    assert.deepEqual(refused(map(), row('tenant_oidc_application', undefined, { source })), incompatible);
    assert.deepEqual(refused(map(), row('tenant_oidc_application', target, { source })), fine);
    const otherMethod = live(1, 'tenant_oidc_application', {
      token_endpoint_auth_method: 'client_secret_post',
    });
    assert.deepEqual(refused(map(), row('tenant_oidc_application', otherMethod)), fine);
  });

  it('does not bind to what is disabled at the target', () => {
    for (const contract of ['upstream_saml_provider', 'federation_routing_rule'] as const) {
      const disabled = live(1, contract, { enabled: false });
      assert.deepEqual(refused(map(), row(contract, disabled)), incompatible, contract);
    }
  });

  it('does not bind to a group with a privileged role', () => {
    const of = (privileged: boolean | null) =>
      row(
        'tenant_group',
        live(1, 'tenant_group', {}, { group: { memberCount: 1, masteredBy: null, privileged } }),
      );
    assert.deepEqual(refused(map(), of(true)), incompatible);
    assert.deepEqual(refused(map(), of(false)), fine);
    assert.deepEqual(refused(map(), of(null)), fine);
  });

  it('binds a rule only when the live one has all of its domains', () => {
    const domains = side('federation_routing_rule').payload as { domains: string[] };
    const more = live(1, 'federation_routing_rule', { domains: [...domains.domains, 'more.example'] });
    assert.deepEqual(refused(map(), row('federation_routing_rule', more)), fine);
    const fewer = live(1, 'federation_routing_rule', { domains: domains.domains.slice(1) });
    assert.deepEqual(refused(map(), row('federation_routing_rule', fewer)), incompatible);
  });

  it('binds a rule only when the live one\u2019s provider is the one that its own is bound to', () => {
    const of = (ruleProvider: RuleProvider | null) =>
      row('federation_routing_rule', undefined, { ruleProvider });
    assert.deepEqual(refused(map(), of(sendsTo(uuid(900)))), fine);
    for (const other of [sendsTo(uuid(901)), sendsTo(null), sendsTo(null, true), null]) {
      assert.deepEqual(refused(map(), of(other)), incompatible, JSON.stringify(other));
    }
  });

  it('refuses members that the resolution does not have', () => {
    const context = row('tenant_group');
    const cases: [Partial<ResolveRequest>, string][] = [
      [{ resolution: 'map_to_existing' }, '/matched_resource_id'],
      [{ resolution: 'create_new', matched_resource_id: uuid(1) }, '/matched_resource_id'],
      [{ resolution: 'skip', matched_resource_id: uuid(1) }, '/matched_resource_id'],
      [{ ...map(), target_overrides: { name: 'X' } }, '/target_overrides'],
      [{ resolution: 'skip', target_overrides: { name: 'X' } }, '/target_overrides'],
      [{ resolution: 'create_new', allow_shared: true }, '/allow_shared'],
      [{ resolution: 'skip', allow_shared: true }, '/allow_shared'],
    ];
    for (const [request, pointer] of cases) {
      assert.deepEqual(refused(request as ResolveRequest, context), ['validation_failed', pointer]);
    }
    assert.deepEqual(refused({ resolution: 'skip', allow_shared: false }, context), fine);
  });

  it('knows no members and no resolutions but its own', () => {
    for (const body of [
      { resolution: 'overwrite' },
      { resolution: 'skip', force: true },
      {},
      { resolution: 'skip', note: 1 },
    ]) {
      assert.equal(ResolveRequest.safeParse(body).success, false, JSON.stringify(body));
    }
  });

  const overrides: [MergeContract, object, string[]][] = [
    ['tenant_group', { name: 'VPN Users 2' }, []],
    ['tenant_group', {}, ['/target_overrides/name']],
    ['tenant_group', { name: '' }, ['/target_overrides/name']],
    ['tenant_group', { name: 'X', client_id: 'y' }, ['/target_overrides']],
    ['tenant_oidc_application', { name: 'Billing 2' }, []],
    ['tenant_oidc_application', { name: 'Billing 2', client_id: 'new' }, []],
    ['tenant_oidc_application', { client_id: 'new' }, ['/target_overrides/name']],
    ['tenant_oidc_application', { name: 'X', client_id: 'two words' }, ['/target_overrides/client_id']],
    ['federation_routing_rule', { domains: ['@Partner.Example'] }, []],
    ['federation_routing_rule', { domains: [] }, ['/target_overrides/domains']],
    ['federation_routing_rule', { domains: ['not a domain'] }, ['/target_overrides/domains/0']],
    [
      'federation_routing_rule',
      { domains: ['partner.example', 'theirs.example'] },
      ['/target_overrides/domains/1'],
    ],
    ['federation_routing_rule', { name: 'X' }, ['/target_overrides/domains', '/target_overrides']],
    ['upstream_saml_provider', {}, []],
    ['upstream_saml_provider', { entity_id: 'urn:x' }, ['/target_overrides']],
  ];
  for (const [contract, given, pointers] of overrides) {
    it(`${pointers.length === 0 ? 'takes' : 'refuses'} ${JSON.stringify(given)} instead of what collides of a ${contract}`, () => {
      const request: ResolveRequest = { resolution: 'create_new', target_overrides: { ...given } };
      const expected = pointers.length === 0 ? fine : ['validation_failed', ...pointers];
      assert.deepEqual(refused(request, row(contract)), expected);
    });
  }

  it('keeps domains as they are compared, and everything else as it was given', () => {
    const request: ResolveRequest = {
      resolution: 'create_new',
      target_overrides: { domains: ['B\u00fccher.example'] },
      note: 'Monday.',
    };
    assert.deepEqual(checkResolution(request, row('federation_routing_rule')), {
      resolution: 'create_new',
      matchedResourceId: null,
      targetOverrides: { domains: ['xn--bcher-kva.example'] },
      allowShared: false,
      note: 'Monday.',
    });
  });
});

describe('a new resource beside what is there', () => {
  const avoids = (
    contract: MergeContract,
    targetOverrides: TargetOverrides | null,
    resources: readonly LiveResource[],
    source = side(contract),
  ) => {
    const found = overlap(source, resources) ?? { matched: [], similar: [] };
    const { matched: matchedResources, similar } = found;
    const { name } = source.payload;
    return avoidsCollision({ contract, name, matchedResources, similar, targetOverrides });
  };

  it('needs a group\u2019s name that none of them has', () => {
    const there = [live(1, 'tenant_group')];
    assert.equal(avoids('tenant_group', { name: 'VPN Users (Okta)' }, there), true);
    assert.equal(avoids('tenant_group', { name: 'vpn  users' }, there), false);
    assert.equal(avoids('tenant_group', null, there), false);
    assert.equal(avoids('tenant_group', null, []), true);
  });

  it('needs an application\u2019s name, and a client id of its own when they match by that', () => {
    const byId = [live(1, 'tenant_oidc_application', { redirect_uris: [] })];
    const bySet = [live(1, 'tenant_oidc_application', { client_id: 'theirs' })];
    const contract = 'tenant_oidc_application';
    assert.equal(avoids(contract, { name: 'Billing 2', client_id: 'new' }, byId), true);
    assert.equal(avoids(contract, { name: 'Billing 2', client_id: '0oa1' }, byId), false);
    assert.equal(avoids(contract, { name: 'Billing 2' }, byId), false);
    assert.equal(avoids(contract, { name: 'Billing 2' }, bySet), true);
    assert.equal(avoids(contract, { name: 'billing' }, bySet), false);
    assert.equal(avoids(contract, null, bySet), false);
  });

  it('needs nothing beside an application that only has the same name', () => {
    const namesake = live(1, 'tenant_oidc_application', { client_id: 'x', redirect_uris: [] });
    assert.equal(avoids('tenant_oidc_application', null, [namesake]), true);
  });

  it('needs the domains of a rule that no live one has', () => {
    const there = [live(1, 'federation_routing_rule', { domains: ['partner.example'] })];
    const contract = 'federation_routing_rule';
    assert.equal(avoids(contract, { domains: ['xn--bcher-kva.example'] }, there), true);
    assert.equal(avoids(contract, { domains: ['xn--bcher-kva.example', 'partner.example'] }, there), false);
    assert.equal(avoids(contract, null, there), false);
  });

  it('is never a second provider of one entity id, nor of one that looks the same', () => {
    const contract = 'upstream_saml_provider';
    assert.equal(avoids(contract, null, [live(1, contract)]), false);
    assert.equal(
      avoids(contract, null, [live(1, contract, { entity_id: 'https://partner.example/saml/' })]),
      false,
    );
    assert.equal(avoids(contract, null, [live(1, contract, { entity_id: 'urn:other' })]), true);
  });
});
