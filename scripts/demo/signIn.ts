import { randomUUID } from 'node:crypto';
import { DEVELOPMENT_PERMISSIONS, mintToken, readIssuerKeys } from '../dev-issuer.ts';
import { Refusal } from '../refusal.ts';
import type { Stack } from '../stack.ts';
import { connectApi, type Api } from './api.ts';

/**
 * Signs in at a stack as a member of a new tenant that may do everything; `subject` is who it is.
 *
 * @throws {Refusal} when the stack's tokens are given out by somebody else
 */
export async function signIn(
  { apiUrl, issuer }: Stack,
  subject: string,
): Promise<{ api: Api; tenant: string }> {
  if (!issuer) throw new Refusal('This signs in by the development issuer: unset AUTH_ISSUER.');
  const tenant = randomUUID();
  const token = await mintToken(await readIssuerKeys(issuer.keys_file), {
    iss: issuer.issuer,
    aud: issuer.audience,
    sub: subject,
    tenant_id: tenant,
    tenant_kind: 'customer',
    access_context: 'membership',
    permissions: DEVELOPMENT_PERMISSIONS,
  });
  return { api: connectApi(apiUrl, tenant, token), tenant };
}
