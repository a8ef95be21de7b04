// Resources of the target as tests make them: sound ones of every kind, told apart by a word.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  resourceContracts,
  resourceKinds,
  type ResourceContract,
  type ResourcePayloads,
} from '../../domain/target.ts';
import type { Answer } from './answer.ts';
import type { CallOptions, Service } from './service.ts';

export const samlProvider = (
  word: string,
  more: Partial<ResourcePayloads['upstream_saml_provider']> = {},
): ResourcePayloads['upstream_saml_provider'] => ({
  name: `Provider ${word}`,
  entity_id: `https://idp.${word}.example/saml`,
  sso_url: `https://idp.${word}.example/sso`,
  sso_binding: 'HTTP-POST',
  signing_certificates: ['MIIBszCCARygAwIBAgIJAA=='],
  name_id_format: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  enabled: true,
  service_provider: {
    entity_id: 'https://target.example/saml',
    acs_url: 'https://target.example/saml/acs',
    metadata_url: 'https://target.example/saml/metadata',
    nameid_format: null,
    requests_signed: false,
    request_signing_certificate: null,
  },
  ...more,
});

export const routingRule = (
  word: string,
  providerId: string,
  more: Partial<ResourcePayloads['federation_routing_rule']> = {},
): ResourcePayloads['federation_routing_rule'] => ({
  name: `Rule ${word}`,
  domains: [`${word}.example`, `mail.${word}.example`],
  provider: { resource_id: providerId },
  priority: 1,
  enabled: true,
  ...more,
});

export const oidcApplication = (
  word: string,
  more: Partial<ResourcePayloads['tenant_oidc_application']> = {},
): ResourcePayloads['tenant_oidc_application'] => ({
  name: `Application ${word}`,
  client_id: `client-${word}`,
  client_type: 'confidential',
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code'],
  response_types: ['code'],
  redirect_uris: [`https://app.${word}.example/cb`],
  post_logout_redirect_uris: [],
  jwks: null,
  jwks_uri: null,
  ...more,
});

export const tenantGroup = (word: string): ResourcePayloads['tenant_group'] => ({
  name: `Group ${word}`,
  description: null,
});

export const authPolicy = (word: string): ResourcePayloads['auth_policy'] => ({
  name: `Policy ${word}`,
  type: 'sign_on',
  settings: { second_factor: 'always' },
});

/** Calls a route of the target. */
export const callTarget = (
  service: Service,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<Answer> => service.call(method, path, { ...options, area: 'runtime' });

/** The ids of one resource of every kind, those that others refer to before them. */
export async function makeOneOfEach(
  service: Service,
  word: string = randomUUID(),
): Promise<Record<ResourceContract, string>> {
  const ids = Object.fromEntries(resourceContracts.map((contract) => [contract, ''])) as Record<
    ResourceContract,
    string
  >;
  const make = async (contract: ResourceContract, body: object) => {
    const made = await callTarget(service, 'POST', `/${resourceKinds[contract]}`, { body });
    assert.equal(made.status, 201, made.text);
    ids[contract] = made.body.id;
  };
  await make('upstream_saml_provider', samlProvider(word));
  await make('federation_routing_rule', routingRule(word, ids.upstream_saml_provider));
  await make('tenant_group', tenantGroup(word));
  await make('tenant_oidc_application', oidcApplication(word));
  await make('tenant_app_assignment', {
    application: { resource_id: ids.tenant_oidc_application },
    group: { resource_id: ids.tenant_group },
  });
  await make('auth_policy', authPolicy(word));
  return ids;
}
