import { z } from 'zod';
import { DomainError } from './errors.ts';
import { TenantId } from './ids.ts';

export const permissions = [
  'portal.migrations.view',
  'portal.migrations.manage',
  'portal.runtime.view',
  'portal.runtime.manage',
] as const;
export type Permission = (typeof permissions)[number];

export const tenantKinds = ['operator', 'customer', 'vendor'] as const;
export type TenantKind = (typeof tenantKinds)[number];

/** Who does something: a person by token, an identity that Temporal recorded, or the product itself. */
export const Actor = z.strictObject({
  id: z.string(),
  type: z.enum(['user', 'temporal', 'system']),
  tenant: z.string().nullable(),
  kind: z.enum(tenantKinds).nullable(),
  authenticated: z.boolean(),
});
export type Actor = z.infer<typeof Actor>;

/** The product acting by itself (a sweep, a finaliser). */
export const systemActor = (id: string): Actor => ({
  id,
  type: 'system',
  tenant: null,
  kind: null,
  authenticated: true,
});

/** What Temporal recorded of whoever acted there; it is a name, not a proof. */
export const temporalActor = (identity: string): Actor => ({
  id: identity,
  type: 'temporal',
  tenant: null,
  kind: null,
  authenticated: false,
});

/** The claims of an access token that decide; unknown ones are ignored, malformed ones count as absent. */
export interface AccessClaims {
  sub: string;
  tenant_id?: unknown;
  access_context?: unknown;
  tenant_kind?: unknown;
  permissions?: unknown;
}

export interface AccessRequest {
  claims: AccessClaims;
  /** Tenants whose members operate the service; only they count as `operator`. */
  operatorTenants: ReadonlySet<string>;
  /** The tenant in the path; null on routes that operators alone may use across tenants. */
  pathTenant: string | null;
  permission: Permission;
}

/**
 * Decides whether a caller may do a thing, in the contract's order: tenant claim, access context, tenant kind,
 * tenant path, permission. Returns who acts; throws a DomainError with the first refusal.
 */
export function authorize({ claims, operatorTenants, pathTenant, permission }: AccessRequest): Actor {
  const tenant = TenantId.safeParse(claims.tenant_id);
  if (!tenant.success) {
    throw new DomainError('tenant_context_required', 'The token names no active tenant (claim tenant_id).');
  }
  if (claims.access_context !== 'membership') {
    throw new DomainError(
      'membership_context_required',
      'Migration state requires a membership in the tenant; guest and support access are denied.',
    );
  }
  const kind = tenantKinds.find((known) => known === claims.tenant_kind);
  if (!kind) {
    throw new DomainError(
      'tenant_kind_required',
      `The token must state the tenant's kind (claim tenant_kind: ${tenantKinds.join(', ')}).`,
    );
  }
  const effectiveKind: TenantKind =
    kind === 'operator' && !operatorTenants.has(tenant.data) ? 'customer' : kind;
  const isOperator = effectiveKind === 'operator';
  if (!isOperator && tenant.data !== pathTenant?.toLowerCase()) {
    throw new DomainError('tenant_scope_denied', 'This token may only address its own tenant.');
  }
  if (!holds(claims.permissions, permission)) {
    throw new DomainError('permission_required', `This needs the permission ${permission}.`, {
      members: { permission },
    });
  }
  return { id: claims.sub, type: 'user', tenant: tenant.data, kind: effectiveKind, authenticated: true };
}

/** Managing implies viewing. */
function holds(claim: unknown, permission: Permission): boolean {
  if (!Array.isArray(claim)) return false;
  return claim.includes(permission) || claim.includes(permission.replace(/\.view$/, '.manage'));
}
