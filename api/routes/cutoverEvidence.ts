import { z } from 'zod';
import { handoffCriteria, criterionCodes, noCompletion } from '../../domain/cutoverEvidence.ts';
import { stepStatuses, type StepStatus } from '../../domain/plan.ts';
import { listExecutions } from '../../prisma/store/executions.ts';
import { route } from '../http/route.ts';
import { ExecutionView, PlanSummaryView, viewExecution } from '../views/plan.ts';
import { planSummary } from './plans.ts';

const P = '/workspaces/:workspace_id/cutover-plans/:plan_id';

const EvidenceView = z
  .strictObject({
    plan: PlanSummaryView,
    latest_execution: ExecutionView.nullable(),
    rollback: z
      .strictObject({ summary: z.string(), owner: z.string(), steps: z.array(z.string()) })
      .nullable(),
    completion: z.strictObject({
      communications_complete: z.boolean(),
      communications_summary: z.string().nullable(),
      artifact_reference: z.string().nullable(),
      manual_validation_summary: z.string().nullable(),
      follow_up_reviewed: z.boolean(),
      follow_up_summary: z.string().nullable(),
    }),
    handoff_criteria: z.array(
      z.strictObject({ code: z.enum(criterionCodes), met: z.boolean(), detail: z.string() }),
    ),
  })
  .meta({ id: 'CutoverEvidence' });

const noSteps = Object.fromEntries(stepStatuses.map((status) => [status, 0])) as Record<StepStatus, number>;

export const cutoverEvidenceRoutes = [
  route({
    method: 'GET',
    path: `${P}/evidence`,
    permission: 'portal.migrations.view',
    summary: 'Read the post-cutover evidence with its computed criteria',
    replies: { 200: EvidenceView },
    async handle({ services, tenant, scope }) {
      const { plan } = scope;
      const [latest] = await listExecutions(services.database, tenant, plan.id, { before: null, limit: 1 });
      const criteria = handoffCriteria({
        execution: latest ?? null,
        rollback: plan.rollback,
        completion: noCompletion,
        steps: plan.summary?.by_status ?? noSteps,
      });
      return {
        status: 200,
        body: {
          plan: await planSummary(services, tenant, plan),
          latest_execution: latest ? viewExecution(latest, services) : null,
          rollback: plan.rollback,
          completion: noCompletion,
          handoff_criteria: criteria,
        },
      };
    },
  }),
];
