import { z } from 'zod';
import type { RefusalMeaning } from '../../../domain/collections/ledger.ts';
import { SourceFailure, type SourceFailureDetail } from '../failure.ts';
import { retryAfterMs } from '../pace/entra.ts';
import type { ChainSeed } from '../source.ts';
import type { Answer } from '../transport.ts';

/** https://learn.microsoft.com/graph/errors; a gateway may answer with no JSON at all. */
const ErrorBody = z.object({ error: z.object({ code: z.string().max(100), message: z.string() }).partial() });

/** What an answer that is no page means. Never repeats the vendor's message: it may quote what was sent. */
export function failureOf(answer: Answer, endpoint: string, now = new Date()): SourceFailure {
  const { status, headers } = answer;
  const { code, message = '' } = readError(answer.body);
  const detail: SourceFailureDetail = {
    endpoint,
    httpStatus: status,
    vendorCode: code,
    vendorRequestId: headers.get('request-id') ?? undefined,
  };
  const said = `Microsoft Graph answered ${status}${code ? ` ${code}` : ''} on ${endpoint}.`;
  if (status === 429) {
    return new SourceFailure('rate_limited', said, { ...detail, retryAt: retryTime(answer, endpoint, now) });
  }
  if (status === 401) return new SourceFailure('credentials', `${said} The access token is refused.`, detail);
  if (isDeadCursor(status, code, message)) return new SourceFailure('dead_cursor', said, detail);
  if (status === 404) return new SourceFailure('absent', said, detail);
  if (status === 408 || status === 423 || status >= 500) {
    const retryAt = headers.has('retry-after') ? retryTime(answer, endpoint, now) : undefined;
    return new SourceFailure('unavailable', said, { ...detail, retryAt });
  }
  if (status >= 400) {
    const unlicensed = status === 403 && isAboutLicence(code, message);
    return new SourceFailure('refused', said, { ...detail, unlicensed });
  }
  const redirect = status >= 300 ? ' A redirect is not followed: the token would go along.' : '';
  return new SourceFailure('unusable', `${said}${redirect}`, detail);
}

function readError(body: Buffer): { code?: string | undefined; message?: string | undefined } {
  try {
    return ErrorBody.safeParse(JSON.parse(body.toString('utf8'))).data?.error ?? {};
  } catch {
    return {};
  }
}

/** Graph has a code for an old cursor, and says of one that it does not know that the query is not supported. */
function isDeadCursor(status: number, code: string | undefined, message: string): boolean {
  if (status !== 400) return false;
  return code === 'Directory_ExpiredPageToken' || /(?:page|skip) ?token/i.test(message);
}

/** A feature of a licence that the tenant has not is refused like a missing permission; the text tells them apart. */
const isAboutLicence = (code: string | undefined, message: string): boolean =>
  code === 'Authentication_RequestFromNonPremiumTenantOrB2CTenant' || /licen[cs]e/i.test(message);

/** Milliseconds to wait where Graph does not say: it counts the directory by ten seconds, conditional access by one. */
const usualWaitMs = 10_000;
const conditionalAccessWaitMs = 1_100;

/**
 * When to ask again. `Retry-After` is usual, but conditional access never says it; a date in the past is as good as
 * none. https://learn.microsoft.com/graph/throttling
 */
export function retryTime({ headers }: Pick<Answer, 'headers'>, endpoint: string, now: Date): Date {
  const said = retryAfterMs(headers.get('retry-after'), now);
  const usual = endpoint.includes('/conditionalAccess/') ? conditionalAccessWaitMs : usualWaitMs;
  return new Date(now.getTime() + (said === null || said === 0 ? usual : said));
}

/**
 * What a refusal means for the inventory. An object that is not found below one that was just listed was deleted
 * meanwhile; a domain without a federation configuration went back to Entra's own sign-in.
 */
export function entraMeaning(failure: SourceFailure, chain: ChainSeed): RefusalMeaning {
  const { httpStatus, unlicensed } = failure.detail;
  if (failure.kind === 'unusable') return 'unreadable';
  if (unlicensed) return 'not_licensed';
  if (httpStatus === 404 || httpStatus === 410) return chain.key === '' ? 'not_there' : 'gone';
  if (httpStatus === 405 || httpStatus === 501) return 'not_there';
  return httpStatus === 403 ? 'not_permitted' : 'unreadable';
}
