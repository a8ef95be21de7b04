import { all, empty, is, isIn, moreThan, not, present, some, someIn, startsWith, any } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { providerSubject } from './facts/provider.ts';

const document = documents.identityProviders;
const { native, approximation, scope, manual, blocked, finding } = rowsOf({
  prefix: 'okta.provider',
  document,
  asOf,
});

const samlKind = is('vendor_kind', 'SAML2');
const saml = all(samlKind, not(is('status', 'INACTIVE')));
const keys = { document: documents.identityProviderKeys };

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/IdentityProvider/ (type) */
const withSecret = [
  'OIDC',
  'AMAZON',
  'APPLE',
  'DISCORD',
  'FACEBOOK',
  'GITHUB',
  'GITLAB',
  'GOOGLE',
  'LINKEDIN',
  'LOGINGOV',
  'LOGINGOV_SANDBOX',
  'MICROSOFT',
  'PAYPAL',
  'PAYPAL_SANDBOX',
  'SALESFORCE',
  'SPOTIFY',
  'XERO',
  'YAHOO',
  'YAHOOJP',
];
const withoutContract = ['X509', 'OKTA_INTEGRATION', 'IWA', 'AgentlessDSSO'];
const proofing = startsWith('vendor_kind', 'IDV_');
const usualNames = ['idpuser.email', 'idpuser.subjectNameId', 'idpuser.userName'];
const transient = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';

const kinds: Rule[] = [
  scope('inactive', is('status', 'INACTIVE'), {
    text: 'It is not active: nobody signs in by it.',
    remedy: 'Activate it in Okta and collect again if it is still needed.',
  }),
  manual('client_secret', isIn('vendor_kind', withSecret), {
    text: 'Its client secret ({vendor_kind}) cannot be read and must not be.',
    remedy:
      'Register the target with the provider, which gives it a secret of its own, and set it up by hand.',
  }),
  blocked('no_contract', any(isIn('vendor_kind', withoutContract), proofing), {
    text: 'The target has nothing like it: {vendor_kind}.',
    remedy: 'Find out who signs in this way, and give them another one.',
  }),
  manual(
    'unknown_kind',
    not(any(samlKind, isIn('vendor_kind', [...withSecret, ...withoutContract]), proofing)),
    {
      text: 'It is a kind of provider that is not known here: {vendor_kind}.',
      remedy: 'Decide by hand what it is for, and report it, so that a rule can be written.',
    },
  ),
];

/** What must be known of a SAML partner before anybody can trust it. */
const evidence: Rule[] = [
  blocked('no_issuer', all(saml, isIn('entity_id', [null, ''])), {
    text: 'The partner\u2019s issuer (entity id) is missing.',
    remedy: 'Complete it in Okta from the partner\u2019s metadata and collect again.',
  }),
  blocked('sso_not_https', all(saml, is('sso_is_https', false)), {
    text: 'The partner\u2019s sign-in address is missing or no https address: {sso_url}.',
    remedy: 'Ask the partner for an https address, correct it in Okta and collect again.',
  }),
  blocked('no_key', all(saml, is('certificate.state', 'no_key')), {
    text: 'It names no key of the partner\u2019s (trust.kid), so its answers could not be verified.',
    remedy: 'Upload the partner\u2019s certificate in Okta and collect again.',
    ...keys,
  }),
  blocked('key_dangles', all(saml, is('certificate.state', 'dangling')), {
    text: 'The key that it names ({current_key}) is not among the org\u2019s keys.',
    remedy: 'Upload the partner\u2019s certificate in Okta and collect again.',
    ...keys,
  }),
  blocked('keys_unread', all(saml, is('certificate.state', 'unread')), {
    text: 'The certificate of the partner could not be read.',
    remedy: 'Let the token read identity providers and their keys (okta.idps.read) and collect again.',
    ...keys,
  }),
  blocked('certificate_unparsable', all(saml, is('certificate.state', 'unparsable')), {
    text: 'What stands in place of the partner\u2019s certificate ({current_key}) is none.',
    remedy: 'Upload the partner\u2019s certificate in Okta and collect again.',
    ...keys,
  }),
  blocked('circular_trust', all(saml, is('trusts_itself', true)), {
    text: 'It trusts what is being left or where it is moved to ({entity_id}): signing in would go round in a circle.',
    remedy: 'Find out who signs in by it; they belong to the other side of this migration.',
  }),
  manual(
    'contradiction',
    all(
      saml,
      any(not(is('protocol', 'saml_2_0')), is('name', ''), not(isIn('status', ['ACTIVE', 'INACTIVE']))),
    ),
    {
      text: 'It has no name or status, or its protocol is not the one of its kind.',
      remedy: 'Correct it in Okta and collect again.',
    },
  ),
];

