import { OktaFault, notFound } from './errors.ts';
import type { OktaObject } from './members.ts';

/** A role of the administrator who made the token; `permissions` are those of a custom one. */
export interface AdminRole {
  type: string;
  label: string;
  permissions?: readonly string[];
}

export const READ_ONLY_ADMIN: AdminRole = { type: 'READ_ONLY_ADMIN', label: 'Read Only Administrator' };

/** The administrator who made the token. */
export const MAKER = { id: '00uTokenMaker', status: 'ACTIVE' };

/**
 * The roles of a user, as Okta lists them to those who may view administrators: a super administrator, and whoever
 * has a custom role that allows it.
 * Source: https://help.okta.com/oie/en-us/content/topics/security/administrators-admin-comparison.htm
 *
 * @throws {OktaFault} E0000006 for anybody else, 404 for a user that is not the token's maker
 */
export function assignedRoles(roles: readonly AdminRole[], user: string): OktaObject[] {
  requireViewOfAdministrators(roles);
  if (user !== MAKER.id) throw notFound(user, 'User');
  return roles.map(({ type, label }, index) => ({
    id: `ra${index}`,
    type,
    label,
    status: 'ACTIVE',
    assignmentType: 'USER',
    ...(type === 'CUSTOM' && { role: roleId(index) }),
  }));
}

/** What a custom role allows. @throws {OktaFault} as `assignedRoles` does */
export function rolePermissions(roles: readonly AdminRole[], id: string): OktaObject {
  requireViewOfAdministrators(roles);
  const role = roles.find(({ type }, index) => type === 'CUSTOM' && roleId(index) === id);
  if (role === undefined) throw notFound(id, 'Role');
  return { permissions: (role.permissions ?? []).map((label) => ({ label })) };
}

const roleId = (index: number): string => `cr${index}`;

function requireViewOfAdministrators(roles: readonly AdminRole[]): void {
  const allowed = roles.some(
    ({ type, permissions = [] }) => type === 'SUPER_ADMIN' || permissions.includes('okta.iam.read'),
  );
  if (!allowed) throw new OktaFault('E0000006');
}
