import assert from 'node:assert/strict';
import type { Reading } from '../../../../activities/sources/pace/bucket.ts';
import { readGraphHeaders } from '../../../../activities/sources/pace/entra.ts';
import { readOktaHeaders } from '../../../../activities/sources/pace/okta.ts';
import type { Answer } from '../../../../activities/sources/transport.ts';

const now = new Date('2026-11-23T12:00:00Z');
const seconds = (offset: number) => String(now.getTime() / 1000 + offset);

const answer = (status: number, headers: Record<string, string>): Answer => ({
  status,
  headers: new Headers({ date: now.toUTCString(), ...headers }),
  body: Buffer.from(''),
  fetchedAt: now,
  elapsedMs: 1,
});

describe("Headers of Okta's answers", () => {
  const read = (status: number, headers: Record<string, string>): Reading =>
    readOktaHeaders(answer(status, headers), now);
  const limits = (limit: number, remaining: number, reset: number) => ({
    'x-rate-limit-limit': String(limit),
    'x-rate-limit-remaining': String(remaining),
    'x-rate-limit-reset': seconds(reset),
  });

  it('say how many requests there are, how many are left, and when there are new ones, by the clock of Okta', () => {
    const state = { units: 100, remaining: 40, resetsInMs: 30_000 };
    assert.deepEqual(read(200, limits(100, 40, 30)), { state });
    const later = { ...limits(100, 40, 90), date: new Date(now.getTime() + 60_000).toUTCString() };
    assert.deepEqual(read(200, later), { state });
  });

  it('say the same on a refusal that has nothing to do with limits', () => {
    const state = { units: 100, remaining: 40, resetsInMs: 30_000 };
    assert.deepEqual(read(403, limits(100, 40, 30)), { state });
  });

  it('with a 429 say how long to stay away', () => {
    const state = { units: 100, remaining: 0, resetsInMs: 30_000 };
    assert.deepEqual(read(429, limits(100, 0, 30)), { state, refused: { by: 'budget', forMs: 31_000 } });
  });

  it('speak of too many requests at once when a 429 leaves some, or gives no limit', () => {
    const simultaneous = { refused: { by: 'simultaneous', forMs: 31_000 } };
    assert.deepEqual(read(429, limits(75, 3, 30)), simultaneous);
    assert.deepEqual(read(429, limits(0, 0, 30)), simultaneous);
    assert.equal(read(429, {}).refused?.by, 'simultaneous');
  });

  it('that are absent, odd or of another day say nothing', () => {
    assert.deepEqual(read(200, {}), {});
    assert.deepEqual(read(200, { ...limits(100, 40, 30), 'x-rate-limit-limit': 'many' }), {});
    assert.deepEqual(read(200, limits(100, 40, -5)), {});
    assert.deepEqual(read(200, limits(100, 40, 24 * 3_600)), {});
  });
});

describe("Headers of Microsoft Graph's answers", () => {
  const read = (status: number, headers: Record<string, string>): Reading =>
    readGraphHeaders(answer(status, headers), now);

  it('say what a request cost', () => {
    assert.deepEqual(read(200, { 'x-ms-resource-unit': '3' }), { units: 3 });
    assert.deepEqual(read(200, {}), {});
    assert.deepEqual(read(200, { 'x-ms-resource-unit': 'x' }), {});
  });

  it('with a 429 say how long to stay away, in seconds or until a date', () => {
    const forMs = (text: string) => read(429, { 'retry-after': text }).refused?.forMs;
    assert.equal(forMs('17'), 17_000);
    assert.equal(forMs(new Date(now.getTime() + 9_000).toUTCString()), 9_000);
    assert.equal(forMs(new Date(now.getTime() - 9_000).toUTCString()), 0);
    assert.equal(forMs('soon'), 2_000);
  });

  it('of conditional access never do: then it is a little while', () => {
    assert.deepEqual(read(429, {}), { refused: { by: 'budget', forMs: 2_000 } });
  });

  it('are heeded on a 503 that says when to come again', () => {
    assert.equal(read(503, { 'retry-after': '5' }).refused?.forMs, 5_000);
    assert.deepEqual(read(503, {}), {});
  });

  it('warn of a limit that is reached before anything is refused', () => {
    const used = (share: string, cost: Record<string, string> = { 'x-ms-resource-unit': '1' }) =>
      read(200, { ...cost, 'x-ms-throttle-limit-percentage': share }).refused?.by;
    assert.equal(used('0.9'), undefined);
    assert.equal(used('1.2'), 'budget');
    // Of one request a second, one is all.
    assert.equal(used('1', {}), undefined);
  });
});
