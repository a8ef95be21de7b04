import { applicationObjects, applicationSubject } from '../facts/application.ts';
import type { RuleSet } from '../../rule.ts';
import { unknownWords } from '../common.ts';
import { oidcAddresses } from './addresses.ts';
import { anyProtocol } from './anyProtocol.ts';
import { dashboard } from './dashboard.ts';
import { oidcGrants } from './oidc.ts';
import { oidcShape } from './oidcShape.ts';
import { oidcTrust } from './oidcTrust.ts';
import { saml } from './saml.ts';

const members = (prefix: string, pointer: string, ...names: string[]) =>
  names.map((name) => [`${prefix}.${name}`, `${pointer}/${name}`] as const);

export const oktaApplicationRules: RuleSet<'application'> = {
  source: 'okta',
  itemType: 'application',
  rules: [
    ...unknownWords('application'),
    ...anyProtocol,
    ...oidcGrants,
    ...oidcTrust,
    ...oidcAddresses,
    ...oidcShape,
    ...saml,
    ...dashboard,
  ],
  pointers: Object.fromEntries([
    ['name', '/label'],
    ['vendor_kind', '/signOnMode'],
    ['status', '/status'],
    ['catalogue_name', '/name'],
    ['hidden', '/visibility/hide/web'],
    ['password_scheme', '/credentials/scheme'],
    ['provisioning_features', '/features'],
    ['entitlement_management', '/settings/emOptInStatus'],
    ['user_name_template.type', '/credentials/userNameTemplate/type'],
    ['user_name_template.template', '/credentials/userNameTemplate/template'],
    ['implicit_assignment', '/settings/implicitAssignment'],
    ['guard', '/_links/accessPolicy'],
    ['oidc', '/settings/oauthClient'],
    ...members(
      'oidc',
      '/settings/oauthClient',
      'grant_types',
      'response_types',
      'redirect_uris',
      'application_type',
      'wildcard_redirect',
      'consent_method',
      'issuer_mode',
      'jwks',
      'jwks_uri',
      'dpop_bound_access_tokens',
      'id_token_encrypted_response_alg',
      'request_object_signing_alg',
      'frontchannel_logout_uri',
      'backchannel_logout_uri',
      'participate_slo',
    ),
    ['oidc.refresh_token_rotation', '/settings/oauthClient/refresh_token/rotation_type'],
    ['oidc.refresh_token_leeway', '/settings/oauthClient/refresh_token/leeway'],
    ['oidc.idp_initiated_login', '/settings/oauthClient/idp_initiated_login/mode'],
    ['oidc.network_connection', '/settings/oauthClient/network/connection'],
    ...members(
      'oidc',
      '/credentials/oauthClient',
      'client_id',
      'token_endpoint_auth_method',
      'pkce_required',
    ),
    ['oidc.auto_key_rotation', '/credentials/oauthClient/autoKeyRotation'],
    ['uri_traits', '/settings/oauthClient/redirect_uris'],
    ['wildcard_written', '/settings/oauthClient/redirect_uris'],
    ['key_source', '/settings/oauthClient/jwks'],
    ['beyond_profile', '/settings/oauthClient'],
    ['saml.assertion_encrypted', '/settings/signOn/assertionEncryption/enabled'],
    ['saml.signed_requests', '/settings/signOn/samlSignedRequestEnabled'],
    ['saml.single_logout', '/settings/signOn/slo/enabled'],
    ['saml.inline_hooks', '/settings/signOn/inlineHooks'],
  ]),
  facts: {
    agent: 'whether an agent or an interface of Okta\u2019s (LDAP, RADIUS, Windows) signs people in to it',
    directory: 'whether it is a directory that feeds people into Okta or checks their passwords',
    guard_policies: 'names of the access policies that it is linked to',
    guard_rules:
      'their active rules that deny, or ask for more than a password or a second factor of everybody',
    uri_traits: 'what stands out in its redirect, logout, initiate-login and key addresses',
    ...Object.fromEntries(
      [
        'wildcard',
        'fragment',
        'plain_http',
        'invalid',
        'points_at_the_incumbent',
        'broker',
        'hosted_by_azure',
        'custom_scheme',
      ].map((trait) => [`addresses.${trait}`, `its addresses with the trait ${trait}`]),
    ),
    wildcard_written: 'whether one of these addresses contains a wildcard',
    'oidc.backchannel_authentication': 'whether it has any setting of backchannel (CIBA) authentication',
    key_source: 'where its public keys come from: keys, address or none',
    token_source:
      'whether a policy of a custom authorization server names it: none, may_apply, named or unknown',
    'token.servers': 'names of the custom authorization servers that name it, else of those for all clients',
    'token.audiences': 'audiences of these servers',
    'token.scopes': 'their scopes beyond Okta\u2019s own',
    'token.consent_scopes': 'their scopes for which people are asked for consent; unknown where unread',
    'token.claims': 'their claims beyond Okta\u2019s own',
    'token.hooks': 'active hooks of the org that change tokens',
    granted_scopes: 'scopes of /apps/{id}/grants that are not revoked',
    okta_api_client: 'whether one of these is an okta.* scope',
    beyond_profile: 'settings that the target has only within limits',
    'saml.acs_url': 'where it takes assertions: the override if there is one, else ssoAcsUrl or wReplyURL',
    'saml.audience': 'whom assertions are for: the override if there is one, else the audience',
    'saml.name_id_format': 'the format of the name it knows people by',
    'saml.name_id_template': 'the expression that composes that name',
    'rebuild.plain_attributes': 'attributes that are members of a profile',
    'rebuild.expression_attributes': 'attributes that an expression composes',
    'rebuild.group_attributes': 'attributes that list groups, with their filter',
    'rebuild.endpoints': 'the addresses that take assertions, each once',
  },
  factsRevision: 1,
  reads: { items: ['access_policy'], objects: applicationObjects },
  subject: applicationSubject,
  contract: ({ normalized }) =>
    normalized.protocol === 'openid_connect' ? 'tenant_oidc_application' : 'none',
};
