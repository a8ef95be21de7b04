/**
 * Everything the product refuses or fails at, by a stable code. The API maps each code to one HTTP status
 * (`api/problem.ts`, complete by type); workflows and activities carry it as the type of an ApplicationFailure.
 */
export const errorCodes = [
  // what a caller did
  'invalid_json',
  'payload_too_large',
  'unsupported_media_type',
  'validation_failed',
  'unknown_reference',
  'cursor_invalid',
  'incompatible_match',
  'match_already_bound',
  'secret_recipient_required',
  'idempotency_key_reused',
  'not_found',
  'method_not_allowed',
  'precondition_required',
  'precondition_failed',
  // who the caller is
  'token_required',
  'token_invalid',
  'tenant_context_required',
  'membership_context_required',
  'tenant_kind_required',
  'tenant_scope_denied',
  'permission_required',
  // what state forbids
  'workspace_exists',
  'workspace_archived',
  'source_archived',
  'source_name_taken',
  'run_in_progress',
  'idempotency_key_in_use',
  'collection_in_progress',
  'assessment_in_progress',
  'snapshot_not_completed',
  'assessment_not_completed',
  'handoff_not_ready',
  'merge_not_applicable',
  'decision_applied',
  'plan_not_built',
  'plan_outdated',
  'plan_already_applied',
  'plan_not_applied',
  'retry_or_rebuild',
  'preview_stale',
  'apply_in_progress',
  'step_not_retryable',
  'retry_stale',
  'run_stopped',
  'run_ended',
  'target_collision',
  'secret_not_available',
  'secret_not_rotatable',
  // what failed
  'source_rejected',
  'source_unusable',
  'assessment_failed',
  'refresh_failed',
  'plan_failed',
  'steps_failed',
  'not_started',
  'temporal_unavailable',
  'database_unavailable',
  'issuer_unavailable',
  'internal_error',
  // what a run is told, never an API client
  'not_authorised',
  'collection_superseded',
  'execution_superseded',
  'previous_run_unsettled',
  'plan_check_failed',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One thing wrong with a request's body or query: where (JSON pointer, RFC 6901) and what to do about it. */
export interface FieldError {
  pointer: string;
  message: string;
}

/**
 * A refusal or failure with a stable code and a sentence a person can act on. `members` are the code's own
 * additions to the problem document (for example the `blockers` of `handoff_not_ready`); neither they nor the
 * message ever hold a secret, SQL or an upstream body.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly errors: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    more: { members?: Record<string, unknown>; errors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'DomainError';
    this.code = code;
    this.members = more.members ?? {};
    this.errors = more.errors ?? [];
  }
}

/** Fails to compile when a switch misses a case of a closed set, and throws should one arrive all the same. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value: ${String(value)}`);
}
