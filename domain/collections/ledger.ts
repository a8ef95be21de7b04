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
  /** What lets the credential read it, and how to grant that. */
  remedy: string;
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
 * What a refusal means for the result: `not_permitted` and `unreadable` fail the snapshot when the guide names the
 * collection; `not_available` (a feature this org lacks) and `gone` (deleted during the read) do not.
 */
export const refusalMeanings = ['not_permitted', 'not_available', 'gone', 'unreadable'] as const;
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
