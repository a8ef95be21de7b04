import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SourceFailure, type SourceFailureKind } from '../../../../activities/sources/failure.ts';
import { failureOf, oktaMeaning, rateLimitReset } from '../../../../activities/sources/okta/errors.ts';
import type { ChainSeed } from '../../../../activities/sources/source.ts';
import type { Answer } from '../../../../activities/sources/transport.ts';
import type { RefusalMeaning } from '../../../../domain/collections/ledger.ts';

const answerOf = (status: number, body: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers: new Headers(headers),
  body: Buffer.from(body),
  fetchedAt: new Date(),
  elapsedMs: 1,
});

const errorOf = (status: number, code: string | null): SourceFailure => {
  const body = {
    errorCode: code ?? undefined,
    errorSummary: 'Token 00abcSecret was refused',
    errorId: 'oae1',
  };
  return failureOf(answerOf(status, JSON.stringify(body), { 'x-okta-request-id': 'r1' }), '/api/v1/apps');
};

const chain = (collection: string, context: Record<string, string> = {}): ChainSeed => ({
  collection,
  key: '',
  path: '/api/v1/x',
  context,
});
const listing = chain('groups');
const policyType = chain('policies', { type: 'ENTITY_RISK' });
const ofApplication = chain('application_groups', { application: '0oa1' });
const ofPolicy = chain('policy_rules', { policy: '00p1' });

describe("An error of Okta's", () => {
  /** https://developer.okta.com/docs/reference/error-codes/ and what recordings hold. */
  const kinds: [number, string | null, SourceFailureKind][] = [
    [401, 'E0000011', 'credentials'],
    [401, 'E0000004', 'credentials'],
    [401, null, 'credentials'],
    [401, 'E0000015', 'refused'],
    [403, 'E0000006', 'refused'],
    [403, 'E0000038', 'refused'],
    [403, null, 'refused'],
    [404, 'E0000007', 'refused'],
    [404, null, 'refused'],
    [405, 'E0000022', 'refused'],
    [410, null, 'refused'],
    [400, 'E0000001', 'refused'],
    [400, 'E0000003', 'refused'],
    [400, 'E0000019', 'refused'],
    [400, 'E0000024', 'refused'],
    [400, 'E0000031', 'refused'],
    [400, null, 'refused'],
    [400, 'E0000029', 'dead_cursor'],
    [408, null, 'unavailable'],
    [423, 'E0000239', 'unavailable'],
    [429, 'E0000047', 'rate_limited'],
    [429, null, 'rate_limited'],
    [500, 'E0000009', 'unavailable'],
    [501, 'E0000060', 'unavailable'],
    [502, null, 'unavailable'],
    [503, null, 'unavailable'],
    [504, null, 'unavailable'],
    [301, null, 'unusable'],
    [302, null, 'unusable'],
    [307, null, 'unusable'],
  ];
  for (const [status, code, kind] of kinds) {
    it(`${status} ${code ?? 'without a code'} is ${kind}`, () => {
      const failure = errorOf(status, code);
      assert.equal(failure.kind, kind);
      assert.equal(failure.detail.httpStatus, status);
      assert.equal(failure.detail.vendorCode, code ?? undefined);
      assert.equal(failure.detail.vendorRequestId, 'r1');
      assert.equal(failure.detail.endpoint, '/api/v1/apps');
    });
  }

  it("is told without the vendor's own words, which may quote what was sent", () => {
    for (const [status, code] of kinds) assert.doesNotMatch(errorOf(status, code).message, /00abcSecret/);
  });

  it('is understood by its status when the body is plain text, HTML, empty or odd JSON', () => {
    const bodies = ['Not Found', '<html></html>', '', 'null', '[]', '{"errorCode":5}', '{"errorCode":null}'];
    for (const body of bodies) {
      const failure = failureOf(answerOf(404, body), '/api/v1/apps');
      assert.equal(failure.kind, 'refused', body);
      assert.equal(failure.detail.vendorCode, undefined, body);
    }
  });
});

