import type { ItemType } from '../inventory/itemTypes.ts';
import type { LiveResource } from '../target.ts';

/** What of the target an item can collide with and be bound to. An assignment that is there already needs nobody. */
export const mergeContracts = [
  'upstream_saml_provider',
  'federation_routing_rule',
  'tenant_group',
  'tenant_oidc_application',
] as const;
export type MergeContract = (typeof mergeContracts)[number];

/** What an item of a type would become, as far as it can collide; null for what never does. */
export function mergeContractOf(itemType: ItemType): MergeContract | null {
  switch (itemType) {
    case 'provider':
      return 'upstream_saml_provider';
    case 'routing_rule':
      return 'federation_routing_rule';
    case 'group':
      return 'tenant_group';
    case 'application':
      return 'tenant_oidc_application';
    case 'policy':
    case 'assignment':
    case 'domain':
      return null;
  }
}

export const decisionStatuses = ['pending', 'resolved'] as const;
export type DecisionStatus = (typeof decisionStatuses)[number];

export const resolutions = ['map_to_existing', 'create_new', 'skip'] as const;
export type Resolution = (typeof resolutions)[number];

/** By what an item and a resource are the same thing. */
export const matchKeys = ['entity_id', 'domains', 'name', 'client_id', 'redirect_uris'] as const;
export type MatchKey = (typeof matchKeys)[number];

/** By what a resource only looks like the item: a hint for a person, never enough to bind. */
export const resemblances = ['name', 'entity_id', 'mixed_script_name'] as const;
export type Resemblance = (typeof resemblances)[number];

/** A member that the item and the resource do not agree on. */
export interface Difference {
  field: string;
  source_value: unknown;
  target_value: unknown;
}

/** A resource that an item collides with, as it was when it was looked for. */
export interface MatchedResource {
  resource_type: MergeContract;
  resource_id: string;
  name: string;
  match_keys: MatchKey[];
  differences: Difference[];
  /** Whom a binding would let in: a group's members gain what is assigned to it. */
  group: LiveResource['group'];
  fingerprint: string;
  payload: Readonly<Record<string, unknown>>;
}

export interface SimilarResource {
  resource_type: MergeContract;
  resource_id: string;
  name: string;
  resembles: Resemblance[];
}

/** What a person decided; `by` is the actor's id, `at` RFC 3339. */
export interface FormerResolution {
  resolution: Resolution;
  matched_resource_id: string | null;
  target_overrides: TargetOverrides | null;
  allow_shared: boolean;
  note: string | null;
  resolved: { by: string; at: string };
  /** Why it no longer holds; null when a person decided otherwise. */
  stale_reason: string | null;
}

/** What a new resource gets instead of what would collide. */
export interface TargetOverrides {
  name?: string;
  client_id?: string;
  domains?: string[];
}

/** An item that overlaps with what the target holds, and what was decided about it. */
export interface MergeDecision {
  id: string;
  assessmentId: string;
  itemId: string;
  ordinal: bigint;
  itemType: ItemType;
  externalId: string;
  name: string;
  vendorKind: string;
  contract: MergeContract;
  status: DecisionStatus;
  matchedResources: MatchedResource[];
  similar: SimilarResource[];
  resolution: Resolution | null;
  matchedResourceId: string | null;
  targetOverrides: TargetOverrides | null;
  allowShared: boolean;
  note: string | null;
  resolved: { by: string; at: Date } | null;
  staleReason: string | null;
  carriedFrom: string | null;
  history: FormerResolution[];
  version: number;
}
