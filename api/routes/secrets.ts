import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import type { SecretState } from '../../domain/plan.ts';
import { createRotation } from '../../prisma/store/secretRotation.ts';
import { deliverSecrets, secretStateOf } from '../../prisma/store/secrets.ts';
import { findStep } from '../../prisma/store/steps.ts';
import { findRun } from '../../prisma/store/runs.ts';
import { notFound } from '../http/resolve.ts';
import { route } from '../http/route.ts';
import { accepted, requireTemporal, runRefusal, startRun, waitForRun } from '../runs.ts';
import { handOver, privateJwk, recipientFor, RecipientJwk, withheldSecrets } from '../secrets.ts';
import { GeneratedSecret, SecretsWithheld, StepView, viewStep } from '../views/plan.ts';

const P = '/workspaces/:workspace_id/cutover-plans/:plan_id';

const Rotate = z.strictObject({ secret_recipient_jwk: RecipientJwk.optional() });

const RotatedView = StepView.extend({
  generated_secrets: z.array(GeneratedSecret),
  secret_key_jwk: z.record(z.string(), z.unknown()).optional(),
  secrets_withheld: SecretsWithheld.optional(),
}).meta({ id: 'RotatedSecret' });

const whyNot: Readonly<Record<Exclude<SecretState, 'pending'>, string>> = {
  none: 'This step has made no client secret.',
  delivered: 'The secret has been handed over, and is kept nowhere. Rotate it to get a new one.',
  lost: 'Nobody received the secret in time, and it is kept nowhere. Rotate it to get a new one.',
};

export const secretRoutes = [
  route({
    method: 'POST',
    path: `${P}/executions/:execution_id/secrets/:step_id/collect`,
    permission: 'portal.migrations.manage',
    summary: 'Pick up the sealed client secret of an application that an execution made; it is given once',
    replies: { 200: GeneratedSecret },
    async handle({ services, tenant, scope, command }) {
      const { execution, step } = scope;
      const state = await secretStateOf(services.database, tenant, execution.id, step.id);
      if (state === null) throw notFound();
      const [secret] = await deliverSecrets(services.database, tenant, { stepId: step.id }, command);
      if (!secret) {
        const now = state === 'pending' ? 'delivered' : state;
        throw new DomainError('secret_not_available', whyNot[now], { members: { secret_state: now } });
      }
      const { stepId, applicationId, clientId, jwe } = secret;
      const body = { step_id: stepId, application_id: applicationId, client_id: clientId, jwe };
      return { status: 200, body };
    },
  }),
  route({
    method: 'POST',
    path: `${P}/steps/:step_id/rotate-secret`,
    permission: 'portal.migrations.manage',
    summary: 'Give an application that a step created another client secret; the former one ends at once',
    body: Rotate,
    begins: { reads: `${P}/steps/:step_id`, withholds: withheldSecrets },
    replies: { 200: RotatedView, 202: RotatedView },
    async handle(request) {
      const { services, tenant, scope, command, prefer } = request;
      const { plan, step } = scope;
      const recipient = await recipientFor(request, () => Promise.resolve(true));
      await requireTemporal(services);
      const { database } = services;
      const run = await createRotation(database, tenant, plan, step.id, recipient.publicJwk, command);
      await startRun(services, tenant, run, {
        summary: `Rotate the client secret of ${step.name}`,
        workspaceId: plan.workspaceId,
        sourceId: plan.sourceId,
        planId: plan.id,
      });
      const ended = await waitForRun(services, tenant, run.id, prefer);
      const location = request.locationOf(step.id);
      if (!ended) {
        const key = await privateJwk(recipient);
        const view = { ...viewStep(step), generated_secrets: [], ...(key && { secret_key_jwk: key }) };
        return accepted(location, view);
      }
      const done = await findRun(database, tenant, run.id);
      if (done?.failure) throw runRefusal(done, 'internal_error', { step_id: step.id });
      const secrets = await handOver(services, tenant, { stepId: step.id }, recipient, command);
      const now = (await findStep(database, tenant, plan.id, step.id)) ?? step;
      const body = { ...viewStep(now), generated_secrets: secrets };
      return { status: 200, headers: { Location: location }, body };
    },
  }),
];
