import assert from 'node:assert/strict';
import { entraMeaning, failureOf } from '../../../../activities/sources/entra/errors.ts';
import type { SourceFailureKind } from '../../../../activities/sources/failure.ts';
import type { ChainSeed } from '../../../../activities/sources/source.ts';
import type { Answer } from '../../../../activities/sources/transport.ts';
import { refusalMeanings, type RefusalMeaning } from '../../../../domain/collections/ledger.ts';

const now = new Date('2026-11-23T10:00:00Z');
const endpoint = '/v1.0/groups';

function answer(status: number, code?: string, message = 'quotes what was sent', headers = {}): Answer {
  const body = code === undefined ? '<html>' : JSON.stringify({ error: { code, message } });
  return {
    status,
    headers: new Headers({ 'request-id': 'r-1', ...headers }),
    body: Buffer.from(body),
    fetchedAt: now,
    elapsedMs: 1,
  };
}

const root: ChainSeed = { collection: 'groups', key: '', path: endpoint, context: {} };
const child: ChainSeed = {
  collection: 'app_role_assignments',
  key: 'sp-1',
  path: '/v1.0/servicePrincipals/sp-1/appRoleAssignedTo',
  context: { service_principal: 'sp-1' },
};

describe('An answer of Graph that is no page', () => {
  const kinds: [number, string | undefined, SourceFailureKind, string?][] = [
    [401, 'InvalidAuthenticationToken', 'credentials'],
    [403, 'Authorization_RequestDenied', 'refused'],
    [404, 'Request_ResourceNotFound', 'absent'],
    [400, 'Directory_ExpiredPageToken', 'dead_cursor'],
    [400, 'Request_UnsupportedQuery', 'dead_cursor', 'Invalid page token.'],
    [400, 'Request_UnsupportedQuery', 'refused', 'Unsupported Query.'],
    [400, 'Request_BadRequest', 'refused'],
    [422, 'Request_UnprocessableEntity', 'refused'],
    [408, undefined, 'unavailable'],
    [423, undefined, 'unavailable'],
    [429, 'TooManyRequests', 'rate_limited'],
    [500, 'internalServerError', 'unavailable'],
    [502, undefined, 'unavailable'],
    [503, 'serviceNotAvailable', 'unavailable'],
    [504, undefined, 'unavailable'],
    [302, undefined, 'unusable'],
    [204, undefined, 'unusable'],
  ];
  for (const [status, code, kind, message] of kinds) {
    it(`with ${status} ${code ?? 'in HTML'}${message ? ` "${message}"` : ''} is ${kind}`, () => {
      const failure = failureOf(answer(status, code, message), endpoint, now);
      assert.equal(failure.kind, kind);
      assert.equal(failure.detail.httpStatus, status);
      assert.equal(failure.detail.vendorCode, code);
      assert.equal(failure.detail.vendorRequestId, 'r-1');
      assert.equal(failure.detail.endpoint, endpoint);
      assert.doesNotMatch(failure.message, /quotes|page token/i);
    });
  }

  it('of another shape has no code', () => {
    for (const body of ['', '[]', '{"error":"text"}', '{"error":{"code":7}}', '{"error":null}', 'null']) {
      const failure = failureOf({ ...answer(403), body: Buffer.from(body) }, endpoint, now);
      assert.equal(failure.kind, 'refused');
      assert.equal(failure.detail.vendorCode, undefined, body);
    }
  });
});

describe('The wait that Graph asks for', () => {
  const seconds = (headers: Record<string, string>, path = endpoint, status = 429) => {
    const { retryAt } = failureOf(answer(status, 'TooManyRequests', '', headers), path, now).detail;
    return retryAt && (retryAt.getTime() - now.getTime()) / 1000;
  };
  const conditionalAccess = '/v1.0/identity/conditionalAccess/policies';

  it('is told in seconds or as a date', () => {
    assert.equal(seconds({ 'retry-after': '17' }), 17);
    assert.equal(seconds({ 'retry-after': '600' }), 600);
    assert.equal(seconds({ 'retry-after': 'Mon, 23 Nov 2026 10:00:30 GMT' }), 30);
  });

  it('is the window of the limit when it is not told, makes no sense or has passed', () => {
    const senseless: Record<string, string>[] = [{}, { 'retry-after': 'soon' }, { 'retry-after': '0' }];
    for (const said of senseless) {
      assert.equal(seconds(said), 10);
      assert.equal(seconds(said, conditionalAccess), 1.1);
    }
    assert.equal(seconds({ 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' }), 10);
  });

  it('is at most an hour', () => assert.equal(seconds({ 'retry-after': '86400' }), 3600));

  it('holds for a service that is away, too', () => {
    assert.equal(seconds({ 'retry-after': '20' }, endpoint, 503), 20);
    assert.equal(seconds({}, endpoint, 503), undefined);
  });
});

describe('What a refusal of Graph means', () => {
  const cases: [string, Answer, ChainSeed, RefusalMeaning][] = [
    ['403 on a listing', answer(403, 'Authorization_RequestDenied'), root, 'not_permitted'],
    [
      '403 for want of a licence',
      answer(403, 'Authorization_RequestDenied', 'Tenant does not have a premium license.'),
      root,
      'not_licensed',
    ],
    [
      '403 of a tenant without premium',
      answer(403, 'Authentication_RequestFromNonPremiumTenantOrB2CTenant'),
      root,
      'not_licensed',
    ],
    ['404 on a listing', answer(404, 'Request_ResourceNotFound'), root, 'not_there'],
    ['404 below an object', answer(404, 'Request_ResourceNotFound'), child, 'gone'],
    ['405', answer(405), root, 'not_there'],
    ['400', answer(400, 'Request_BadRequest'), root, 'unreadable'],
    ['503 that stays', answer(503, 'serviceNotAvailable'), root, 'unreadable'],
    ['a redirect', answer(302), root, 'unreadable'],
  ];
  for (const [what, refused, chain, meaning] of cases) {
    it(`${what}: ${meaning}`, () => {
      assert.equal(entraMeaning(failureOf(refused, chain.path, now), chain), meaning);
    });
  }

  it('is one of the known meanings, each of which Graph can have', () => {
    assert.deepEqual(
      [...new Set(cases.map(([, , , meaning]) => meaning))].sort(),
      [...refusalMeanings].sort(),
    );
  });
});
