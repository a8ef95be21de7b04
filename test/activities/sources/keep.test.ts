import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { brotliDecompressSync } from 'node:zlib';
import { preparePage } from '../../../activities/sources/keep.ts';
import { oktaReaders } from '../../../activities/sources/okta/collections.ts';
import type { Chain } from '../../../prisma/store/chains.ts';
import type { PageCommit } from '../../../prisma/store/pages.ts';
import { pageOf } from './support.ts';

const chainOf = (collection: string, context: Record<string, string> = {}): Chain => ({
  id: '01900000-0000-7000-8000-000000000001',
  collection,
  key: '',
  path: `/api/v1/${collection}?limit=200`,
  context,
  pass: 1,
  page: 1,
  cursor: null,
  failures: 0,
});

async function prepare(name: string, body: string | Buffer, context = {}): Promise<PageCommit> {
  const collection = oktaReaders.find((each) => each.name === name);
  assert.ok(collection);
  const chain = chainOf(name, context);
  return preparePage(collection, chain, chain.path, pageOf(body), 3);
}

const keptText = (commit: PageCommit) => brotliDecompressSync(commit.kept.body).toString('utf8');
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');

describe('A page that is kept', () => {
  it('holds the bytes as they came, with their digests and what was known of the answer', async () => {
    // White space, order and escapes are the vendor's.
    const body = '[ {"type":"OKTA_GROUP",\n "id":"00g1" , "profile":{"name":"Caf\\u00e9 \u00fc"}} ]';
    const commit = await prepare('groups', body);
    assert.equal(keptText(commit), body);
    assert.equal(commit.kept.bytes, Buffer.byteLength(body));
    assert.equal(commit.kept.sha256.toString('hex'), sha256(body));
    assert.equal(commit.kept.keptSha256.toString('hex'), sha256(body));
    assert.deepEqual(commit.kept.redacted, []);
    assert.equal(commit.kept.repaired, false);
    const { httpStatus, vendorRequestId, vendorDate, fetchedAt, elapsedMs, attempt } = commit.kept;
    assert.deepEqual(
      { httpStatus, vendorRequestId, vendorDate, fetchedAt: fetchedAt.toISOString(), elapsedMs, attempt },
      {
        httpStatus: 200,
        vendorRequestId: 'request-1',
        vendorDate: 'Tue, 04 Mar 2025 10:00:00 GMT',
        fetchedAt: '2025-03-04T10:00:01.000Z',
        elapsedMs: 12,
        attempt: 3,
      },
    );
    assert.equal(commit.count, 1);
    assert.equal(commit.items[0]?.item.name, 'Caf\u00e9 \u00fc');
  });

  it('keeps bytes that are no UTF-8 as they came', async () => {
    const body = Buffer.concat([
      Buffer.from('[{"id":"00g1","profile":{"name":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}]'),
    ]);
    const commit = await prepare('groups', body);
    assert.deepEqual(brotliDecompressSync(commit.kept.body), body);
    assert.equal(commit.items[0]?.item.name, '\ufffd\ufffd');
  });

  describe('has lost its secrets', () => {
    const secret = 'a-secret-that-must-not-stay';
    const pages: [string, string, unknown, string][] = [
      [
        'of a social provider',
        'identity_providers',
        { id: '0oa1', protocol: { credentials: { client: { client_id: 'c', client_secret: secret } } } },
        '/0/protocol/credentials/client/client_secret',
      ],
      [
        'of an OIDC application',
        'applications',
        { id: '0oa1', credentials: { oauthClient: { client_id: 'c', client_secret: secret } } },
        '/0/credentials/oauthClient/client_secret',
      ],
      [
        "of a catalogue application's own settings",
        'applications',
        { id: '0oa1', settings: { app: { awsEnvironmentType: 'aws', secretKey: secret } } },
        '/0/settings/app/secretKey',
      ],
      [
        'of an access key',
        'applications',
        { id: '0oa1', settings: { app: { accessKey: secret } } },
        '/0/settings/app/accessKey',
      ],
      [
        'of a private key among public ones',
        'applications',
        {
          id: '0oa1',
          settings: { oauthClient: { jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: secret }] } } },
        },
        '/0/settings/oauthClient/jwks/keys/0/d',
      ],
      [
        'of a password',
        'application_users',
        { id: '00u1', scope: 'USER', credentials: { userName: 'a', password: { value: secret } } },
        '/0/credentials/password/value',
      ],
      [
        "of a policy's settings",
        'policies',
        {
          id: '00p1',
          type: 'PASSWORD',
          settings: { recovery: { factors: { hook: { authToken: secret } } } },
        },
        '/0/settings/recovery/factors/hook/authToken',
      ],
      [
        "of a rule's actions",
        'policy_rules',
        { id: '0pr1', actions: { call: { clientSecret: secret } } },
        '/0/actions/call/clientSecret',
      ],
      [
        'of a key in the key list',
        'identity_provider_keys',
        { kid: 'k1', kty: 'RSA', x5c: ['MIIB'], d: secret },
        '/0/d',
      ],
    ];
    for (const [what, collection, object, pointer] of pages) {
      it(`${what}: evidence, items and objects are without it, and the evidence says where it stood`, async () => {
        const body = JSON.stringify([object]);
        const commit = await prepare(collection, body, { application: '0oa1', policy: '00p1' });
        const { kept, ...rest } = commit;
        assert.ok(!JSON.stringify(rest).includes(secret), 'the commit holds it');
        assert.ok(!keptText(commit).includes(secret), 'the evidence holds it');
        assert.deepEqual(kept.redacted, [pointer]);
        assert.equal(keptText(commit), body.replace(`"${secret}"`, '"[redacted]"'));
        assert.equal(kept.sha256.toString('hex'), sha256(body));
        assert.equal(kept.keptSha256.toString('hex'), sha256(keptText(commit)));
      });
    }
  });

  it('repairs text that the database refuses, marks the item, and keeps the bytes', async () => {
    const body =
      '[{"id":"00g1","profile":{"name":"a\\u0000b\\ud800c"}},{"id":"00g2","profile":{"name":"d"}}]';
    const commit = await prepare('groups', body);
    assert.equal(commit.kept.repaired, true);
    assert.equal(keptText(commit), body);
    const [first, second] = commit.items;
    assert.equal(first?.item.name, 'a\ufffdb\ufffdc');
    assert.deepEqual(first.item.normalized.unparsable, ['/profile/name']);
    assert.deepEqual(second?.item.normalized.unparsable, []);
  });
});
