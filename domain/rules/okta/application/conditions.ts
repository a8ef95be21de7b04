import { absent, all, any, is, isIn, not, present, someIn, startsWith } from '../../condition.ts';
import { rowsOf } from '../../rows.ts';
import { asOf, documents } from '../documents.ts';

/** What the rows of every protocol share. */
export const rows = rowsOf({ prefix: 'okta.application', document: documents.applications, asOf });

/** https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Application/ (signOnMode) */
export const samlModes = ['SAML_2_0', 'SAML_1_1', 'WS_FEDERATION'];
export const passwordModes = ['SECURE_PASSWORD_STORE', 'AUTO_LOGIN', 'BROWSER_PLUGIN', 'BASIC_AUTH'];
export const knownModes = ['OPENID_CONNECT', ...samlModes, ...passwordModes, 'BOOKMARK'];

/** Okta's own applications are listed like any other and are all OpenID Connect without a client. */
export const systemApplication = all(
  absent('oidc'),
  any(
    isIn('catalogue_name', [
      'saasure',
      'okta_enduser',
      'okta_browser_plugin',
      'okta_flow_sso',
      'flow',
      'okta_account_settings',
      'okta_entitlement_management',
      'okta_atspoke_sso',
      'okta_oin_submission_tester_app',
      'partner_portal',
    ]),
    startsWith('catalogue_name', 'okta_iga', 'okta_access_requests'),
  ),
);

/** What people may use today; one that does not say that it is off counts. */
export const inUse = all(not(systemApplication), not(isIn('status', ['INACTIVE', 'DELETED'])));

export const oidcMode = is('vendor_kind', 'OPENID_CONNECT');
export const oidcClient = all(oidcMode, present('oidc'));

const secretMethods = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt'];

export const onDevices = isIn('oidc.application_type', ['native', 'browser']);
export const withSecret = isIn('oidc.token_endpoint_auth_method', secretMethods);
export const withPrivateKey = is('oidc.token_endpoint_auth_method', 'private_key_jwt');
export const withPkce = is('oidc.pkce_required', true);
export const grants = (...types: string[]) => someIn('oidc.grant_types', ...types);
export const signsPeopleIn = grants('authorization_code', 'implicit', 'interaction_code', 'password');
/** What it does, it does with Okta itself: how its tokens are made is no question for the target. */
export const forOktaAlone = all(is('okta_api_client', true), not(signsPeopleIn));
