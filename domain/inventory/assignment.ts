import { z } from 'zod';
import { commonShape } from './common.ts';

/** Who may use an application: a group, or one person directly. */
export const AssignmentForm = z.strictObject({
  ...commonShape,
  principal_type: z.enum(['group', 'user']),
  application: z.string(),
  principal: z.string(),
  priority: z.number().nullable(),
  /** Names of the attributes that the assignment overrides for its members. */
  profile_overrides: z.array(z.string()),
  /** The vendor's status of a direct assignment (`ACTIVE`, `PROVISIONED`, `DEPROVISIONED`, …). */
  assignment_status: z.string().nullable(),
  user_name: z.string().nullable(),
});
export type AssignmentForm = z.infer<typeof AssignmentForm>;
