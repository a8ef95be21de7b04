import { z } from 'zod';
import {
  assessmentStatuses,
  compatibilityClasses,
  impactLevels,
  targetContracts,
  type Assessment,
} from '../../domain/assessment.ts';
import { HandoffBlocker, handoffStatuses, type Handoff } from '../../domain/handoff.ts';
import { audiences, ImpactEvidence, severities, type Impact } from '../../domain/impacts.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import type { AssessedItem } from '../../prisma/store/verdicts.ts';
import type { StoredNote } from '../../prisma/store/itemNotes.ts';
import type { ImpactItemRow } from '../../prisma/store/impacts.ts';
import type { Services } from '../services.ts';
import { MergeDecisionView } from './mergeDecision.ts';
import { Failure, listOf, runShape, Time, time, viewRun } from './common.ts';
import { NoteView, viewNote } from './itemNote.ts';

const ItemHead = {
  id: z.string(),
  ordinal: z.int(),
  item_type: z.enum(itemTypes),
  external_id: z.string(),
  name: z.string(),
  vendor_kind: z.string(),
};

export const AssessedItemView = z
  .strictObject({
    item: z.strictObject(ItemHead),
    compatibility_class: z.enum(compatibilityClasses),
    target_contract: z.enum(targetContracts),
    rationale: z.string(),
    approximation_notes: z.array(z.string()),
    blocked_reason: z.string().nullable(),
    operator_impact: z.enum(impactLevels),
    user_impact: z.enum(impactLevels),
    findings: z.array(
      z.strictObject({
        rule_id: z.string(),
        outcome: z.enum(compatibilityClasses).nullable(),
        text: z.string(),
        remedy: z.string(),
        document: z.string(),
        evidence: z.array(z.strictObject({ pointer: z.string(), value: z.unknown() })),
      }),
    ),
    lifts_to: z.enum(compatibilityClasses).nullable(),
    depends_on: z.array(
      z.strictObject({
        item_id: z.string().nullable(),
        relation: z.string(),
        external_id: z.string(),
        resolved: z.boolean(),
      }),
    ),
    /** What people noted of the item; null when nobody did. */
    note: NoteView.nullable(),
  })
  .meta({ id: 'AssessedItem' });

export const viewAssessedItem = (assessed: AssessedItem, note: StoredNote | null) => ({
  item: {
    id: assessed.itemId,
    ordinal: Number(assessed.ordinal),
    item_type: assessed.itemType,
    external_id: assessed.externalId,
    name: assessed.name,
    vendor_kind: assessed.vendorKind,
  },
  ...assessed.verdict,
  note: note && viewNote(note),
});

export const ImpactView = z
  .strictObject({
    id: z.string(),
    impact_type: z.string(),
    audience: z.enum(audiences),
    severity: z.enum(severities),
    unavoidable: z.boolean(),
    summary: z.string(),
    /** Items that it lists; 0 where what supports it is no item. */
    item_count: z.int(),
    /** What supports it beside its items: objects with the page they stand on, and numbers. */
    evidence: z.array(ImpactEvidence),
    acknowledged: z.strictObject({ by: z.string(), at: Time, note: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'Impact' });

export const viewImpact = (impact: Impact) => ({
  id: impact.id,
  impact_type: impact.impactType,
  audience: impact.audience,
  severity: impact.severity,
  unavoidable: impact.unavoidable,
  summary: impact.summary,
  item_count: impact.itemCount,
  evidence: impact.evidence,
  acknowledged: impact.acknowledged && { ...impact.acknowledged, at: time(impact.acknowledged.at) },
});

export const ImpactItemView = z.strictObject(ItemHead).meta({ id: 'ImpactItem' });

export const viewImpactItem = (row: ImpactItemRow) => ({
  id: row.itemId,
  ordinal: Number(row.ordinal),
  item_type: row.itemType,
  external_id: row.externalId,
  name: row.name,
  vendor_kind: row.vendorKind,
});

export const HandoffView = z
  .strictObject({
    status: z.enum(handoffStatuses),
    blockers: z.array(HandoffBlocker),
    warnings: z.array(
      z.strictObject({ code: z.enum(['newer_snapshot', 'snapshot_old']), message: z.string() }),
    ),
  })
  .meta({ id: 'PreviewHandoff' });

const counts = z.record(z.enum(compatibilityClasses), z.int());

const summaryShape = {
  id: z.string(),
  tenant_id: z.string(),
  workspace_id: z.string(),
  source_id: z.string(),
  snapshot_id: z.string(),
  status: z.enum(assessmentStatuses),
  classifier_version: z.string(),
  as_of: Time,
  superseded: z.boolean(),
  summary: z.strictObject({ total: z.int(), by_class: counts, by_item_type: z.record(z.string(), counts) }),
  ...runShape,
  failure: Failure.nullable(),
};

export const AssessmentSummaryView = z.strictObject(summaryShape).meta({ id: 'AssessmentSummary' });

export const AssessmentView = z
  .strictObject({
    ...summaryShape,
    preview_handoff: HandoffView,
    ocm_impacts: z.array(ImpactView),
    /** The first two hundred; the list of merge decisions has all. */
    merge_decisions: z.array(MergeDecisionView),
    items: listOf(AssessedItemView),
  })
  .meta({ id: 'Assessment' });

const noCounts = Object.fromEntries(compatibilityClasses.map((each) => [each, 0]));
const noSummary = {
  total: 0,
  by_class: noCounts,
  by_item_type: Object.fromEntries(itemTypes.map((type) => [type, noCounts])),
};

export const viewAssessment = (
  assessment: Assessment,
  latestCompletedId: string | null,
  services: Services,
) => ({
  id: assessment.id,
  tenant_id: assessment.tenantId,
  workspace_id: assessment.workspaceId,
  source_id: assessment.sourceId,
  snapshot_id: assessment.snapshotId,
  status: assessment.status,
  classifier_version: assessment.classifierVersion,
  as_of: time(assessment.asOf),
  superseded:
    assessment.status === 'completed' && latestCompletedId !== null && latestCompletedId !== assessment.id,
  summary: assessment.summary ?? noSummary,
  ...viewRun(assessment.run, services),
  failure: assessment.run.failure,
});

export const viewHandoff = (handoff: Handoff) => ({ ...handoff });
