import { oktaPermissionWrites, oktaRoleWrites, type WriteRights } from '../../../domain/verification.ts';
import { SourceFailure } from '../failure.ts';
import { Members } from '../members.ts';
import type { OktaClient } from './client.ts';

/** An administrator's roles are few; each custom one costs a request. */
const mostCustomRoles = 10;

/**
 * The roles by which the token's maker can change the org. Okta tells nobody but super administrators (and whoever
 * may view administrators) who has which role, so a refusal says that the token is not a super administrator's.
 * https://developer.okta.com/docs/api/openapi/okta-management/management/tag/RoleAssignmentAUser/
 */
export async function oktaWriteRights(client: OktaClient, signal: AbortSignal): Promise<WriteRights> {
  try {
    const me = await read(client, '/api/v1/users/me', signal);
    const id = new Members(me).string('id') ?? '';
    const roles = await read(client, `/api/v1/users/${encodeURIComponent(id)}/roles`, signal);
    return await writingRoles(client, new Members({ roles }).list('roles'), signal);
  } catch (error) {
    if (error instanceof SourceFailure && error.kind === 'refused') return { rights: [], complete: false };
    throw error;
  }
}

async function writingRoles(
  client: OktaClient,
  roles: readonly Members[],
  signal: AbortSignal,
): Promise<WriteRights> {
  const active = roles.filter((role) => role.string('status') !== 'INACTIVE');
  const custom = active.filter((role) => role.string('type') === 'CUSTOM');
  const rights = active
    .filter((role) => !custom.includes(role) && oktaRoleWrites(role.string('type') ?? ''))
    .map((role) => role.string('label') ?? role.string('type') ?? 'a role without a name');
  for (const role of custom.slice(0, mostCustomRoles)) {
    const id = role.string('role') ?? '';
    const listed = await read(client, `/api/v1/iam/roles/${encodeURIComponent(id)}/permissions`, signal);
    const permissions = new Members(listed).list('permissions').map((each) => each.string('label') ?? '');
    if (permissions.some(oktaPermissionWrites)) rights.push(role.string('label') ?? id);
  }
  return { rights, complete: active.length > 0 && custom.length <= mostCustomRoles };
}

/** The JSON of one answer; what is no JSON reads as nothing. */
async function read(client: OktaClient, path: string, signal: AbortSignal): Promise<unknown> {
  const { body } = await client.fetchPage(path, signal);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
