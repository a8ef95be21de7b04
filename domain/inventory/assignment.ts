import { z } from 'zod';
import { commonShape } from './common.ts';

/** Who may use an application: a group, one person directly, or another application. */
export const AssignmentForm = z.strictObject({
  ...commonShape,
  principal_type: z.enum(['group', 'user', 'service_principal', 'unknown']),
  application: z.string(),
  principal: z.string(),
  priority: z.number().nullable(),
  /** Names of the attributes that the assignment overrides for its members. */
  profile_overrides: z.array(z.string()),
  /** The vendor's status of a direct assignment (`ACTIVE`, `PROVISIONED`, `DEPROVISIONED`, …). */
  assignment_status: z.string().nullable(),
  user_name: z.string().nullable(),
  /** What the incumbent calls the principal; null where it does not say. */
  principal_name: z.string().nullable(),
  /** The application's role that is assigned; null for plain access. */
  role: z.string().nullable(),
});
export type AssignmentForm = z.infer<typeof AssignmentForm>;
