import { orgOf } from '../../../domain/pace/budgets.ts';
import { entraPace } from '../../../domain/pace/entra.ts';
import type { EntraConfig } from '../../../domain/source.ts';
import type { Answer } from '../transport.ts';
import type { Reading } from './bucket.ts';
import type { PacedOrg } from './pacer.ts';

/** A directory at Microsoft Graph: every source of it shares its limits. */
export const entraOrg = (config: EntraConfig): PacedOrg => ({
  host: orgOf(config),
  pace: entraPace,
  read: readGraphHeaders,
});

/** A 429 of conditional access never says when to try again. */
const unannouncedWaitMs = 2_000;
/** How much of a ten-second window is waited out when Graph says that the limit is nearly reached. */
const easeMs = 5_000;

/**
 * What Microsoft Graph says of its limits: what the request cost, a warning from four fifths of the limit on, and how
 * long to stay away. https://learn.microsoft.com/graph/throttling
 */
export function readGraphHeaders(answer: Answer, now = new Date()): Reading {
  const { headers, status } = answer;
  const number = (name: string) => {
    const text = headers.get(name);
    return text === null ? Number.NaN : Number(text);
  };
  const cost = number('x-ms-resource-unit');
  const units: Reading = Number.isInteger(cost) && cost > 0 ? { units: cost } : {};
  const forMs = retryAfterMs(headers.get('retry-after'), now);
  if (status === 429 || (status === 503 && forMs !== null)) {
    return { ...units, refused: { by: 'budget', forMs: forMs ?? unannouncedWaitMs } };
  }
  // From 1.0 on requests for directory objects may be refused at any moment. One a second is always all there is.
  if (units.units !== undefined && number('x-ms-throttle-limit-percentage') >= 1) {
    return { ...units, refused: { by: 'budget', forMs: easeMs } };
  }
  return units;
}

/** Retry-After: seconds or a date (RFC 9110); one that has passed means now. */
export function retryAfterMs(text: string | null, now: Date): number | null {
  if (text === null) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), 60 * 60_000);
}
