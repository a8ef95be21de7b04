import type { FaultVendor } from '../faults.ts';
import { ERROR_CODES, oktaError, type OktaErrorCode } from './errors.ts';

/** Seconds that Okta's own limits take at most to open again. */
const WINDOW_SECONDS = 60;

/** The code of a status, the most telling one where there are several. */
const BY_STATUS: Readonly<Record<number, OktaErrorCode>> = {
  400: 'E0000001',
  401: 'E0000011',
  403: 'E0000006',
  404: 'E0000007',
  405: 'E0000022',
  423: 'E0000239',
  429: 'E0000047',
  501: 'E0000060',
};

/** How Okta refuses what a fault says it should refuse. */
export const OKTA_FAULTS: FaultVendor = {
  cursor: 'after',
  onlyWhenGood: { link: undefined },
  deadCursor: () => oktaError('E0000029', undefined, ['Invalid cursor.']),
  refuse({ time }, { status, code, retryAfter, unannounced }) {
    const known = ERROR_CODES.find((candidate) => candidate === code) ?? BY_STATUS[status] ?? 'E0000009';
    const { body } = oktaError(known);
    const answer = {
      status,
      body: code === undefined ? body : { ...body, errorCode: code, errorLink: code },
    };
    if (unannounced) return { ...answer, headers: UNANNOUNCED };
    if (status !== 429 && retryAfter === undefined) return answer;
    const reset = Math.ceil(time.getTime() / 1000) + (retryAfter ?? WINDOW_SECONDS);
    return { ...answer, headers: { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': String(reset) } };
  },
};

const UNANNOUNCED = {
  'x-rate-limit-limit': undefined,
  'x-rate-limit-remaining': undefined,
  'x-rate-limit-reset': undefined,
};
