import { absent, all, any, empty, is, isIn, not, present, some, someIn } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { providerSubject } from './facts/provider.ts';

const { native, approximation, manual, blocked, finding } = rowsOf({
  prefix: 'entra.provider',
  document: documents.federations,
  asOf,
});
const saml = is('protocol', 'saml_2_0');

const rules: Rule[] = [
  native(
    'plain',
    all(
      saml,
      not(is('name', '')),
      present('entity_id'),
      is('sso_url_sound', true),
      empty('certificate_traits'),
      is('next_certificate', false),
      not(is('requests_signed', true)),
      absent('entra.mfa_behavior'),
      isIn('entra.prompt_login_behavior', [null, 'disabled']),
      empty('shared_with'),
      is('circular', false),
      empty('unknown_values'),
      empty('unparsable'),
    ),
    {
      text: 'It signs people in by SAML, with an issuer, an address and a certificate that are whole and in date.',
      remedy: 'The partner must load the target\u2019s address and name before people are sent there.',
    },
  ),
  approximation('next_certificate', is('next_certificate', true), {
    text: 'It has a next signing certificate besides, which Entra takes up by itself when the partner does.',
    remedy: 'Load both certificates at the target, or arrange the change with the partner.',
  }),
  approximation('signed_requests', is('requests_signed', true), {
    text: 'The partner takes signed requests only, signed by Entra so far.',
    remedy: 'Give the partner the target\u2019s signing certificate first.',
  }),
  approximation('second_factor', present('entra.mfa_behavior'), {
    text: 'Entra has a rule for second factors that the partner asks for ({entra.mfa_behavior}); the target does not look at them.',
    remedy: 'Decide who asks for the second factor from now on.',
  }),
  approximation('fresh_password', not(isIn('entra.prompt_login_behavior', [null, 'disabled'])), {
    text: 'Entra can ask the partner for a fresh sign-in in a way of its own ({entra.prompt_login_behavior}).',
    remedy: 'Try a forced sign-in against the target.',
  }),
  approximation('shared', some('shared_with'), {
    text: 'Others have its address or certificate under another issuer: {shared_with}. Entra may have made the issuer up to tell domains apart.',
    remedy: 'Ask the partner for its entity id: one provider at the target may stand for all of them.',
  }),
  approximation('certificate_expired', someIn('certificate_traits', 'expired'), {
    text: 'Its signing certificate has expired.',
    remedy: 'Ask the partner for its current certificate.',
    operator: 'high',
    user: 'medium',
    impacts: ['certificate_expiring'],
  }),
  approximation('certificate_not_yet_valid', someIn('certificate_traits', 'not_yet_valid'), {
    text: 'Its signing certificate is not valid yet.',
    remedy: 'Ask the partner for the certificate that it signs with today.',
    operator: 'high',
  }),
  approximation('certificate_expiring', someIn('certificate_traits', 'expiring'), {
    text: 'Its signing certificate expires within 30 days.',
    remedy: 'Ask the partner for the next one before the cutover.',
    operator: 'high',
    impacts: ['certificate_expiring'],
  }),
  approximation('weak_key', someIn('certificate_traits', 'weak_key'), {
    text: 'Its signing certificate has a weak key.',
    remedy: 'Ask the partner for a certificate of RSA 2048 or an elliptic curve.',
  }),
  manual('ws_federation', is('protocol', 'ws_federation'), {
    text: 'It speaks WS-Federation, as AD FS usually does; the target speaks SAML.',
    remedy: 'Ask the partner to set up a SAML trust for the target, and create it from their metadata.',
  }),
  manual('protocol_unknown', not(isIn('protocol', ['saml_2_0', 'ws_federation'])), {
    text: 'Entra does not say by which protocol it signs people in.',
    remedy: 'Ask the partner which protocol it is, and set it up by hand.',
  }),
  manual('no_name', is('name', ''), {
    text: 'It has no name.',
    remedy: 'Name it in Entra and collect again.',
  }),
  blocked('no_issuer', any(absent('entity_id'), is('entity_id', '')), {
    text: 'The issuer of its answers is not in the evidence.',
    remedy: 'Ask the partner for its entity id, set it in Entra and collect again.',
  }),
  blocked('no_address', is('sso_url_sound', false), {
    text: 'The address where people sign in is not in the evidence, or is no https address.',
    remedy: 'Ask the partner for it, set it in Entra and collect again.',
  }),
  blocked('no_certificate', someIn('certificate_traits', 'unparsable'), {
    text: 'Its signing certificate is not in the evidence, or cannot be read.',
    remedy: 'Ask the partner for it, set it in Entra and collect again.',
  }),
  blocked('circular_trust', is('circular', true), {
    text: 'It is the target itself or another source of this workspace: each would send people to the other.',
    remedy: 'Decide which of them signs people in in the end.',
  }),
  finding('guests', is('entra.of', 'partner'), {
    text: 'It signs in guests, of {entra.domains}.',
    remedy: 'Decide whether these guests are let in at the target, and send their domains there.',
    document: 'https://learn.microsoft.com/graph/api/resources/samlorwsfedexternaldomainfederation',
    user: 'medium',
    impacts: ['guests_lose_access'],
  }),
  finding('domains', is('entra.of', 'domain'), {
    text: 'It signs in the people of {entra.domains}.',
    remedy: 'Tell them when the page on which they sign in changes.',
  }),
];

/** Providers are derived from federations: of a domain of the tenant, or of a partner. */
export const entraProviderRules: RuleSet<'provider'> = {
  source: 'entra',
  itemType: 'provider',
  rules: [...unknownWords('provider', documents.federations), ...rules],
  pointers: {
    name: '/displayName',
    entity_id: '/issuerUri',
    requests_signed: '/isSignedAuthenticationRequestRequired',
    'entra.mfa_behavior': '/federatedIdpMfaBehavior',
    'entra.prompt_login_behavior': '/promptLoginBehavior',
  },
  facts: {
    protocol: 'preferredAuthenticationProtocol: saml_2_0, ws_federation or unknown',
    sso_url_sound: 'whether passiveSignInUri is an https address',
    certificate_traits: 'what stands out in signingCertificate at the time of judgement',
    next_certificate: 'whether there is a nextSigningCertificate',
    shared_with:
      'other providers of the directory with its passiveSignInUri or signingCertificate and another issuerUri',
    circular: 'whether issuer or address are those of the target or of another source of the workspace',
    'entra.of': 'whether it is the federation of a domain or of a partner',
    'entra.domains': 'domains whose people sign in there',
  },
  factsRevision: 1,
  reads: {},
  subject: providerSubject,
  contract: ({ normalized }) => (normalized.protocol === 'saml_2_0' ? 'upstream_saml_provider' : 'none'),
};
