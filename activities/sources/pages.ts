import { SourceFailure } from './failure.ts';
import { AnswerTooLarge, type Answer, TransportViolation } from './transport.ts';

/** A path without its query, which may hold a cursor: what failures and the ledger call an endpoint. */
export const endpointOf = (path: string): string => path.replace(/[?#].*$/s, '');

/** Throws SourceFailure `unusable` unless the answer is a 200 with JSON in it. */
export function requireJsonPage(
  answer: Answer,
  endpoint: string,
  vendor: string,
  requestId: string | null,
): void {
  const detail = { endpoint, httpStatus: answer.status, vendorRequestId: requestId ?? undefined };
  if (answer.status !== 200) {
    throw new SourceFailure('unusable', `${vendor} answered ${answer.status} where a page was due.`, detail);
  }
  const type = answer.headers.get('content-type') ?? '';
  if (/^application\/(?:[\w.+-]*\+)?json\b/i.test(type)) return;
  const said = `${vendor} answered ${type || 'no content type'} where JSON was due.`;
  throw new SourceFailure('unusable', said, detail);
}

/**
 * What a request that brought no answer means; an SDK may have wrapped what the transport threw. Something that must
 * never be asked or taken is final, anything else may pass.
 */
export function failureOfRequest(error: unknown, endpoint: string, vendor: string): SourceFailure {
  const thrown = causesOf(error);
  const known = thrown.find((each) => each instanceof SourceFailure);
  if (known instanceof SourceFailure) return known;
  const final = thrown.find((each) => each instanceof TransportViolation || each instanceof AnswerTooLarge);
  if (final) return new SourceFailure('unusable', final.message, { endpoint, cause: error });
  const said = `${vendor} could not be reached: ${reasonOf(error)}.`;
  return new SourceFailure('unavailable', said, { endpoint, cause: error });
}

function causesOf(error: unknown): Error[] {
  const found: Error[] = [];
  for (let each = error; each instanceof Error && found.length < 8; each = each.cause) found.push(each);
  return found;
}

/** undici says "fetch failed" and puts the reason into the cause. */
function reasonOf(error: unknown): string {
  const cause = causesOf(error).at(-1);
  if (!cause) return String(error);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
