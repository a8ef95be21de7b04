import type { OktaConfig } from '../../../domain/source.ts';
import { orgOf } from '../../../domain/pace/budgets.ts';
import { oktaPace } from '../../../domain/pace/okta.ts';
import { rateLimitReset } from '../okta/errors.ts';
import type { Answer } from '../transport.ts';
import type { Reading } from './bucket.ts';
import type { PacedOrg } from './pacer.ts';

/** An Okta org: every source of its host shares its limits. */
export const oktaOrg = (config: OktaConfig): PacedOrg => ({
  host: orgOf(config),
  pace: oktaPace,
  read: readOktaHeaders,
});

/**
 * What Okta says of its limits. A 429 with requests left, or with no usable limit, was for too many at once: then the
 * headers speak of that, and their reset is only a guess.
 * https://developer.okta.com/docs/reference/rl-best-practices/
 */
export function readOktaHeaders(answer: Answer, now = new Date()): Reading {
  const { headers, status } = answer;
  const number = (name: string) => Number(headers.get(name) ?? Number.NaN);
  const units = number('x-rate-limit-limit');
  const remaining = number('x-rate-limit-remaining');
  const told = units > 0 && remaining >= 0;
  const reset = number('x-rate-limit-reset') * 1000;
  const date = Date.parse(headers.get('date') ?? '');
  const resetsInMs = reset - (Number.isNaN(date) ? now.getTime() : date);
  const usable = told && resetsInMs > 0 && resetsInMs <= 15 * 60_000;
  const state = usable ? { state: { units, remaining, resetsInMs } } : {};
  if (status !== 429) return state;
  const forMs = rateLimitReset(answer, now).getTime() - now.getTime();
  const byBudget = told && remaining === 0;
  return byBudget
    ? { ...state, refused: { by: 'budget', forMs } }
    : { refused: { by: 'simultaneous', forMs } };
}
