import type { Lookup } from '../lookup.ts';
import type { CollectionName } from './collections.ts';
import { textMember, type OktaObject } from './members.ts';
import { OktaFault, invalid } from './errors.ts';

/**
 * The types `GET /policies` takes and who has them: every org, every Identity Engine org, or only orgs with
 * the feature. An org that lacks one answers E0000015 to that type and goes on answering the others.
 * Source: https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy/
 */
const POLICY_TYPES: Readonly<Record<string, 'every org' | 'identity engine' | 'feature'>> = {
  OKTA_SIGN_ON: 'every org',
  PASSWORD: 'every org',
  MFA_ENROLL: 'every org',
  IDP_DISCOVERY: 'every org',
  ACCESS_POLICY: 'identity engine',
  PROFILE_ENROLLMENT: 'identity engine',
  POST_AUTH_SESSION: 'feature',
  ENTITY_RISK: 'feature',
  DEVICE_SIGNAL_COLLECTION: 'feature',
  SESSION_VIOLATION_DETECTION: 'feature',
  CLIENT_UPDATE: 'feature',
  IDENTITY_CLAIM_SOURCING: 'feature',
};

/** @throws {OktaFault} when no type was asked for, or one that is unknown or that this org lacks */
export function policiesOfType(
  lookup: Lookup<CollectionName>,
  type: string | null,
  absent: (type: string) => boolean,
): readonly OktaObject[] {
  if (type === null || type === '') throw invalid('type', 'type: The field cannot be left blank.');
  if (absent(type)) throw new OktaFault('E0000015');
  const found = lookup.grouped('policies', 'type', (policy) => textMember(policy, 'type')).get(type);
  if (found !== undefined) return found;
  const owners = POLICY_TYPES[type];
  // The code and the words of okta-sdk-dotnet issue #331, where OAUTH_AUTHORIZATION_POLICY was asked for.
  if (owners === undefined) throw new OktaFault('E0000002', 'Invalid policy type specified');
  const classic = lookup.all('orgMetadata')[0]?.pipeline === 'v1';
  if (owners === 'feature' || (owners === 'identity engine' && classic)) throw new OktaFault('E0000015');
  return [];
}
