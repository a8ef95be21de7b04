import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import {
  inTransaction as inPlainTransaction,
  type Database,
  type Transaction,
  violatedConstraint,
} from '../client.ts';

/**
 * The invariants that a race can break are constraints; whoever loses the race reads the same refusal as whoever
 * came later. Names stand in `schema.prisma` and `handwritten.sql`.
 */
const refusals: Readonly<Record<string, [ErrorCode, string]>> = {
  migration_workspaces_one_active_key: [
    'workspace_exists',
    'This tenant already has a workspace that is not archived.',
  ],
  migration_sources_name_key: [
    'source_name_taken',
    'A source of this workspace, archived ones included, already has this name.',
  ],
  migration_snapshots_one_collecting_key: [
    'collection_in_progress',
    'A collection of this source is running; wait for it or cancel it.',
  ],
  migration_assessments_one_assessing_key: [
    'assessment_in_progress',
    'An assessment of this snapshot is running; wait for it.',
  ],
  migration_cutover_plans_assessment_id_scope_key_key: [
    'run_in_progress',
    'A plan of this assessment is being built; wait for it.',
  ],
  migration_idempotency_keys_pkey: [
    'idempotency_key_in_use',
    'Another request with this Idempotency-Key was quicker; send it again to learn what that one made.',
  ],
  migration_cutover_executions_one_started_key: [
    'apply_in_progress',
    'An execution of this tenant is running; wait for it to end.',
  ],
};

/** `inTransaction`, with the loss of a race told as the refusal it is. */
export async function inTransaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await inPlainTransaction(database, work);
  } catch (error) {
    const constraint = violatedConstraint(error);
    const refusal = constraint === null ? undefined : refusals[constraint];
    if (refusal) throw new DomainError(refusal[0], refusal[1], { cause: error });
    throw error;
  }
}
