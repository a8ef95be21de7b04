import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  authorize,
  permissions,
  systemActor,
  temporalActor,
  type AccessClaims,
  type AccessRequest,
} from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';

const own = '018f0000-0000-7000-8000-00000000000a';
const other = '018f0000-0000-7000-8000-00000000000b';
const operator = '018f0000-0000-7000-8000-00000000000c';

const member: AccessClaims = {
  sub: 'edda',
  tenant_id: own,
  access_context: 'membership',
  tenant_kind: 'customer',
  permissions: ['portal.migrations.view', 'portal.migrations.manage'],
};

function request(claims: Partial<AccessClaims> = {}, more: Partial<AccessRequest> = {}): AccessRequest {
  return {
    claims: { ...member, ...claims },
    operatorTenants: new Set([operator]),
    pathTenant: own,
    permission: 'portal.migrations.view',
    ...more,
  };
}

function refusalOf(refused: AccessRequest): string {
  try {
    authorize(refused);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'allowed';
}

describe('access', () => {
  // Each row is wrong in its own way and in every later one as well, so that only the order decides.
  const faults: [string, Partial<AccessClaims>][] = [
    ['tenant_context_required', { tenant_id: undefined }],
    ['membership_context_required', { access_context: 'guest_access' }],
    ['tenant_kind_required', { tenant_kind: 'reseller' }],
    ['tenant_scope_denied', { tenant_id: other }],
    ['permission_required', { permissions: [] }],
  ];

  it('is refused in one order: tenant, context, kind, tenant path, permission', () => {
    faults.forEach(([code], first) => {
      const later = faults.slice(first).map(([, claims]) => claims);
      const all = Object.assign({}, ...later.reverse()) as Partial<AccessClaims>;
      assert.equal(refusalOf(request(all)), code);
    });
  });

  for (const [claim, value, code] of [
    ['tenant_id', undefined, 'tenant_context_required'],
    ['tenant_id', '', 'tenant_context_required'],
    ['tenant_id', 'acme', 'tenant_context_required'],
    ['tenant_id', [own], 'tenant_context_required'],
    ['access_context', undefined, 'membership_context_required'],
    ['access_context', 'guest_access', 'membership_context_required'],
    ['access_context', 'support_access', 'membership_context_required'],
    ['access_context', ['membership'], 'membership_context_required'],
    ['tenant_kind', undefined, 'tenant_kind_required'],
    ['tenant_kind', 'admin', 'tenant_kind_required'],
    ['tenant_kind', ['operator'], 'tenant_kind_required'],
    ['permissions', undefined, 'permission_required'],
    ['permissions', 'portal.migrations.view', 'permission_required'],
    ['permissions', ['portal.migrations'], 'permission_required'],
    ['permissions', [['portal.migrations.view']], 'permission_required'],
  ] as const) {
    it(`is refused with ${code} when ${claim} is ${JSON.stringify(value)}`, () => {
      assert.equal(refusalOf(request({ [claim]: value })), code);
    });
  }

  for (const kind of ['customer', 'vendor'] as const) {
    it(`lets a ${kind} into its own tenant alone`, () => {
      assert.equal(authorize(request({ tenant_kind: kind })).kind, kind);
      const elsewhere = request({ tenant_kind: kind }, { pathTenant: other });
      assert.equal(refusalOf(elsewhere), 'tenant_scope_denied');
      const acrossTenants = request({ tenant_kind: kind }, { pathTenant: null });
      assert.equal(refusalOf(acrossTenants), 'tenant_scope_denied');
    });
  }

  it('lets an operator into any tenant and onto routes across tenants', () => {
    const claims = { tenant_id: operator, tenant_kind: 'operator' };
    for (const pathTenant of [own, other, operator, null]) {
      const actor = authorize(request(claims, { pathTenant }));
      assert.deepEqual(actor, {
        id: 'edda',
        type: 'user',
        tenant: operator,
        kind: 'operator',
        authenticated: true,
      });
    }
  });

  it('treats an operator of a tenant that does not operate as a customer', () => {
    const claims = { tenant_id: own, tenant_kind: 'operator' };
    assert.equal(authorize(request(claims)).kind, 'customer');
    assert.equal(refusalOf(request(claims, { pathTenant: other })), 'tenant_scope_denied');
  });

  it('does not make an operator of a customer whose tenant operates', () => {
    const claims = { tenant_id: operator, tenant_kind: 'customer' };
    assert.equal(refusalOf(request(claims, { pathTenant: own })), 'tenant_scope_denied');
  });

  it('compares tenants whatever the case of their letters', () => {
    const upper = request({ tenant_id: own.toUpperCase() }, { pathTenant: own.toUpperCase() });
    assert.equal(authorize(upper).tenant, own);
    const claims = { tenant_id: operator.toUpperCase(), tenant_kind: 'operator' };
    assert.equal(authorize(request(claims, { pathTenant: other })).kind, 'operator');
  });

  it('lets managing imply viewing, each in its own area and never the other way', () => {
    const allowed = (held: string, needed: (typeof permissions)[number]) =>
      refusalOf(request({ permissions: [held] }, { permission: needed })) === 'allowed';
    const pairs = permissions.flatMap((held) => permissions.map((needed) => [held, needed] as const));
    assert.deepEqual(
      pairs.filter(([held, needed]) => allowed(held, needed)),
      [
        ['portal.migrations.view', 'portal.migrations.view'],
        ['portal.migrations.manage', 'portal.migrations.view'],
        ['portal.migrations.manage', 'portal.migrations.manage'],
        ['portal.runtime.view', 'portal.runtime.view'],
        ['portal.runtime.manage', 'portal.runtime.view'],
        ['portal.runtime.manage', 'portal.runtime.manage'],
      ],
    );
  });

  it('names the permission that is missing', () => {
    assert.throws(
      () => authorize(request({ permissions: [] }, { permission: 'portal.runtime.manage' })),
      (error) => error instanceof DomainError && error.members.permission === 'portal.runtime.manage',
    );
  });

  it('says of a name that Temporal recorded that it proves nothing, and of the product that it is itself', () => {
    const name = `operator@${randomUUID()}`;
    assert.deepEqual(temporalActor(name), {
      id: name,
      type: 'temporal',
      tenant: null,
      kind: null,
      authenticated: false,
    });
    assert.equal(systemActor('worker').authenticated, true);
  });
});
