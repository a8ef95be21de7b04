import { z } from 'zod';
import { targetContracts } from '../../domain/assessment.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import {
  dispositions,
  executionStatuses,
  executionTriggers,
  planStatuses,
  reasonCodes,
  secretStates,
  stepActions,
  stepOutcomes,
  stepStatuses,
  type Execution,
  stepRelations,
  type Plan,
  type PlanScope,
  type Step,
} from '../../domain/plan.ts';
import { previewWarningCodes } from '../../domain/previewWarnings.ts';
import { payloadSchemas, plannableContracts } from '../../domain/target.ts';
import type { Preview } from '../../prisma/store/previews.ts';
import type { ExecutionStep } from '../../prisma/store/steps.ts';
import type { Services } from '../services.ts';
import { Failure, listOf, runShape, Time, time, timeOrNull, viewRun } from './common.ts';

const StepFailure = z.strictObject({ code: z.string(), message: z.string(), at: Time });

const Attempt = z.strictObject({
  number: z.int(),
  run_id: z.string(),
  worker: z.string(),
  started_at: Time,
  ended_at: Time.nullable(),
  status: z.enum(['running', 'succeeded', 'failed', 'timed_out', 'lost']),
  failure: StepFailure.nullable(),
  next_attempt_at: Time.nullable(),
});

const StepItem = z.strictObject({
  id: z.string(),
  item_type: z.enum(itemTypes),
  external_id: z.string(),
  name: z.string(),
  vendor_kind: z.string(),
});

export const StepView = z
  .strictObject({
    id: z.string(),
    sequence: z.int(),
    item: StepItem,
    target_contract: z.enum(targetContracts),
    action: z.enum(stepActions),
    disposition: z.enum(dispositions),
    status: z.enum(stepStatuses),
    reason_code: z.enum(reasonCodes).nullable(),
    reason: z.string().nullable(),
    depends_on: z.array(z.string()),
    target_payload: z.union(plannableContracts.map((contract) => payloadSchemas[contract])).nullable(),
    binding: z
      .strictObject({ resource_id: z.string(), fingerprint: z.string(), incomplete: z.array(z.string()) })
      .nullable()
      .meta({
        description:
          'The resource that the step takes as it is, when its action is `bind`, and what people have to add to it.',
      }),
    outcome: z.enum(stepOutcomes).nullable(),
    target_resource_id: z.string().nullable(),
    failure: StepFailure.nullable(),
    secret_state: z.enum(secretStates),
  })
  .meta({ id: 'CutoverStep' });

export const viewStep = (step: Step) => ({
  id: step.id,
  sequence: step.sequence,
  item: {
    id: step.itemId,
    item_type: step.itemType,
    external_id: step.externalId,
    name: step.name,
    vendor_kind: step.vendorKind,
  },
  target_contract: step.targetContract,
  action: step.action,
  disposition: step.disposition,
  status: step.status,
  reason_code: step.reasonCode,
  reason: step.reason,
  depends_on: step.dependsOn,
  target_payload: step.targetPayload,
  binding: step.binding,
  outcome: step.outcome,
  target_resource_id: step.targetResourceId,
  failure: step.failure,
  secret_state: step.secretState,
});

const count = <Key extends string>(keys: readonly Key[]) =>
  z.record(z.enum(keys as readonly [Key, ...Key[]]), z.int());

const Summary = z.strictObject({
  total: z.int(),
  by_disposition: count(dispositions),
  by_status: count(stepStatuses),
  by_action: count(stepActions),
});

const ScopeView = z.union([
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('items'), item_count: z.int() }),
  z.strictObject({ kind: z.literal('wave'), wave: z.string() }),
]);

const viewScope = (scope: PlanScope) =>
  scope.kind === 'items' ? { kind: scope.kind, item_count: scope.item_ids.length } : scope;

/** Steps by their order, and for each step (`from`) those that must be applied before it (`to`), with why. */
export const GraphView = z
  .strictObject({
    nodes: z.array(z.string()),
    edges: z.array(z.strictObject({ from: z.string(), to: z.string(), relation: z.enum(stepRelations) })),
  })
  .meta({ id: 'CutoverGraph' });

export const PlanSummaryView = z
  .strictObject({
    id: z.string(),
    tenant_id: z.string(),
    workspace_id: z.string(),
    name: z.string(),
    status: z.enum(planStatuses),
    revision: z.int(),
    built_at: Time.nullable(),
    source_id: z.string(),
    snapshot_id: z.string(),
    assessment_id: z.string(),
    scope: ScopeView,
    summary: Summary,
    preview: z.strictObject({
      state: z.enum(['none', 'running', 'current', 'expired', 'stale', 'consumed']),
      by: z.string().nullable(),
      at: Time.nullable(),
      expires_at: Time.nullable(),
    }),
    active_execution_id: z.string().nullable(),
    latest_execution_id: z.string().nullable(),
    created_at: Time,
    failure: Failure.nullable(),
  })
  .meta({ id: 'CutoverPlanSummary' });

export const PlanView = PlanSummaryView.extend({ steps: listOf(StepView) }).meta({ id: 'CutoverPlan' });

const zeros = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, 0]));
const noSummary = {
  total: 0,
  by_disposition: zeros(dispositions),
  by_status: zeros(stepStatuses),
  by_action: zeros(stepActions),
};

