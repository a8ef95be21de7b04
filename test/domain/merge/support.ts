// Items as the target would have them, and resources as it has them.
import type { MatchedResource, MergeContract } from '../../../domain/merge/decision.ts';
import { matchKeysOf, overlapOf, type Overlap } from '../../../domain/merge/overlap.ts';
import type { SourceSide } from '../../../domain/merge/source.ts';
import {
  groupNameKey,
  redirectsKind,
  redirectsText,
  type LiveResource,
  type ResourcePayloads,
} from '../../../domain/target.ts';

/** A UUID that says what it numbers. */
export const uuid = (n: number): string => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`;

type PayloadOf<Contract extends MergeContract> = Extract<SourceSide, { contract: Contract }>['payload'];

const provider: PayloadOf<'upstream_saml_provider'> = {
  name: 'Partner',
  entity_id: 'https://partner.example/saml',
  sso_url: 'https://partner.example/sso',
  sso_binding: 'HTTP-POST',
  signing_certificates: ['AAAA'],
  name_id_format: null,
  enabled: true,
};

const rule: PayloadOf<'federation_routing_rule'> = {
  name: 'Partner people',
  domains: ['partner.example', 'xn--bcher-kva.example'],
  priority: null,
  enabled: true,
};

const group: PayloadOf<'tenant_group'> = { name: 'VPN Users', description: null };

const application: PayloadOf<'tenant_oidc_application'> = {
  name: 'Billing',
  client_id: '0oa1',
  client_type: 'confidential',
  application_type: 'web',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['https://billing.example/cb', 'https://billing.example/cb2'],
  post_logout_redirect_uris: [],
  jwks: null,
  jwks_uri: null,
};

const payloads = {
  upstream_saml_provider: provider,
  federation_routing_rule: rule,
  tenant_group: group,
  tenant_oidc_application: application,
};

/** An item that would become this, with some members changed. */
export const side = <Contract extends MergeContract>(
  contract: Contract,
  change: Partial<PayloadOf<Contract>> = {},
): SourceSide => ({ contract, payload: { ...payloads[contract], ...change } }) as SourceSide;

/** What only the target knows. */
const own = {
  upstream_saml_provider: { service_provider: { entity_id: 'ours' } },
  federation_routing_rule: { provider: { resource_id: uuid(900) } },
  tenant_group: {},
  tenant_oidc_application: {},
};

/** A resource of the target that is like the item of `side`, with some members changed. */
export const live = <Contract extends MergeContract>(
  n: number,
  contract: Contract,
  change: Partial<ResourcePayloads[Contract]> = {},
  more: Partial<Pick<LiveResource, 'fingerprint' | 'group'>> = {},
): LiveResource => {
  const payload = { ...payloads[contract], ...own[contract], ...change };
  const isGroup = contract === 'tenant_group';
  return {
    resourceId: uuid(n),
    contract,
    name: payload.name,
    payload,
    fingerprint: `f${n}`,
    group: isGroup ? { memberCount: 12, masteredBy: 'hr', privileged: false } : null,
    ...more,
  } as LiveResource;
};

/** The natural keys under which a target finds a resource. */
function keysOf(resource: LiveResource): string[] {
  switch (resource.contract) {
    case 'upstream_saml_provider':
      return [`${resource.contract}:${resource.payload.entity_id}`];
    case 'federation_routing_rule':
      return resource.payload.domains.map((domain) => `${resource.contract}:${domain}`);
    case 'tenant_group':
      return [`${resource.contract}:${groupNameKey(resource.payload.name)}`];
    case 'tenant_oidc_application':
      return [
        `${resource.contract}:${resource.payload.client_id}`,
        `${redirectsKind}:${redirectsText(resource.payload.redirect_uris) ?? ''}`,
      ];
    case 'tenant_app_assignment':
    case 'auth_policy':
      return [];
  }
}

/** What an item overlaps with at a target that holds these; its redirect set is no other item's unless `shared`. */
export function overlap(
  source: SourceSide,
  resources: readonly LiveResource[],
  shared = false,
): Overlap | null {
  const text =
    source.contract === 'tenant_oidc_application' ? redirectsText(source.payload.redirect_uris) : null;
  const keys = matchKeysOf(source, text === null || shared ? null : `${redirectsKind}:${text}`);
  const found = new Map<string, LiveResource[]>();
  for (const resource of resources) {
    for (const key of keysOf(resource)) found.set(key, [...(found.get(key) ?? []), resource]);
  }
  return overlapOf(source, keys, found, resources);
}

/** The row's entry for a resource that an item matched. */
export function matched(source: SourceSide, resource: LiveResource): MatchedResource {
  const [entry] = overlap(source, [resource])?.matched ?? [];
  if (!entry) throw new Error('They do not match.');
  return entry;
}
