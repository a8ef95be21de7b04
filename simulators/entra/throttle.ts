import { createRateLimits, type RateLimit, type RateState } from '../rate-limits.ts';
import type { AnswerHeaders } from '../answer.ts';
import type { Service } from './endpoints.ts';

/**
 * What Microsoft lets an application ask of a tenant of 50 to 500 people.
 * Source: https://learn.microsoft.com/graph/throttling-limits
 */
const LIMITS = {
  /** In resource units. */
  directory: { bucket: 'directory', limit: 5000, windowMs: 10_000 },
  /** For all applications together. Its 429 does not say when to try again. */
  conditionalAccess: { bucket: 'conditionalAccess', limit: 1, windowMs: 1000 },
  identityProviders: { bucket: 'identityProviders', limit: 200, windowMs: 60_000 },
  /** Source: https://learn.microsoft.com/graph/api/application-list#optional-query-parameters */
  keyCredentials: { bucket: 'keyCredentials', limit: 150, windowMs: 60_000 },
} as const satisfies Record<string, RateLimit>;

/** From this share of the limit on, answers say how much is used. */
const TELLING_SHARE = 0.8;
const LARGEST_SHARE = 1.8;

export interface ThrottleSettings {
  /** Resource units per ten seconds; left out: what Microsoft documents. */
  rateLimit: number | undefined;
  /** Every limit times this. */
  limitScale: number;
  /** Whom the limits are for, as `x-ms-throttle-scope` names them. */
  scope: string;
  now: () => number;
}

/** What a request costs and of whom. */
export interface Charge {
  service: Service;
  cost: number;
  selectsKeys: boolean;
}

/** The headers that a charge puts on the answer, and whether the answer must be a 429. */
export interface Throttled {
  headers: AnswerHeaders;
  exceeded: boolean;
}

/** Makes the function that counts a request against the limits it falls under. */
export function createThrottle({
  rateLimit,
  limitScale,
  scope,
  now,
}: ThrottleSettings): (charge: Charge) => Throttled {
  const count = createRateLimits(now);
  const spend = (limit: RateLimit, cost?: number): RateState =>
    count({ ...limit, limit: limit.limit * limitScale }, cost);
  return ({ service, cost, selectsKeys }) => {
    const counted = service === 'directory' ? cost : 1;
    const own = service === 'directory' && rateLimit !== undefined ? { limit: rateLimit } : {};
    const states = [spend({ ...LIMITS[service], ...own }, counted)];
    if (selectsKeys) states.push(spend(LIMITS.keyCredentials));
    const headers: AnswerHeaders = {
      'x-ms-resource-unit': service === 'directory' ? String(cost) : undefined,
      'x-ms-throttle-limit-percentage': percentage(states),
    };
    const over = states.filter(({ exceeded }) => exceeded);
    if (over.length === 0) return { headers, exceeded: false };
    const silent = service === 'conditionalAccess';
    const waits = over.map(({ ends }) => Math.max(1, Math.ceil((ends - now()) / 1000)));
    return {
      exceeded: true,
      headers: {
        ...headers,
        'retry-after': silent ? undefined : String(Math.max(...waits)),
        'x-ms-throttle-scope': scope,
        'x-ms-throttle-information': 'ResourceUnitLimitExceeded',
      },
    };
  };
}

function percentage(states: readonly RateState[]): string | undefined {
  const share = Math.max(...states.map(({ used, limit }) => used / limit));
  return share < TELLING_SHARE ? undefined : String(Math.min(LARGEST_SHARE, Math.round(share * 100) / 100));
}

/** Resource units of a request. Source: https://learn.microsoft.com/graph/throttling-limits#pattern */
export function resourceUnits(base: number, query: URLSearchParams): number {
  const top = query.get('$top');
  const select = query.has('$select') ? 1 : 0;
  const expand = query.has('$expand') ? 1 : 0;
  const small = top !== null && Number(top) < 20 ? 1 : 0;
  return Math.max(1, base - select + expand - small);
}
