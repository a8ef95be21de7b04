import type { StoredItem } from '../inventory/item.ts';
import {
  applicationPayload,
  groupPayload,
  providerPayload,
  routingRulePayload,
} from '../planning/payload.ts';
import { builtInTarget } from '../rules/targetProfile.ts';
import type {
  FederationRoutingRule,
  ServiceProvider,
  TenantGroup,
  TenantOidcApplication,
  UpstreamSamlProvider,
} from '../target.ts';

/**
 * An item as the target would have it: what is compared with what is there. What only the target knows (the provider
 * that a rule sends people to, our own side of a federation) is no part of it.
 */
export type SourceSide =
  | { contract: 'upstream_saml_provider'; payload: Omit<UpstreamSamlProvider, 'service_provider'> }
  | { contract: 'federation_routing_rule'; payload: Omit<FederationRoutingRule, 'provider'> }
  | { contract: 'tenant_group'; payload: TenantGroup }
  | { contract: 'tenant_oidc_application'; payload: TenantOidcApplication };

/** Stand for what only the target knows, and are left out of what is compared. */
const unknownProvider = { resource_id: '' };
const unknownSide: ServiceProvider = {
  entity_id: '',
  acs_url: '',
  metadata_url: '',
  requests_signed: false,
  request_signing_certificate: null,
};

/** An item as the target would have it; null when its evidence is not enough to make one, or it overlaps with nothing. */
export function sourceSideOf(item: Pick<StoredItem, 'itemType' | 'name' | 'normalized'>): SourceSide | null {
  switch (item.itemType) {
    case 'group':
      return { contract: 'tenant_group', payload: groupPayload(item as StoredItem<'group'>) };
    case 'application': {
      const application = item as StoredItem<'application'>;
      const clientId = application.normalized.oidc?.client_id ?? '';
      const payload = applicationPayload(application, clientId, builtInTarget);
      return payload && { contract: 'tenant_oidc_application', payload };
    }
    case 'provider': {
      const whole = providerPayload(item as StoredItem<'provider'>, unknownSide);
      if (!whole) return null;
      const { service_provider: _ours, ...payload } = whole;
      return { contract: 'upstream_saml_provider', payload };
    }
    case 'routing_rule': {
      const whole = routingRulePayload(item as StoredItem<'routing_rule'>, unknownProvider);
      if (!whole) return null;
      const { provider: _theirs, ...payload } = whole;
      return { contract: 'federation_routing_rule', payload };
    }
    case 'policy':
    case 'assignment':
    case 'domain':
      return null;
  }
}
