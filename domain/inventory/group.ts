import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraGroup } from './entra.ts';

/** Where a group's members come from. */
export const groupKinds = ['assigned', 'dynamic', 'mastered_elsewhere', 'built_in', 'unknown'] as const;
export type GroupKind = (typeof groupKinds)[number];

export const GroupForm = z.strictObject({
  ...commonShape,
  kind: z.enum(groupKinds),
  description: z.string().nullable(),
  /** Names of profile attributes beyond name and description. */
  custom_attributes: z.array(z.string()),
  object_classes: z.array(z.string()),
  last_membership_updated: z.string().nullable(),
  /** Whether the incumbent gave it an administrator role; null when that was not read. */
  has_admin_role: z.boolean().nullable(),
  /** Numbers that change by themselves; null when they were not read. */
  statistics: z
    .strictObject({ members: z.number().nullable(), applications: z.number().nullable() })
    .nullable(),
  /** Null for another vendor's group. */
  entra: EntraGroup.nullable(),
});
export type GroupForm = z.infer<typeof GroupForm>;
