import { z } from 'zod';
import type { RefusalMeaning } from '../../../domain/collections/ledger.ts';
import { SourceFailure, type SourceFailureDetail } from '../failure.ts';
import type { ChainSeed } from '../source.ts';
import type { Answer } from '../transport.ts';

/** https://developer.okta.com/docs/reference/error-codes/; some answers have no code, or are no JSON at all. */
const ErrorBody = z.object({ errorCode: z.string().max(40), errorSummary: z.string() }).partial();

/** What an answer that is no page means. Never repeats the vendor's summary: it may quote what was sent. */
export function failureOf(answer: Answer, endpoint: string): SourceFailure {
  const { errorCode } = readError(answer.body);
  const detail: SourceFailureDetail = {
    endpoint,
    httpStatus: answer.status,
    vendorCode: errorCode,
    vendorRequestId: answer.headers.get('x-okta-request-id') ?? undefined,
  };
  const said = `Okta answered ${answer.status}${errorCode ? ` ${errorCode}` : ''} on ${endpoint}.`;
  if (answer.status === 429) {
    return new SourceFailure('rate_limited', said, { ...detail, retryAt: rateLimitReset(answer) });
  }
  // Some 401s mean that the org lacks the feature, not that the token is bad.
  if (answer.status === 401 && errorCode !== 'E0000015') {
    return new SourceFailure('credentials', `${said} The API token is wrong, expired or revoked.`, detail);
  }
  if (answer.status === 400 && errorCode === 'E0000029')
    return new SourceFailure('dead_cursor', said, detail);
  if (answer.status === 408 || answer.status === 423 || answer.status >= 500) {
    return new SourceFailure('unavailable', said, detail);
  }
  if (answer.status >= 400) return new SourceFailure('refused', said, detail);
  if (answer.status >= 300) {
    return new SourceFailure(
      'unusable',
      `${said} A redirect is not followed: the token would go along.`,
      detail,
    );
  }
  return new SourceFailure('unusable', said, detail);
}

function readError(body: Buffer): z.infer<typeof ErrorBody> {
  try {
    return ErrorBody.safeParse(JSON.parse(body.toString('utf8'))).data ?? {};
  } catch {
    return {};
  }
}

/**
 * When the limit that was hit is lifted. Okta gives the reset as epoch seconds of its own clock, so the wait is the
 * distance to its Date header; a second is added for what both headers cut off. Without usable headers (a
 * concurrency limit, whose reset cannot be trusted) the wait is a few seconds.
 */
export function rateLimitReset(answer: Answer, now = new Date()): Date {
  const reset = Number(answer.headers.get('x-rate-limit-reset') ?? Number.NaN);
  const date = Date.parse(answer.headers.get('date') ?? '');
  const theirs = Number.isNaN(date) ? now.getTime() : date;
  const waitMs = reset * 1000 - theirs + 1000;
  const usable = Number.isFinite(waitMs) && waitMs > 0 && waitMs <= 15 * 60_000;
  return new Date(now.getTime() + (usable ? waitMs : 5_000));
}

/**
 * What a refusal means for the inventory. Some 401s say that the org has not got a feature, some 404s and 405s that
 * this kind of org has no such thing; a 404 on a listing that belongs to an application or a policy says that it was
 * deleted meanwhile; and a policy type that the org does not know is refused with almost anything but a missing
 * permission. https://developer.okta.com/docs/reference/error-codes/
 */
export function oktaMeaning(failure: SourceFailure, chain: ChainSeed): RefusalMeaning {
  const { httpStatus, vendorCode } = failure.detail;
  if (failure.kind === 'unusable') return 'unreadable';
  if (vendorCode === 'E0000015') return 'not_licensed';
  if (httpStatus === 405 || httpStatus === 501) return 'not_there';
  const belongsToAnother = ['application', 'policy', 'server'].some((parent) => parent in chain.context);
  if (httpStatus === 404 || httpStatus === 410) return belongsToAnother ? 'gone' : 'not_there';
  if (chain.collection === 'policies') {
    // The state of the org forbids policies of this type: it is of another pipeline, or the feature is off.
    if (vendorCode === 'E0000038') return 'not_licensed';
    if (httpStatus === 400) return 'not_there';
  }
  return httpStatus === 403 ? 'not_permitted' : 'unreadable';
}
