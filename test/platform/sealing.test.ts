import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openSecret, SealBroken, sealSecret, type KeyRing } from '../../platform/sealing.ts';
import type { SecretBinding } from '../../domain/source.ts';

const first = randomBytes(32);
const ring: KeyRing = { keys: new Map([['k1', first]]) };
const secret = { api_token: '00tök~en' };

const okta: SecretBinding = {
  tenant: 't1',
  source: 's1',
  source_type: 'okta',
  host: 'https://acme.okta.com',
  directory: null,
  client: null,
};
const entra: SecretBinding = { ...okta, source_type: 'entra', host: 'global', directory: 'd1', client: 'c1' };

const isBroken = (error: unknown) => {
  assert.ok(error instanceof SealBroken, String(error));
  assert.ok(!error.message.includes(secret.api_token));
  return true;
};

describe('a sealed credential', () => {
  it('opens to what was sealed, for the source it was sealed for', async () => {
    assert.deepEqual(await openSecret(ring, okta, await sealSecret(ring, okta, secret)), secret);
    assert.deepEqual(
      await openSecret(ring, { ...entra }, await sealSecret(ring, entra, { client_secret: 'x' })),
      {
        client_secret: 'x',
      },
    );
  });

  it('does not hold the credential in any readable form, and is another text each time', async () => {
    const [one, two] = await Promise.all([sealSecret(ring, okta, secret), sealSecret(ring, okta, secret)]);
    assert.notEqual(one, two);
    const decoded = one.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    assert.ok(![one, ...decoded].some((text) => text.includes('00t') || text.includes('api_token')));
  });

  const others: [string, SecretBinding, SecretBinding][] = [
    ['another tenant', okta, { ...okta, tenant: 't2' }],
    ['another source', okta, { ...okta, source: 's2' }],
    ['another kind of source', okta, { ...okta, source_type: 'entra' }],
    ['another host', okta, { ...okta, host: 'https://acme.oktapreview.com' }],
    ['another port', okta, { ...okta, host: 'https://acme.okta.com:8443' }],
    ['another directory', entra, { ...entra, directory: 'd2' }],
    ['another client', entra, { ...entra, client: 'c2' }],
    ['no client', entra, { ...entra, client: null }],
  ];
  for (const [told, sealedFor, openedFor] of others) {
    it(`does not open for ${told}`, async () => {
      const sealed = await sealSecret(ring, sealedFor, secret);
      await assert.rejects(openSecret(ring, openedFor, sealed), isBroken);
    });
  }

  it('does not open with any of its parts changed', async () => {
    const parts = (await sealSecret(ring, okta, secret)).split('.');
    for (const index of [0, 2, 3, 4]) {
      const bytes = Buffer.from(parts[index] ?? '', 'base64url');
      for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const sealed = parts.map((part, n) => (n === index ? changed.toString('base64url') : part)).join('.');
        await assert.rejects(openSecret(ring, okta, sealed), isBroken, `part ${index}, byte ${at}`);
      }
    }
  });

  it('does not open when it is cut short or was never one', async () => {
    const sealed = await sealSecret(ring, okta, secret);
    for (const text of [
      sealed.slice(0, -5),
      sealed.split('.').slice(0, 4).join('.'),
      '',
      'x',
      '....',
      'e30....',
    ]) {
      await assert.rejects(openSecret(ring, okta, text), isBroken, text);
    }
  });

  it('does not open with a header of another, sealed by the same key', async () => {
    const [mine, theirs] = await Promise.all([
      sealSecret(ring, okta, secret),
      sealSecret(ring, entra, secret),
    ]);
    const [, ...rest] = theirs.split('.');
    await assert.rejects(openSecret(ring, okta, [mine.split('.')[0], ...rest].join('.')), isBroken);
  });

  it('says which key is missing', async () => {
    const sealed = await sealSecret(ring, okta, secret);
    const others: KeyRing = { keys: new Map([['k9', first]]) };
    await assert.rejects(
      openSecret(others, okta, sealed),
      (error: Error) => isBroken(error) && error.message.includes('key k1 '),
    );
  });

  it('does not open with another key of the same id', async () => {
    const sealed = await sealSecret(ring, okta, secret);
    await assert.rejects(openSecret({ keys: new Map([['k1', randomBytes(32)]]) }, okta, sealed), isBroken);
  });

  it('is sealed with the first key after a rotation, while what the former one sealed still opens', async () => {
    const old = await sealSecret(ring, okta, secret);
    const rotated: KeyRing = { keys: new Map([['k2', randomBytes(32)], ...ring.keys]) };
    const fresh = await sealSecret(rotated, okta, secret);
    assert.equal(
      (JSON.parse(Buffer.from(fresh.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid,
      'k2',
    );
    assert.deepEqual(await openSecret(rotated, okta, old), secret);
    assert.deepEqual(await openSecret(rotated, okta, fresh), secret);
    await assert.rejects(openSecret(ring, okta, fresh), isBroken);
  });

  it('cannot be made without a key', async () => {
    await assert.rejects(sealSecret({ keys: new Map() }, okta, secret), /key ring is empty/);
  });
});
