import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraPolicy } from './entra.ts';

/** A rule of a policy. Conditions and actions stay the vendor's own words; rules judge them member by member. */
export const PolicyRule = z.strictObject({
  external_id: z.string(),
  name: z.string(),
  active: z.boolean(),
  system: z.boolean(),
  priority: z.number().nullable(),
  conditions: z.record(z.string(), z.unknown()),
  actions: z.record(z.string(), z.unknown()),
  /** Pointers into the rule's raw payload to members of the wrong shape, as in `commonShape`. */
  unparsable: z.array(z.string()),
});
export type PolicyRule = z.infer<typeof PolicyRule>;

export const PolicyForm = z.strictObject({
  ...commonShape,
  active: z.boolean(),
  system: z.boolean(),
  /** What kind of resource an access policy guards (`APP`, `END_USER_ACCOUNT_MANAGEMENT`); null where it is not said. */
  resource_type: z.string().nullable(),
  priority: z.number().nullable(),
  description: z.string().nullable(),
  conditions: z.record(z.string(), z.unknown()),
  settings: z.record(z.string(), z.unknown()),
  /** In the order in which the incumbent evaluates them; null when they were not read. */
  rules: z.array(PolicyRule).nullable(),
  /** Null for another vendor's policy. */
  entra: EntraPolicy.nullable(),
});
export type PolicyForm = z.infer<typeof PolicyForm>;
