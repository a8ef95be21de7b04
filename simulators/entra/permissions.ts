/**
 * The application permissions that read everything the simulator has, each the least that its endpoints take.
 * Source: https://learn.microsoft.com/graph/permissions-reference
 */
export const READ_PERMISSIONS = [
  'Application.Read.All',
  'DelegatedPermissionGrant.Read.All',
  'Domain.Read.All',
  'Group.Read.All',
  'IdentityProvider.Read.All',
  'Organization.Read.All',
  'Policy.Read.All',
  'Synchronization.Read.All',
] as const;

/**
 * Whether one of the permissions granted is among those needed, or may write what one of them may read:
 * `Group.ReadWrite.All` reads groups as well.
 */
export function mayRead(granted: readonly string[], needed: readonly string[]): boolean {
  return granted.some((permission) => needed.includes(permission.replace('.ReadWrite.', '.Read.')));
}

/** Whether one of the permissions granted may write what one of those named may read. */
export function mayWrite(granted: readonly string[], reading: readonly string[]): boolean {
  return mayRead(
    granted.filter((permission) => permission.includes('.ReadWrite.')),
    reading,
  );
}
