import type { FaultVendor, Refusal } from '../faults.ts';
import type { AnswerHeaders, InjectedAnswer } from '../answer.ts';
import { codeOfStatus, graphError, isGraphErrorCode, requestIds } from './errors.ts';
import { isLoginPath, loginError } from './login.ts';

/** Seconds that Graph usually asks to wait. */
const USUAL_WAIT = 10;

/** How Microsoft Graph and the login host refuse what a fault says they should refuse. */
export const ENTRA_FAULTS: FaultVendor = {
  cursor: '$skiptoken',
  onlyWhenGood: { 'odata-version': undefined },
  deadCursor: ({ time }) => graphRefusal({ status: 400, code: 'Directory_ExpiredPageToken' }, time.getTime()),
  refuse({ path, time }, refusal) {
    const answer = isLoginPath(path)
      ? loginRefusal(refusal, time.getTime())
      : graphRefusal(refusal, time.getTime());
    const silent = refusal.unannounced || path.startsWith('/v1.0/identity/conditionalAccess/');
    return { ...answer, headers: { ...answer.headers, ...waiting(refusal, silent) } };
  },
};

/** Conditional access does not say when to try again, unless a fault insists. */
function waiting({ status, retryAfter }: Refusal, silent: boolean): AnswerHeaders {
  if (status !== 429 && status !== 503) return {};
  const seconds = retryAfter ?? (silent ? undefined : USUAL_WAIT);
  return { 'retry-after': seconds === undefined ? undefined : String(seconds) };
}

function graphRefusal({ status, code }: Pick<Refusal, 'status' | 'code'>, time: number): InjectedAnswer {
  const known = code !== undefined && isGraphErrorCode(code) ? code : codeOfStatus(status);
  const ids = requestIds();
  const { body } = graphError(known, { time, ids });
  if (code !== undefined) body.error.code = code;
  const headers = {
    'content-type': 'application/json',
    'request-id': ids.requestId,
    'client-request-id': ids.clientRequestId,
  };
  return { status, body, headers };
}

/** Errors of the login host by status: what a client should do about each differs. */
const LOGIN_ERRORS: Readonly<Record<number, { error: string; code: number; message: string }>> = {
  400: { error: 'invalid_request', code: 900144, message: 'The request body is not what it should be.' },
  401: { error: 'invalid_client', code: 7000215, message: 'Invalid client secret provided.' },
};

function loginRefusal({ status, code }: Refusal, time: number): InjectedAnswer {
  const usual = LOGIN_ERRORS[status] ?? {
    error: 'temporarily_unavailable',
    code: 90033,
    message: 'A transient error has occurred. Please try again.',
  };
  return { status, body: loginError({ ...usual, ...(code === undefined ? {} : { error: code }) }, time) };
}
