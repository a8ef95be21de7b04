import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Execution, Plan } from '../../domain/plan.ts';
import { sha256 } from '../../platform/digest.ts';
import { readCover } from '../../prisma/store/cover.ts';
import {
  createExecution,
  findExecution,
  listExecutions,
  stopExecution,
} from '../../prisma/store/executions.ts';
import { createRetry, rehearseRetry } from '../../prisma/store/retries.ts';
import { willMakeSecrets } from '../../prisma/store/secrets.ts';
import { listExecutionSteps } from '../../prisma/store/steps.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route, type Reply, type Request } from '../http/route.ts';
import { accepted, requireTemporal, runRefusal, signalStop, startRun, waitForRun } from '../runs.ts';
import {
  handOver,
  privateJwk,
  recipientFor,
  RecipientJwk,
  withheldSecrets,
  type Recipient,
} from '../secrets.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import { ExecutionStepView, ExecutionView, viewExecution, viewExecutionStep } from '../views/plan.ts';

const P = '/workspaces/:workspace_id/cutover-plans/:plan_id';
const X = `${P}/executions/:execution_id` as const;

const Apply = z.strictObject({
  preview_token: z.string().min(1).max(200),
  secret_recipient_jwk: RecipientJwk.optional(),
});

const Retry = z.strictObject({
  /** All that can be retried when it is left out. */
  step_ids: z.array(z.uuid().toLowerCase()).min(1).max(10_000).optional(),
  dry_run: z.boolean().optional(),
  secret_recipient_jwk: RecipientJwk.optional(),
});

/** What a retry would come to, by ids of steps. */
const RetryRehearsal = z
  .strictObject({
    would_run: z.array(z.string()),
    already_done: z.array(z.string()),
    refused: z.array(z.string()),
  })
  .meta({ id: 'CutoverRetryRehearsal' });

/**
 * Runs an execution that has been created, waits for it as long as the caller prefers, and answers with it and with
 * the secrets of the applications that it made.
 */
async function runExecution(
  {
    services,
    tenant,
    command,
    prefer,
    locationOf,
  }: Pick<Request<string, unknown, unknown>, 'services' | 'tenant' | 'command' | 'prefer' | 'locationOf'>,
  plan: Plan,
  created: Execution,
  recipient: Recipient,
  verb: 'Apply' | 'Retry',
): Promise<Reply> {
  const location = locationOf(created.id);
  await startRun(services, tenant, created.run, {
    summary: `${verb} ${plan.name}`,
    workspaceId: plan.workspaceId,
    sourceId: plan.sourceId,
    planId: plan.id,
  });
  const ended = await waitForRun(services, tenant, created.run.id, prefer);
  const execution = await currentExecution(services, tenant, created.id);
  const view = viewExecution(execution, services);
  if (!ended) {
    const key = await privateJwk(recipient);
    return accepted(location, { ...view, generated_secrets: [], ...(key && { secret_key_jwk: key }) });
  }
  // Also a run that was stopped half-way has made secrets, and this answer is the only one that can carry them.
  const secrets = await handOver(services, tenant, { executionId: execution.id }, recipient, command);
  const failure = execution.run.failure?.code;
  if (failure === 'preview_stale' || failure === 'run_stopped' || failure === 'not_started') {
    const members = {
      execution_id: execution.id,
      changes: execution.changes ?? [],
      generated_secrets: secrets,
    };
    throw runRefusal(execution.run, 'internal_error', members);
  }
  return { status: 200, headers: { Location: location }, body: { ...view, generated_secrets: secrets } };
}

async function currentExecution(services: Services, tenant: TenantId, id: string): Promise<Execution> {
  const execution = await findExecution(services.database, tenant, id);
  if (!execution) throw notFound();
  return execution;
}

