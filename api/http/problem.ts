import { STATUS_CODES } from 'node:http';
import type { Response } from 'express';
import { z } from 'zod';
import { DomainError, type ErrorCode } from '../../domain/errors.ts';
import { escapePointer } from '../../domain/jsonPointer.ts';

/** The HTTP status of every code; complete by type, so that a new code cannot be forgotten. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid_json: 400,
  payload_too_large: 413,
  unsupported_media_type: 415,
  validation_failed: 422,
  unknown_reference: 422,
  cursor_invalid: 422,
  incompatible_match: 422,
  match_already_bound: 422,
  secret_recipient_required: 422,
  idempotency_key_reused: 422,
  not_found: 404,
  method_not_allowed: 405,
  precondition_required: 428,
  precondition_failed: 412,
  token_required: 401,
  token_invalid: 401,
  tenant_context_required: 403,
  membership_context_required: 403,
  tenant_kind_required: 403,
  tenant_scope_denied: 403,
  permission_required: 403,
  workspace_exists: 409,
  workspace_archived: 409,
  source_archived: 409,
  source_name_taken: 409,
  run_in_progress: 409,
  idempotency_key_in_use: 409,
  collection_in_progress: 409,
  assessment_in_progress: 409,
  snapshot_not_completed: 409,
  assessment_not_completed: 409,
  handoff_not_ready: 409,
  merge_not_applicable: 409,
  decision_applied: 409,
  plan_not_built: 409,
  plan_outdated: 409,
  plan_already_applied: 409,
  plan_not_applied: 409,
  retry_or_rebuild: 409,
  preview_stale: 409,
  apply_in_progress: 409,
  step_not_retryable: 409,
  retry_stale: 409,
  run_stopped: 409,
  run_ended: 409,
  target_collision: 409,
  secret_not_available: 409,
  secret_not_rotatable: 409,
  source_rejected: 502,
  source_unusable: 502,
  assessment_failed: 500,
  refresh_failed: 500,
  plan_failed: 500,
  steps_failed: 500,
  not_started: 503,
  temporal_unavailable: 503,
  database_unavailable: 503,
  issuer_unavailable: 503,
  internal_error: 500,
  not_authorised: 500,
  collection_superseded: 500,
  execution_superseded: 500,
  previous_run_unsettled: 500,
  plan_check_failed: 500,
};

/** RFC 9457, with a stable `code`, `errors` for validation, and the members that a code names. */
export const ProblemDocument = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    errors: z.array(z.strictObject({ pointer: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** Seconds after which a refusal that passes by itself is worth another try. */
const retryAfterSeconds = 5;

/** Answers with a problem document. Nothing but the error's own code, sentence and members is told. */
export function sendProblem(response: Response, error: DomainError): void {
  const status = statusOf[error.code];
  if (status === 503 || status === 429) response.setHeader('Retry-After', String(retryAfterSeconds));
  if (status === 401) response.setHeader('WWW-Authenticate', challengeOf(error.code));
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:identity-migration:error:${error.code}`,
        title: STATUS_CODES[status] ?? 'Error',
        status,
        detail: error.message,
        instance: `urn:uuid:${String(response.getHeader('X-Request-Id'))}`,
        code: error.code,
        ...(error.errors.length > 0 && { errors: error.errors }),
        ...error.members,
      }),
    );
}

const challengeOf = (code: ErrorCode): string =>
  code === 'token_required'
    ? 'Bearer realm="identity-migration"'
    : 'Bearer realm="identity-migration", error="invalid_token"';

/** Zod's issues as pointers into the body or, with `base`, the query. */
export function validationError(error: z.ZodError, base = ''): DomainError {
  const errors = error.issues.flatMap((issue) => {
    const pointer = `${base}${issue.path.map((part) => `/${escapePointer(String(part))}`).join('')}`;
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          pointer: `${pointer}/${escapePointer(key)}`,
          message: 'There is no such member.',
        }))
      : [{ pointer, message: issue.message }];
  });
  return new DomainError('validation_failed', 'The request has members that are missing, wrong or unknown.', {
    errors,
  });
}
