const WINDOW_MS = 60_000;

/** The state of one bucket after a request was counted. */
export interface RateState {
  limit: number;
  remaining: number;
  /** When the window ends, in seconds since the epoch. */
  reset: number;
  exceeded: boolean;
}

/**
 * Counts requests per bucket in windows of a minute, as Okta does for each URL pattern.
 * Source: https://developer.okta.com/docs/reference/rl-best-practices/
 */
export function createRateLimits(now: () => number): (bucket: string, limit: number) => RateState {
  const windows = new Map<string, { ends: number; used: number }>();
  return (bucket, limit) => {
    let window = windows.get(bucket);
    if (window === undefined || now() >= window.ends) {
      window = { ends: now() + WINDOW_MS, used: 0 };
      windows.set(bucket, window);
    }
    window.used += 1;
    return {
      limit,
      remaining: Math.max(0, limit - window.used),
      // Rounded up: a client that waits until this second must find the new window open.
      reset: Math.ceil(window.ends / 1000),
      exceeded: window.used > limit,
    };
  };
}
