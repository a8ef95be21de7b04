/** The state of one bucket after a request was counted. */
export interface RateState {
  limit: number;
  used: number;
  /** When the window ends, in milliseconds since the epoch. */
  ends: number;
  exceeded: boolean;
}

/** A budget that is filled up again at the end of each window. */
export interface RateLimit {
  bucket: string;
  limit: number;
  windowMs: number;
}

/** Counts what is spent of budgets, in windows that begin with the first request in them. */
export function createRateLimits(now: () => number): (budget: RateLimit, cost?: number) => RateState {
  const windows = new Map<string, { ends: number; used: number }>();
  return ({ bucket, limit, windowMs }, cost = 1) => {
    let window = windows.get(bucket);
    if (window === undefined || now() >= window.ends) {
      window = { ends: now() + windowMs, used: 0 };
      windows.set(bucket, window);
    }
    window.used += cost;
    return { limit, used: window.used, ends: window.ends, exceeded: window.used > limit };
  };
}