const certificates: Rule[] = [
  approximation('certificate_expired', all(saml, someIn('certificate.traits', 'expired')), {
    text: 'The partner\u2019s certificate ended on {certificate.expires}.',
    remedy: 'Ask the partner for its present certificate before the cutover.',
    impacts: ['certificate_expiring'],
    ...keys,
  }),
  approximation('certificate_expiring', all(saml, someIn('certificate.traits', 'expiring')), {
    text: 'The partner\u2019s certificate ends on {certificate.expires}.',
    remedy: 'Ask the partner for its next certificate before the cutover.',
    impacts: ['certificate_expiring'],
    ...keys,
  }),
  approximation('certificate_not_yet_valid', all(saml, someIn('certificate.traits', 'not_yet_valid')), {
    text: 'The partner\u2019s certificate begins on {certificate.begins} only.',
    remedy: 'Ask the partner which certificate it signs with today.',
    ...keys,
  }),
  approximation('weak_key', all(saml, someIn('certificate.traits', 'weak_key')), {
    text: 'The partner\u2019s key is weak: neither RSA of 2048 bits or more, nor an elliptic curve.',
    remedy: 'Ask the partner for a certificate with a stronger key.',
    ...keys,
  }),
  approximation('additional_keys', all(saml, some('additional_keys')), {
    text: 'It trusts more keys of the partner\u2019s than one; these are not moved: {additional_keys}.',
    remedy: 'Ask the partner which key it signs with, and when it changes.',
    ...keys,
  }),
];

/** What Okta does with the partner's answer and the target does not, each named. */
const behaviour: Rule[] = [
  approximation('provisioning', all(saml, is('provisions', true)), {
    text: 'It creates people at their first sign-in; the target does not, so only those who exist there can sign in.',
    remedy: 'Create its people at the target first, or decide how new ones come there.',
    user: 'medium',
  }),
  approximation('provisioning_groups', all(saml, not(isIn('provisioning_groups', [null, 'NONE']))), {
    text: 'It puts people into groups when they sign in ({provisioning_groups}); that stops.',
    remedy: 'Decide who keeps these groups current.',
  }),
  approximation('profile_master', all(saml, is('profile_master', true)), {
    text: 'The partner overwrites people\u2019s attributes at each sign-in; that stops.',
    remedy: 'Decide where people\u2019s attributes come from.',
  }),
  approximation('account_link', all(saml, not(is('account_link', 'AUTO'))), {
    text: 'It does not link people to existing accounts by itself ({account_link}); the target does.',
    remedy: 'Ask why, and check whom the target would link.',
  }),
  approximation('account_link_filtered', all(saml, is('account_link_filtered', true)), {
    text: 'It links accounts of some groups only; the target links any.',
    remedy: 'Check that nobody of the partner\u2019s can sign in as somebody outside of these groups.',
  }),
  approximation(
    'reactivates',
    all(saml, any(is('deprovisioned_action', 'REACTIVATE'), is('suspended_action', 'UNSUSPEND'))),
    {
      text: 'It lets people back in who were deactivated or suspended; the target does not.',
      remedy: 'Tell the help desk, who will be asked.',
    },
  ),
  approximation(
    'match_type',
    all(saml, not(isIn('subject_match_type', ['USERNAME', 'EMAIL', 'USERNAME_OR_EMAIL']))),
    {
      text: 'It finds people by something else than their user name or e-mail address: {subject_match_type} {subject_match_attribute}.',
      remedy: 'Check that the target finds the same people.',
    },
  ),
  approximation('subject_filter', all(saml, present('subject_filter'), not(is('subject_filter', ''))), {
    text: 'It accepts only names that match a pattern, which the target does not check: {subject_filter}.',
    remedy: 'Ask the partner to send only people of its own.',
  }),
  approximation('name_template', all(saml, not(isIn('name_template', usualNames))), {
    text: 'It composes people\u2019s user name by an expression that the target does not evaluate: {user_name_template}.',
    remedy: 'Check which name the partner sends, and that the target finds people by it.',
  }),
  approximation('maps_factors', all(saml, is('map_amr_claims', true)), {
    text: 'A second factor at the partner counts as one at Okta; at the target it does not.',
    remedy: 'Expect people to be asked for a second factor twice.',
    user: 'medium',
  }),
  approximation('trusts_claims', all(saml, is('trust_claims', true)), {
    text: 'Claims of the partner are trusted in policies; the target does not read them.',
    remedy: 'Find the policies that ask for these claims.',
  }),
  approximation('persistent_name', all(saml, is('honor_persistent_name_id', true)), {
    text: 'It keeps an account linked by the partner\u2019s persistent name, whatever the user name; the target does not.',
    remedy: 'Check people whose name has changed since they were linked.',
  }),
  approximation('single_logout', all(saml, is('single_logout', true)), {
    text: 'The partner is told when people sign out; the target does not tell it.',
    remedy: 'Ask the partner whether its sessions end soon enough by themselves.',
  }),
  approximation('response_scope', all(saml, not(isIn('response_signature_scope', ['TOKEN', 'ANY']))), {
    text: 'It checks the signature of the partner\u2019s answer in another way than the target ({response_signature_scope}).',
    remedy: 'Ask the partner to sign the assertion.',
  }),
  approximation('response_algorithm', all(saml, not(is('response_signature_algorithm', 'SHA-256'))), {
    text: 'It accepts answers signed by a weak algorithm ({response_signature_algorithm}); the target asks for SHA-256.',
    remedy: 'Ask the partner to sign with SHA-256.',
  }),
  approximation(
    'request_algorithm',
    all(saml, is('requests_signed', true), not(is('request_signature_algorithm', 'SHA-256'))),
    {
      text: 'It signs its requests by a weak algorithm ({request_signature_algorithm}); the target signs with SHA-256.',
      remedy: 'Ask the partner whether it accepts SHA-256.',
    },
  ),
  finding('requests_signed', all(saml, is('requests_signed', true)), {
    text: 'It signs its requests with a key of Okta\u2019s, which ends with Okta.',
    remedy: 'Give the partner the target\u2019s certificate for requests.',
  }),
  manual('transient_name', all(saml, is('name_id_format', transient)), {
    text: 'The partner sends another name for the same person each time, so the target could not recognise anybody.',
    remedy: 'Ask the partner for a name that stays, such as the e-mail address.',
  }),
];

