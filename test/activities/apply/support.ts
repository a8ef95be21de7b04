import assert from 'node:assert/strict';
import { naturalKeys, type Resource, type TargetPayload } from '../../../domain/target.ts';
import type { Binding, ReasonCode, Step } from '../../../domain/plan.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { json, jsonOrNull } from '../../../prisma/store/json.ts';
import { createResource, type MadeResource } from '../../../prisma/store/runtime.ts';
import { stepsOf, type Planned } from '../../prisma/store/support.ts';

/** A plan's step by its item's id at the incumbent. */
export async function stepOf(at: Planned, externalId: string): Promise<Step> {
  const step = (await stepsOf(at)).find((each) => each.externalId === externalId);
  assert.ok(step, `there is no step of ${externalId}`);
  return step;
}

/** Makes a step one that creates something else, as a plan of another org would have it. */
export async function makeCreate(
  at: Planned,
  externalId: string,
  resource: { contract: Resource['contract']; payload: TargetPayload; dependsOn?: string[] },
): Promise<string> {
  const { id } = await stepOf(at, externalId);
  const { contract, payload, dependsOn = [] } = resource;
  const resolved = !('provider' in payload) || 'resource_id' in payload.provider;
  await at.database.step.update({
    where: { id },
    data: {
      targetContract: contract,
      targetPayload: json(payload),
      targetKeys: resolved ? naturalKeys({ contract, payload } as Resource) : [],
      dependsOn,
    },
  });
  return id;
}

/** Makes a step one that binds to a resource of the target. */
export async function makeBind(
  at: Planned,
  externalId: string,
  { resourceId, fingerprint }: MadeResource,
  more: { incomplete?: string[]; reasonCode?: ReasonCode } = {},
): Promise<string> {
  const { id } = await stepOf(at, externalId);
  const { incomplete = [], reasonCode = 'merge_decision' } = more;
  const binding: Binding = { resource_id: resourceId, fingerprint, incomplete };
  await at.database.step.update({
    where: { id },
    data: {
      action: 'bind',
      binding: json(binding),
      targetPayload: jsonOrNull(null),
      targetKeys: [],
      reasonCode,
      reason: 'It is there already.',
    },
  });
  return id;
}

/** What somebody else made at the target. */
export const madeByOthers = ({ database, tenant }: Planned, resource: Resource): Promise<MadeResource> =>
  inTransaction(database, (tx) =>
    createResource(tx, tenant, resource, { migratedBy: null, secretHash: null, at: new Date() }),
  );
