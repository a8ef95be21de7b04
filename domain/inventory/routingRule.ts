import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraRouting } from './entra.ts';

/** Which provider signs somebody in, by what is known before they do. */
export const RoutingRuleForm = z.strictObject({
  ...commonShape,
  active: z.boolean(),
  system: z.boolean(),
  priority: z.number().nullable(),
  identifier_type: z.string().nullable(),
  identifier_attribute: z.string().nullable(),
  patterns: z.array(z.strictObject({ match_type: z.string().nullable(), value: z.string().nullable() })),
  selection: z.string().nullable(),
  providers: z.array(z.strictObject({ type: z.string().nullable(), external_id: z.string().nullable() })),
  /** Conditions beyond the identifier that the rule has: application, network, platform, people, risk, … */
  other_conditions: z.array(z.string()),
  /** Null for another vendor's rule. */
  entra: EntraRouting.nullable(),
});
export type RoutingRuleForm = z.infer<typeof RoutingRuleForm>;
