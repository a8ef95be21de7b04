import { z } from 'zod';

/**
 * A collection is one kind of listing that an inventory reads: all applications, or the groups of each. The words
 * here are what the ledger says of it.
 */
export interface CollectionDefinition {
  name: string;
  /** The endpoint as a template. */
  endpoint: string;
  /** Named by the guide: when the incumbent refuses it, the snapshot fails. The rest is auxiliary. */
  required: boolean;
  /** Collections that must be read to their end first, because they seed this one's chains. */
  after: readonly string[];
}

/** Why an object that was read is no item. */
export const notItemReasons = [
  'group_implied',
  'policy_rule',
  'system_policy',
  'auxiliary',
  'duplicate',
] as const;
export type NotItemReason = (typeof notItemReasons)[number];
export type NotItems = Partial<Record<NotItemReason, number>>;

/**
 * What a refusal means for the result.
 * - `not_permitted`: the credential may not read it. Fails the snapshot when the guide names the collection.
 * - `not_licensed`: the org has not bought or not turned on the feature, so there is nothing to miss.
 * - `not_there`: this kind of org has no such thing.
 * - `gone`: it was deleted while the inventory was read.
 * - `unreadable`: no answer that could be used, however often it was asked for. Fails the snapshot likewise.
 */
export const refusalMeanings = ['not_permitted', 'not_licensed', 'not_there', 'gone', 'unreadable'] as const;
export type RefusalMeaning = (typeof refusalMeanings)[number];

export const ChainRefusal = z.strictObject({
  endpoint: z.string(),
  status: z.int().nullable(),
  code: z.string().nullable(),
  meaning: z.enum(refusalMeanings),
  message: z.string(),
  remedy: z.string(),
  vendor_request_id: z.string().nullable(),
});
export type ChainRefusal = z.infer<typeof ChainRefusal>;

export const LedgerRefusal = ChainRefusal.omit({ message: true, vendor_request_id: true }).extend({
  /** How many chains of the collection were refused alike. */
  count: z.int(),
});
export type LedgerRefusal = z.infer<typeof LedgerRefusal>;

/** One row of a snapshot's completeness ledger. `objects` = `items` + the sum of `not_items`. */
export const LedgerRow = z.strictObject({
  collection: z.string(),
  endpoint: z.string(),
  chains: z.int(),
  pages: z.int(),
  objects: z.int(),
  items: z.int(),
  not_items: z.array(z.strictObject({ reason: z.enum(notItemReasons), count: z.int() })),
  complete: z.boolean(),
  refusals: z.array(LedgerRefusal),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

/** Whether a refusal of this meaning keeps a required collection from being complete. */
export const failsSnapshot = (meaning: RefusalMeaning): boolean =>
  meaning === 'not_permitted' || meaning === 'unreadable';
