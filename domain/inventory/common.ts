import { z } from 'zod';
import { itemTypes } from './itemTypes.ts';

/**
 * Another object of the same incumbent, by the vendor's id. `relation` says what it is to this item; whether it
 * is in the snapshot is answered by `migration_item_relations`.
 */
export const relations = [
  'application',
  'group',
  'user',
  'provider',
  'access_policy',
  'profile_enrollment_policy',
  'mastering_application',
  'included_group',
  'excluded_group',
  'network_zone',
  'application_condition',
  'registration',
  'service_principal',
  'domain',
] as const;
export type Relation = (typeof relations)[number];

export const Reference = z.strictObject({
  relation: z.enum(relations),
  /** The item type it would have in the snapshot; null for what is never an item (a user, a network zone). */
  item_type: z.enum(itemTypes).nullable(),
  external_id: z.string(),
  /** Where the vendor names it by another id than its own: what the item is called by then (`alternateId`). */
  alternate_id: z.string().optional(),
});
export type Reference = z.infer<typeof Reference>;

/**
 * What a normal form carries whatever the type. An enum value the product does not know survives verbatim in
 * its member and is listed in `unknown_values`; a member of the wrong shape is listed in `unparsable` and its
 * member is null or empty. Both are pointers into the raw payload (RFC 6901), and both cost the item its
 * `native_import`.
 */
export const commonShape = {
  references: z.array(Reference),
  unknown_values: z.array(z.strictObject({ pointer: z.string(), value: z.string() })),
  unparsable: z.array(z.string()),
  /** The vendor's `lastUpdated` or equivalent; volatile, so no part of the fingerprint. */
  last_updated: z.string().nullable(),
};

/** Members that change without the object changing; the fingerprint leaves them out. */
export const volatileMembers: ReadonlySet<string> = new Set([
  'last_updated',
  'last_membership_updated',
  'statistics',
]);