describe('A refusal means for the inventory', () => {
  const meanings: [number, string | null, ChainSeed, RefusalMeaning][] = [
    [401, 'E0000015', listing, 'not_licensed'],
    [401, 'E0000015', ofApplication, 'not_licensed'],
    [403, 'E0000006', listing, 'not_permitted'],
    [403, 'E0000006', policyType, 'not_permitted'],
    [403, 'E0000006', ofApplication, 'not_permitted'],
    [403, 'E0000038', listing, 'not_permitted'],
    [403, 'E0000038', policyType, 'not_licensed'],
    [403, null, listing, 'not_permitted'],
    [404, 'E0000007', ofApplication, 'gone'],
    [404, 'E0000007', ofPolicy, 'gone'],
    [404, null, ofApplication, 'gone'],
    [410, null, ofPolicy, 'gone'],
    [404, 'E0000007', listing, 'not_there'],
    [405, 'E0000022', listing, 'not_there'],
    [501, 'E0000060', listing, 'not_there'],
    [500, 'E0000009', listing, 'unreadable'],
    [503, null, ofApplication, 'unreadable'],
    [400, 'E0000001', policyType, 'not_there'],
    [400, 'E0000001', listing, 'unreadable'],
    [400, null, ofApplication, 'unreadable'],
  ];
  for (const [status, code, seed, meaning] of meanings) {
    it(`${status} ${code ?? 'without a code'} on ${seed.collection}: ${meaning}`, () => {
      assert.equal(oktaMeaning(errorOf(status, code), seed), meaning);
    });
  }

  it('an answer that cannot be used: unreadable', () => {
    const failure = new SourceFailure('unusable', 'Not JSON.', { endpoint: '/api/v1/apps', httpStatus: 404 });
    assert.equal(oktaMeaning(failure, ofApplication), 'unreadable');
  });
});

describe('The end of a rate limit', () => {
  const now = new Date('2025-03-04T10:00:00.000Z');
  const seconds = (date: string) => String(Date.parse(date) / 1000);
  const waitMs = (headers: Record<string, string>) =>
    rateLimitReset(answerOf(429, '', headers), now).getTime() - now.getTime();

  it("is the vendor's reset by the vendor's clock, and a second for what both headers cut off", () => {
    assert.equal(
      waitMs({
        date: 'Tue, 04 Mar 2025 10:00:00 GMT',
        'x-rate-limit-reset': seconds('2025-03-04T10:00:20Z'),
      }),
      21_000,
    );
  });

  it('does not depend on how wrong our own clock is', () => {
    assert.equal(
      waitMs({
        date: 'Tue, 04 Mar 2025 11:30:00 GMT',
        'x-rate-limit-reset': seconds('2025-03-04T11:30:20Z'),
      }),
      21_000,
    );
  });

  it('is reckoned from our clock when the vendor gives no date', () => {
    assert.equal(waitMs({ 'x-rate-limit-reset': seconds('2025-03-04T10:00:07Z') }), 8_000);
  });

  it('is a few seconds away when the headers are absent, past or beyond reason', () => {
    const date = 'Tue, 04 Mar 2025 10:00:00 GMT';
    for (const reset of [
      undefined,
      '',
      '0',
      'soon',
      '-5',
      seconds('2025-03-04T09:00:00Z'),
      '99999999999999',
    ]) {
      assert.equal(waitMs({ date, ...(reset !== undefined && { 'x-rate-limit-reset': reset }) }), 5_000);
    }
  });

  it('is never in the past and never more than a quarter of an hour away, whatever the headers hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme-ascii' }),
      fc.integer().map(String),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(text, text, (reset, date) => {
        const wait = waitMs({ 'x-rate-limit-reset': reset.trim(), date: date.trim() });
        assert.ok(wait > 0 && wait <= 15 * 60_000, String(wait));
      }),
    );
  });
});
