import type {
  ApplicationForm,
  ApplicationProtocol,
  SamlApplication,
} from '../../../../domain/inventory/application.ts';
import type { Reference } from '../../../../domain/inventory/common.ts';
import type { EntraServicePrincipal } from '../../../../domain/inventory/entra.ts';
import type { NormalItem } from '../../../../domain/inventory/item.ts';
import { Members } from '../../members.ts';
import { registrationKey, servicePrincipalKey } from '../keys.ts';
import { appRoles, keyCredentials, microsoftStatuses, passwordCredentials } from './credentials.ts';

/** Ways to sign in; null does not mean OpenID Connect: a gallery application has null right after its creation. */
const protocols: Readonly<Record<string, ApplicationProtocol>> = {
  saml: 'saml_2_0',
  password: 'password',
  oidc: 'openid_connect',
  notSupported: 'none',
  linked: 'bookmark',
};

/** An enterprise application: https://learn.microsoft.com/graph/api/resources/serviceprincipal */
export function normalizeServicePrincipal(raw: unknown): NormalItem<'application'> {
  const principal = new Members(raw);
  const entra = servicePrincipalOf(principal);
  const enabled = principal.boolean('accountEnabled');
  const protocol = entra.sso_mode === null ? 'unknown' : (protocols[entra.sso_mode] ?? 'unknown');
  const references: Reference[] =
    entra.app_id === null
      ? []
      : [
          {
            relation: 'registration',
            item_type: 'application',
            external_id: entra.app_id,
            alternate_id: registrationKey(entra.app_id),
          },
        ];
  const normalized: ApplicationForm = {
    protocol,
    active: enabled === true,
    catalogue_name: entra.template_id,
    oidc: null,
    saml: protocol === 'saml_2_0' ? samlOf(entra) : null,
    password_scheme: null,
    provisioning_features: [],
    hidden: entra.tags.includes('HideApp'),
    user_name_template: null,
    implicit_assignment: entra.assignment_required === null ? null : !entra.assignment_required,
    entitlement_management: null,
    notes: [principal.string('notes'), principal.string('description')].filter((note) => note !== null),
    entra,
    references,
    last_updated: null,
    ...principal.noticed,
  };
  return {
    itemType: 'application',
    sourceType: 'entra',
    externalId: principal.string('id') ?? '',
    alternateId: entra.app_id === null ? null : servicePrincipalKey(entra.app_id),
    name: principal.string('displayName') ?? principal.string('appDisplayName') ?? '',
    status: enabled === null ? null : enabled ? 'enabled' : 'disabled',
    vendorKind: entra.sso_mode === null ? 'servicePrincipal' : `servicePrincipal/${entra.sso_mode}`,
    normalized,
  };
}

function servicePrincipalOf(principal: Members): EntraServicePrincipal {
  const thumbprint = principal.string('preferredTokenSigningKeyThumbprint');
  return {
    kind: 'service_principal',
    app_id: principal.string('appId'),
    type: principal.word(['Application', 'ManagedIdentity', 'Legacy', 'SocialIdp'], 'servicePrincipalType'),
    owner_organization: principal.string('appOwnerOrganizationId'),
    sso_mode: principal.word(Object.keys(protocols), 'preferredSingleSignOnMode'),
    signing_key_thumbprint: thumbprint,
    reply_urls: principal.strings('replyUrls'),
    names: principal.strings('servicePrincipalNames'),
    login_url: principal.string('loginUrl'),
    logout_url: principal.string('logoutUrl'),
    relay_state: principal.string('samlSingleSignOnSettings', 'relayState'),
    assignment_required: principal.boolean('appRoleAssignmentRequired'),
    key_credentials: keyCredentials(principal, thumbprint),
    password_credentials: passwordCredentials(principal),
    app_roles: appRoles(principal),
    template_id: principal.string('applicationTemplateId'),
    disabled_by_microsoft: principal.word(microsoftStatuses, 'disabledByMicrosoftStatus'),
    tags: principal.strings('tags'),
    delegated_grants: null,
    claims_mapping_policies: null,
    home_realm_discovery_policies: null,
    synchronization_jobs: null,
  };
}

/** What Graph tells of a SAML application: the reply URLs are its ACS, the names its entity ids. */
function samlOf(entra: EntraServicePrincipal): SamlApplication {
  const [acs = null, ...others] = entra.reply_urls;
  const audience = entra.names.find((name) => name !== entra.app_id) ?? null;
  return {
    acs_url: acs,
    acs_endpoints: others,
    audience,
    recipient: null,
    destination: null,
    issuer: null,
    name_id_format: null,
    name_id_template: null,
    signature_algorithm: null,
    digest_algorithm: null,
    response_signed: null,
    assertion_signed: null,
    assertion_encrypted: null,
    signed_requests: null,
    single_logout: entra.logout_url !== null,
    default_relay_state: entra.relay_state,
    signing_key_id: entra.signing_key_thumbprint,
    inline_hooks: 0,
    attributes: [],
  };
}
