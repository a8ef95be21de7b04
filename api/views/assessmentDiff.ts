import { z } from 'zod';
import { compatibilityClasses, targetContracts } from '../../domain/assessment.ts';
import { changeCauses } from '../../domain/assessmentDiff.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { changeKinds } from '../../domain/snapshotDiff.ts';
import type { VerdictChange } from '../../prisma/store/assessmentDiff.ts';
import type { Unlock } from '../../prisma/store/unlock.ts';
import { listOf } from './common.ts';

const ComparedVerdict = z.strictObject({
  compatibility_class: z.enum(compatibilityClasses),
  rule_ids: z.array(z.string()),
  target_contract: z.enum(targetContracts),
});

export const VerdictChangeView = z
  .strictObject({
    change: z.enum(changeKinds),
    item_type: z.enum(itemTypes),
    external_id: z.string(),
    name: z.string(),
    vendor_kind: z.string(),
    /** Null for an item that was removed. */
    item_id: z.string().nullable(),
    /** Null for an item that was added. */
    against_item_id: z.string().nullable(),
    before: ComparedVerdict.nullable(),
    after: ComparedVerdict.nullable(),
    /** Null for an item that was added or removed. */
    because: z.enum(changeCauses).nullable(),
  })
  .meta({ id: 'VerdictChange' });

export const viewVerdictChange = (change: VerdictChange) => ({
  change: change.change,
  item_type: change.itemType,
  external_id: change.externalId,
  name: change.name,
  vendor_kind: change.vendorKind,
  item_id: change.itemId,
  against_item_id: change.againstItemId,
  before: change.before,
  after: change.after,
  because: change.because,
});

export const AssessmentDiffView = listOf(VerdictChangeView)
  .extend({
    assessment_id: z.string(),
    against: z.string(),
    classifier_version: z.strictObject({ before: z.string(), after: z.string() }),
    /** Counts of all items, on the first page; the causes add up to `changed`. */
    summary: z
      .strictObject({
        added: z.int(),
        removed: z.int(),
        changed: z.int(),
        unchanged: z.int(),
        because_item: z.int(),
        because_rules: z.int(),
        because_dependency: z.int(),
        because_time: z.int(),
      })
      .nullable(),
  })
  .meta({ id: 'AssessmentDiff' });

export const UnlockView = z
  .strictObject({
    rule_id: z.string(),
    remedy: z.string(),
    document: z.string(),
    /** Items that this remedy alone lifts. */
    items: z.int(),
    /** Items that it lifts only together with others. */
    together_with_others: z.int(),
    lifts: z.record(z.enum(compatibilityClasses), z.int()),
    examples: z.array(
      z.strictObject({ item_id: z.string(), name: z.string(), item_type: z.enum(itemTypes) }),
    ),
  })
  .meta({ id: 'Unlock' });

export const UnlocksView = z.strictObject({ data: z.array(UnlockView), next_cursor: z.null() });

export const viewUnlock = (unlock: Unlock) => ({
  rule_id: unlock.ruleId,
  remedy: unlock.remedy,
  document: unlock.document,
  items: unlock.items,
  together_with_others: unlock.togetherWithOthers,
  lifts: unlock.lifts,
  examples: unlock.examples.map(({ itemId, name, itemType }) => ({
    item_id: itemId,
    name,
    item_type: itemType,
  })),
});