export const viewPlan = (plan: Plan, preview: Preview | null, now: Date) => ({
  id: plan.id,
  tenant_id: plan.tenantId,
  workspace_id: plan.workspaceId,
  name: plan.name,
  status: plan.status,
  revision: plan.revision,
  built_at: timeOrNull(plan.builtAt),
  source_id: plan.sourceId,
  snapshot_id: plan.snapshotId,
  assessment_id: plan.assessmentId,
  scope: viewScope(plan.scope),
  summary: plan.summary ?? noSummary,
  preview: viewPreviewState(plan, preview, now),
  active_execution_id: plan.activeExecutionId,
  latest_execution_id: plan.latestExecutionId,
  created_at: time(plan.createdAt),
  failure: plan.buildRun.failure,
});

function viewPreviewState(plan: Plan, preview: Preview | null, now: Date) {
  const none = { state: 'none', by: null, at: null, expires_at: null };
  if (preview?.revision !== plan.revision) return none;
  const seen = {
    by: preview.mintedBy?.id ?? null,
    at: timeOrNull(preview.mintedAt),
    expires_at: timeOrNull(preview.expiresAt),
  };
  switch (preview.state) {
    case 'running':
      return { ...none, state: 'running' };
    case 'minted':
      return {
        ...seen,
        state: preview.expiresAt !== null && preview.expiresAt <= now ? 'expired' : 'current',
      };
    case 'consumed':
      return { ...seen, state: 'consumed' };
    case 'stale':
    case 'refused':
      return { ...seen, state: 'stale' };
    case 'expired':
      return { ...seen, state: 'expired' };
    case 'ready':
    case 'failed':
    case 'superseded':
      return none;
  }
}

export const PreviewView = z
  .strictObject({
    preview_token: z.string(),
    expires_at: Time,
    plan: PlanSummaryView,
    steps: listOf(StepView),
    warnings: z.array(
      z.strictObject({
        code: z.enum(previewWarningCodes),
        message: z.string(),
        step_id: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'CutoverPreview' });

const Change = z.strictObject({
  step_id: z.string().nullable(),
  item_id: z.string().nullable(),
  code: z.string(),
  message: z.string(),
  was: z.unknown(),
  is: z.unknown(),
});

export const GeneratedSecret = z.strictObject({
  step_id: z.string(),
  application_id: z.string(),
  client_id: z.string(),
  client_secret: z.string().optional(),
  jwe: z.string().optional(),
});
export type GeneratedSecret = z.infer<typeof GeneratedSecret>;

/** Stands in the answer to a request that was repeated by its Idempotency-Key. */
export const SecretsWithheld = z.literal(true).meta({
  description: 'The request was made before; only its first answer could carry client secrets.',
});

export const ExecutionView = z
  .strictObject({
    id: z.string(),
    plan_id: z.string(),
    status: z.enum(executionStatuses),
    trigger: z.enum(executionTriggers),
    retry_of: z.string().nullable(),
    revision: z.int(),
    stop_requested_at: Time.nullable(),
    summary: count(stepStatuses),
    changes: z.array(Change).nullable(),
    ...runShape,
    failure: Failure.nullable(),
    generated_secrets: z.array(GeneratedSecret).optional(),
    secret_key_jwk: z.record(z.string(), z.unknown()).optional(),
    secrets_withheld: SecretsWithheld.optional(),
  })
  .meta({ id: 'CutoverExecution' });

export const viewExecution = (execution: Execution, services: Services) => ({
  id: execution.id,
  plan_id: execution.planId,
  status: execution.status,
  trigger: execution.trigger,
  retry_of: execution.retryOf,
  revision: execution.revision,
  stop_requested_at: timeOrNull(execution.run.stopRequestedAt),
  summary: execution.summary ?? zeros(stepStatuses),
  changes: execution.changes,
  ...viewRun(execution.run, services),
  failure: execution.run.failure,
});

export const ExecutionStepView = z
  .strictObject({
    step_id: z.string(),
    sequence: z.int(),
    item: StepItem.pick({ item_type: true, external_id: true, name: true }),
    target_contract: z.enum(targetContracts),
    action: z.enum(stepActions),
    status: z.enum(stepStatuses),
    reason_code: z.enum(reasonCodes).nullable(),
    outcome: z.enum(stepOutcomes).nullable(),
    failure: StepFailure.nullable(),
    target_resource_id: z.string().nullable(),
    secret_state: z.enum(secretStates),
    settled_at: Time.nullable(),
    attempts: z.array(Attempt),
  })
  .meta({ id: 'ExecutionStep' });

export const viewExecutionStep = (step: ExecutionStep) => ({
  step_id: step.stepId,
  sequence: step.sequence,
  item: { item_type: step.itemType, external_id: step.externalId, name: step.name },
  target_contract: step.targetContract,
  action: step.action,
  status: step.status,
  reason_code: step.reasonCode,
  outcome: step.outcome,
  failure: step.failure,
  target_resource_id: step.targetResourceId,
  secret_state: step.secretState,
  settled_at: timeOrNull(step.settledAt),
  attempts: step.attempts.map((attempt) => ({
    number: attempt.number,
    run_id: attempt.runId,
    worker: attempt.worker,
    started_at: time(attempt.startedAt),
    ended_at: timeOrNull(attempt.endedAt),
    status: attempt.status,
    failure: attempt.failure,
    next_attempt_at: null,
  })),
});