const plain = native(
  'plain',
  all(
    saml,
    is('status', 'ACTIVE'),
    is('protocol', 'saml_2_0'),
    not(is('name', '')),
    moreThan('key_ids', 0),
    present('entity_id'),
    is('sso_is_https', true),
    isIn('certificate.state', ['sound', 'flawed']),
    is('trusts_itself', false),
    empty('unknown_values'),
    empty('unparsable'),
  ),
  {
    text: 'Its entity id, sign-in address and certificate (until {certificate.expires}) are known, so the target can trust it.',
    remedy: 'Have the partner load the target\u2019s address and entity id first.',
  },
);

export const oktaProviderRules: RuleSet<'provider'> = {
  source: 'okta',
  itemType: 'provider',
  rules: [...unknownWords('provider', document), ...kinds, ...evidence, ...certificates, ...behaviour, plain],
  pointers: {
    name: '/name',
    status: '/status',
    vendor_kind: '/type',
    protocol: '/protocol/type',
    entity_id: '/protocol/credentials/trust/issuer',
    sso_url: '/protocol/endpoints/sso/url',
    key_ids: '/protocol/credentials/trust',
    current_key: '/protocol/credentials/trust/kid',
    additional_keys: '/protocol/credentials/trust/additionalKids',
    name_id_format: '/protocol/settings/nameFormat',
    honor_persistent_name_id: '/protocol/settings/honorPersistentNameId',
    requests_signed: '/protocol/algorithms/request/signature/scope',
    request_signature_algorithm: '/protocol/algorithms/request/signature/algorithm',
    response_signature_scope: '/protocol/algorithms/response/signature/scope',
    response_signature_algorithm: '/protocol/algorithms/response/signature/algorithm',
    provisioning_groups: '/policy/provisioning/groups/action',
    profile_master: '/policy/provisioning/profileMaster',
    deprovisioned_action: '/policy/provisioning/conditions/deprovisioned/action',
    suspended_action: '/policy/provisioning/conditions/suspended/action',
    account_link: '/policy/accountLink/action',
    account_link_filtered: '/policy/accountLink/filter',
    subject_match_type: '/policy/subject/matchType',
    subject_match_attribute: '/policy/subject/matchAttribute',
    subject_filter: '/policy/subject/filter',
    user_name_template: '/policy/subject/userNameTemplate/template',
    map_amr_claims: '/policy/mapAMRClaims',
    trust_claims: '/policy/trustClaims',
  },
  facts: {
    sso_is_https: 'whether its sign-in address is an https address',
    trusts_itself:
      'whether issuer or sign-in address belong to this org, to another source of the workspace or to the target',
    'certificate.state':
      'the certificate of the key that its trust names: sound, flawed, unparsable, dangling, unread or no_key',
    'certificate.traits': 'what is wrong with it on the day of the assessment',
    'certificate.expires': 'the last day on which it holds',
    'certificate.begins': 'the first day on which it holds',
    provisions: 'whether it creates people at their first sign-in, which the target does not',
    name_template: 'the expression of the user name, without its braces',
    single_logout: 'whether an address for sign-out is set, or taking part in it',
  },
  factsRevision: 1,
  reads: {},
  subject: providerSubject,
  contract: ({ normalized }) => (normalized.protocol === 'saml_2_0' ? 'upstream_saml_provider' : 'none'),
};
