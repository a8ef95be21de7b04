import type { Reference } from '../../../../domain/inventory/common.ts';
import type { ProviderProtocol } from '../../../../domain/inventory/provider.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/IdentityProvider/ (protocol.type) */
const protocols: Readonly<Record<string, ProviderProtocol>> = {
  SAML2: 'saml_2_0',
  OIDC: 'oidc',
  OAUTH2: 'oidc',
  MTLS: 'mtls',
  ID_PROOFING: 'id_proofing',
};

const words = {
  // SAML by digest, OpenID Connect by algorithm.
  signature: ['SHA-1', 'SHA-256', 'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512'],
  scope: ['REQUEST', 'RESPONSE', 'TOKEN', 'ANY', 'NONE'],
  automatic: ['AUTO', 'DISABLED'],
  groups: ['NONE', 'APPEND', 'SYNC', 'ASSIGN'],
  matchType: ['USERNAME', 'EMAIL', 'USERNAME_OR_EMAIL', 'CUSTOM_ATTRIBUTE'],
} as const;

/** Its certificates come from `/idps/credentials/keys` and are joined when every page is read (`compose.ts`). */
export function normalizeProvider(raw: unknown): NormalItem<'provider'> {
  const provider = new Members(raw);
  const status = provider.word(['ACTIVE', 'INACTIVE'], 'status');
  const type = provider.word(Object.keys(protocols), 'protocol', 'type');
  const protocol = provider.at('protocol');
  const policy = provider.at('policy');
  const trust = protocol.at('credentials', 'trust');
  const requestScope = protocol.word(words.scope, 'algorithms', 'request', 'signature', 'scope');
  return {
    itemType: 'provider',
    sourceType: 'okta',
    externalId: provider.string('id') ?? '',
    name: provider.string('name') ?? '',
    status,
    vendorKind: provider.string('type') ?? '',
    normalized: {
      protocol: type === null ? 'unknown' : (protocols[type] ?? 'unknown'),
      active: status === 'ACTIVE',
      entity_id: trust.string('issuer'),
      sso_url:
        protocol.string('endpoints', 'sso', 'url') ?? protocol.string('endpoints', 'sso', 'destination'),
      sso_binding: protocol.word(['HTTP-POST', 'HTTP-REDIRECT'], 'endpoints', 'sso', 'binding'),
      key_ids: keyIds(trust),
      certificates: [],
      name_id_format: protocol.string('settings', 'nameFormat'),
      requests_signed: requestScope === null ? null : requestScope !== 'NONE',
      request_signature_algorithm: protocol.word(
        words.signature,
        'algorithms',
        'request',
        'signature',
        'algorithm',
      ),
      response_signature_algorithm: protocol.word(
        words.signature,
        'algorithms',
        'response',
        'signature',
        'algorithm',
      ),
      response_signature_scope: protocol.word(words.scope, 'algorithms', 'response', 'signature', 'scope'),
      single_logout:
        protocol.has('endpoints', 'slo', 'url') || protocol.boolean('settings', 'participateSlo'),
      issuer_url: protocol.string('issuer', 'url'),
      client_id: protocol.string('credentials', 'client', 'client_id'),
      scopes: protocol.strings('scopes'),
      provisioning: policy.word(words.automatic, 'provisioning', 'action'),
      provisioning_groups: policy.word(words.groups, 'provisioning', 'groups', 'action'),
      profile_master: policy.boolean('provisioning', 'profileMaster'),
      deprovisioned_action: policy.word(
        ['NONE', 'REACTIVATE'],
        'provisioning',
        'conditions',
        'deprovisioned',
        'action',
      ),
      suspended_action: policy.word(
        ['NONE', 'UNSUSPEND'],
        'provisioning',
        'conditions',
        'suspended',
        'action',
      ),
      account_link: policy.word(words.automatic, 'accountLink', 'action'),
      account_link_filtered: policy.has('accountLink', 'filter'),
      subject_match_type: policy.word(words.matchType, 'subject', 'matchType'),
      subject_match_attribute: policy.string('subject', 'matchAttribute'),
      subject_filter: policy.string('subject', 'filter'),
      user_name_template: policy.string('subject', 'userNameTemplate', 'template'),
      map_amr_claims: policy.boolean('mapAMRClaims'),
      trust_claims: policy.boolean('trustClaims'),
      honor_persistent_name_id: protocol.boolean('settings', 'honorPersistentNameId'),
      entra: null,
      references: groupReferences(policy),
      last_updated: provider.string('lastUpdated'),
      ...provider.noticed,
    },
  };
}

/** The current key comes first; without one, additional keys vouch for nothing. */
function keyIds(trust: Members): string[] {
  const current = trust.string('kid');
  const additional = trust.strings('additionalKids');
  return current === null ? [] : [current, ...additional];
}

/** Groups that it links accounts of, or puts people into. */
function groupReferences(policy: Members): Reference[] {
  const ids = [
    ...policy.strings('accountLink', 'filter', 'groups', 'include'),
    ...policy.strings('provisioning', 'groups', 'filter'),
    ...policy.strings('provisioning', 'groups', 'assignments'),
  ];
  return [...new Set(ids)].map((id) => ({
    relation: 'included_group',
    item_type: 'group',
    external_id: id,
  }));
}
