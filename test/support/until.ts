import { setTimeout as pause } from 'node:timers/promises';

/** Waits until `probe` gives something other than null, undefined or false, and returns that. */
export async function until<Found>(
  what: string,
  probe: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  limitMs = 15_000,
): Promise<Found> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not after ${limitMs / 1000} s: ${what}`);
    await pause(25);
  }
}