export const executionRoutes = [
  route({
    method: 'POST',
    path: `${P}/apply`,
    permission: 'portal.migrations.manage',
    summary: 'Apply a previewed plan',
    body: Apply,
    begins: { reads: X, withholds: withheldSecrets },
    replies: { 200: ExecutionView, 202: ExecutionView },
    async handle(request) {
      const { services, tenant, scope, body, command } = request;
      const { plan } = scope;
      const recipient = await recipientFor(request, () =>
        willMakeSecrets(services.database, tenant, { planId: plan.id, stepIds: null }),
      );
      await requireTemporal(services);
      const created = await createExecution(
        services.database,
        tenant,
        plan,
        {
          tokenHash: sha256(body.preview_token),
          recipientJwk: recipient.publicJwk,
          cover: (tx, locked) => readCover(tx, tenant, locked),
        },
        command,
      );
      return runExecution(request, plan, created, recipient, 'Apply');
    },
  }),
  route({
    method: 'POST',
    path: `${X}/retry`,
    permission: 'portal.migrations.manage',
    summary:
      'Retry failed and skipped steps of a plan\u2019s latest execution, or say which a retry would take up',
    body: Retry,
    begins: { reads: X, withholds: withheldSecrets },
    replies: { 200: z.union([ExecutionView, RetryRehearsal]), 202: ExecutionView },
    async handle(request) {
      const { services, tenant, scope, body, command } = request;
      const { plan, execution: former } = scope;
      const stepIds = body.step_ids ?? null;
      if (body.dry_run === true) {
        const { run, done, refused } = await rehearseRetry(services.database, tenant, former, stepIds);
        return { status: 200, body: { would_run: run, already_done: done, refused } };
      }
      const recipient = await recipientFor(request, () =>
        willMakeSecrets(services.database, tenant, { planId: plan.id, stepIds }),
      );
      await requireTemporal(services);
      const input = { stepIds, recipientJwk: recipient.publicJwk };
      const created = await createRetry(services.database, tenant, former, input, command);
      return runExecution(request, plan, created, recipient, 'Retry');
    },
  }),
  route({
    method: 'GET',
    path: `${P}/executions`,
    permission: 'portal.migrations.view',
    summary: 'List a plan\u2019s executions, newest first',
    query: PageQuery,
    replies: { 200: listOf(ExecutionView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const [before = null] = (startOf(services, { path }, query) ?? []) as string[];
      const rows = await listExecutions(services.database, tenant, scope.plan.id, {
        before,
        limit: limit + 1,
      });
      const view = (row: Execution) => viewExecution(row, services);
      return { status: 200, body: pageOf(services, { path }, limit, rows, (row) => [row.id], view) };
    },
  }),
  route({
    method: 'GET',
    path: X,
    permission: 'portal.migrations.view',
    summary: 'Read an execution',
    replies: { 200: ExecutionView },
    async handle({ services, scope }) {
      return { status: 200, body: viewExecution(scope.execution, services) };
    },
  }),
  route({
    method: 'GET',
    path: `${X}/steps`,
    permission: 'portal.migrations.view',
    summary: 'List what an execution saw of each step',
    query: PageQuery,
    replies: { 200: listOf(ExecutionStepView) },
    async handle({ services, tenant, scope, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, { path }, query);
      const after = start === null ? null : Number(start[0]);
      const page = { after, limit: limit + 1 };
      const rows = await listExecutionSteps(services.database, tenant, scope.execution.id, page);
      return {
        status: 200,
        body: pageOf(services, { path }, limit, rows, (row) => [row.sequence], viewExecutionStep),
      };
    },
  }),
  route({
    method: 'POST',
    path: `${X}/cancel`,
    permission: 'portal.migrations.manage',
    summary: 'Stop an execution; running steps finish',
    replies: { 202: ExecutionView },
    async handle({ services, tenant, scope, command, path }) {
      const { execution, plan } = scope;
      const open = await stopExecution(services.database, tenant, plan, execution, command);
      if (!open) throw new DomainError('run_ended', 'The execution has ended.');
      await signalStop(services, execution.run);
      return accepted(
        path.replace(/\/cancel$/, ''),
        viewExecution(await currentExecution(services, tenant, execution.id), services),
      );
    },
  }),
];
