import { z } from 'zod';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { plannableContracts } from '../../domain/target.ts';
import type { ToldLink } from '../../prisma/store/targetLinks.ts';
import { Time, time } from './common.ts';

export const TargetLinkView = z
  .strictObject({
    source_id: z.string(),
    item_type: z.enum(itemTypes),
    external_id: z.string().meta({ description: 'The id at the incumbent.' }),
    name: z.string(),
    owner_contact: z.string().nullable(),
    target_contract: z.enum(plannableContracts),
    target_resource_id: z.string().meta({ description: 'The id at the target.' }),
    origin: z.enum(['created', 'bound']),
    source_client_id: z.string().nullable().meta({ description: 'The client id at the incumbent.' }),
    target_client_id: z.string().nullable().meta({ description: 'The client id at the target.' }),
    plan_id: z.string(),
    step_id: z.string(),
    execution_id: z.string(),
    created_at: Time,
  })
  .meta({ id: 'TargetLink' });

export const viewTargetLink = (link: ToldLink) => ({
  source_id: link.sourceId,
  item_type: link.itemType,
  external_id: link.externalId,
  name: link.name,
  owner_contact: link.ownerContact,
  target_contract: link.targetContract,
  target_resource_id: link.targetResourceId,
  origin: link.origin,
  source_client_id: link.sourceClientId,
  target_client_id: link.targetClientId,
  plan_id: link.planId,
  step_id: link.stepId,
  execution_id: link.executionId,
  created_at: time(link.createdAt),
});

/** The columns of the CSV: the members of the JSON, in their order. */
export const linkHeader: readonly string[] = Object.keys(TargetLinkView.shape);

export const linkRow = (link: ToldLink): (string | null)[] => {
  const view: Readonly<Record<string, string | null>> = viewTargetLink(link);
  return linkHeader.map((column) => view[column] ?? null);
};
