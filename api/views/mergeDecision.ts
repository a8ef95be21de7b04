import { z } from 'zod';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import {
  decisionStatuses,
  matchKeys,
  mergeContracts,
  resemblances,
  resolutions,
  type MatchedResource,
  type MergeDecision,
} from '../../domain/merge/decision.ts';
import { Time, time } from './common.ts';

const Resource = {
  resource_type: z.enum(mergeContracts),
  resource_id: z.string(),
  name: z.string(),
};

const Resolved = z.strictObject({ by: z.string(), at: Time });

const Overrides = z.strictObject({
  name: z.string().optional(),
  client_id: z.string().optional(),
  domains: z.array(z.string()).optional(),
});

export const MergeDecisionView = z
  .strictObject({
    id: z.string(),
    item: z.strictObject({
      id: z.string(),
      ordinal: z.int(),
      item_type: z.enum(itemTypes),
      external_id: z.string(),
      name: z.string(),
      vendor_kind: z.string(),
    }),
    status: z.enum(decisionStatuses),
    matched_resources: z.array(
      z.strictObject({
        ...Resource,
        match_keys: z.array(z.enum(matchKeys)),
        differences: z.array(
          z.strictObject({ field: z.string(), source_value: z.unknown(), target_value: z.unknown() }),
        ),
        group: z
          .strictObject({
            member_count: z.int().nullable(),
            mastered_by: z.string().nullable(),
            privileged: z.boolean().nullable(),
          })
          .nullable()
          .meta({
            description: 'Of a group: who is in it gains what is assigned to it. Null where not told.',
          }),
      }),
    ),
    similar: z.array(z.strictObject({ ...Resource, resembles: z.array(z.enum(resemblances)) })),
    resolution: z.enum(resolutions).nullable(),
    matched_resource_id: z.string().nullable(),
    target_overrides: Overrides.nullable(),
    note: z.string().nullable(),
    resolved: Resolved.nullable(),
    stale_reason: z.string().nullable(),
    carried_from: z.string().nullable(),
    history: z.array(
      z.strictObject({
        resolution: z.enum(resolutions),
        matched_resource_id: z.string().nullable(),
        target_overrides: Overrides.nullable(),
        allow_shared: z.boolean(),
        note: z.string().nullable(),
        resolved: Resolved,
        stale_reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'MergeDecision' });

const viewMatched = (resource: MatchedResource) => ({
  resource_type: resource.resource_type,
  resource_id: resource.resource_id,
  name: resource.name,
  match_keys: resource.match_keys,
  differences: resource.differences,
  group: resource.group && {
    member_count: resource.group.memberCount,
    mastered_by: resource.group.masteredBy,
    privileged: resource.group.privileged,
  },
});

export const viewDecision = (decision: MergeDecision) => ({
  id: decision.id,
  item: {
    id: decision.itemId,
    ordinal: Number(decision.ordinal),
    item_type: decision.itemType,
    external_id: decision.externalId,
    name: decision.name,
    vendor_kind: decision.vendorKind,
  },
  status: decision.status,
  matched_resources: decision.matchedResources.map(viewMatched),
  similar: decision.similar,
  resolution: decision.resolution,
  matched_resource_id: decision.matchedResourceId,
  target_overrides: decision.targetOverrides,
  note: decision.note,
  resolved: decision.resolved && { by: decision.resolved.by, at: time(decision.resolved.at) },
  stale_reason: decision.staleReason,
  carried_from: decision.carriedFrom,
  history: decision.history,
});
