import { z } from 'zod';
import { criterionCodes, handoffCriteria, unreviewed, type FollowUp } from '../../domain/cutoverEvidence.ts';
import { reasonCodes, stepOutcomes, stepStatuses } from '../../domain/plan.ts';
import {
  inverseOf,
  rollbackNoteCodes,
  rollbackNotes,
  rollbackSteps,
  type AppliedStep,
  type RollbackSurroundings,
} from '../../domain/rollbackGuidance.ts';
import type { StoredEvidence } from '../../prisma/store/cutoverEvidence.ts';
import { listOf, Time } from './common.ts';
import { ExecutionView, PlanSummaryView } from './plan.ts';

export const RollbackStepView = z
  .strictObject({
    step_id: z.string(),
    name: z.string(),
    target_contract: z.string(),
    outcome: z.enum(stepOutcomes),
    target_resource_id: z.string(),
    inverse: z.string(),
    not_restored: z.array(z.string()),
  })
  .meta({ id: 'RollbackStep' });

export const viewRollbackStep = (step: AppliedStep) => {
  const { inverse, notRestored } = inverseOf(step);
  return {
    step_id: step.stepId,
    name: step.name,
    target_contract: step.targetContract,
    outcome: step.outcome,
    target_resource_id: step.targetResourceId,
    inverse,
    not_restored: notRestored,
  };
};

export const EvidenceView = z
  .strictObject({
    plan: PlanSummaryView,
    latest_execution: ExecutionView.nullable(),
    /** What operators recorded; a member that nobody gave is null or empty. */
    rollback: z
      .strictObject({
        summary: z.string().nullable(),
        owner: z.string().nullable(),
        steps: z.array(z.string()),
      })
      .nullable(),
    /** Made from what was applied; shown, never executed, and never counted as what operators recorded. */
    generated_rollback: z.strictObject({
      order: z.array(z.string()),
      notes: z.array(z.strictObject({ code: z.enum(rollbackNoteCodes), text: z.string() })),
      /** The first page of what was applied, in the order in which it is undone. */
      steps: listOf(RollbackStepView),
    }),
    completion: z.strictObject({
      communications_complete: z.boolean(),
      communications_summary: z.string().nullable(),
      artifact_reference: z.string().nullable(),
      manual_validation_summary: z.string().nullable(),
      follow_up_reviewed: z.boolean(),
      follow_up_summary: z.string().nullable(),
    }),
    /** What the cutover leaves over: how much, the first hundred of it, and how much of it nobody has reviewed. */
    follow_up: z.strictObject({
      count: z.int(),
      unreviewed_count: z.int(),
      review: z.strictObject({ execution_id: z.string(), by: z.string(), at: Time }).nullable(),
      steps: z.array(
        z.strictObject({
          step_id: z.string(),
          name: z.string(),
          status: z.enum(stepStatuses),
          reason_code: z.enum(reasonCodes).nullable(),
          reason: z.string().nullable(),
          incomplete: z.array(z.string()),
          reviewed: z.boolean(),
        }),
      ),
    }),
    handoff_criteria: z.array(
      z.strictObject({ code: z.enum(criterionCodes), met: z.boolean(), detail: z.string() }),
    ),
  })
  .meta({ id: 'CutoverEvidence' });

/** Leftovers that the evidence lists itself; the plan's steps have all. */
const mostFollowUps = 100;

/** What of the evidence stands in its own rows. */
export function viewRecorded({ recorded: { rollback, completion }, review, outstanding }: StoredEvidence) {
  const fresh = new Set(unreviewed(outstanding, review));
  const { follow_up_summary, ...told } = completion;
  return {
    rollback: rollback && {
      summary: rollback.summary === '' ? null : rollback.summary,
      owner: rollback.owner === '' ? null : rollback.owner,
      steps: rollback.steps,
    },
    completion: { ...told, follow_up_reviewed: review !== null, follow_up_summary },
    follow_up: {
      count: outstanding.length,
      unreviewed_count: fresh.size,
      review: review && { execution_id: review.executionId, by: review.by, at: review.at },
      steps: outstanding.slice(0, mostFollowUps).map((each) => viewFollowUp(each, !fresh.has(each))),
    },
  };
}

const viewFollowUp = (each: FollowUp, reviewed: boolean) => ({
  step_id: each.stepId,
  name: each.name,
  status: each.status,
  reason_code: each.reasonCode,
  reason: each.reason,
  incomplete: [...each.incomplete],
  reviewed,
});

export const viewCriteria = (
  evidence: StoredEvidence,
  execution: Parameters<typeof handoffCriteria>[0]['execution'],
  steps: number,
) => handoffCriteria({ ...evidence, execution, steps });

/** The part of the generated rollback that is not a list. */
export const viewRollback = (around: RollbackSurroundings) => ({
  order: [...rollbackSteps],
  notes: rollbackNotes(around),
});
