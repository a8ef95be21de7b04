import type { Preference } from './route.ts';

/** Reads RFC 7240's Prefer header: `respond-async` and `wait=N`; the longest wait is the service's own. */
export function readPreference(header: string | undefined, mostSeconds: number): Preference {
  const words = (header ?? '').split(/[,;]/).map((word) => word.trim().toLowerCase());
  const wait = words
    .map((word) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(word)?.[1])
    .find((value) => value !== undefined);
  return {
    respondAsync: words.includes('respond-async'),
    waitSeconds: Math.min(wait === undefined ? mostSeconds : Number(wait), mostSeconds),
  };
}
