import assert from 'node:assert/strict';
import { decodeProtectedHeader, exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { openForRecipient, sealForRecipient } from '../../platform/oneTimeSecret.ts';

const secret = 'Zm9v-YmFy_client~secret';

interface Pair {
  publicJwk: object;
  privateKey: CryptoKey;
}

async function pair(crv: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv, extractable: true });
  return { publicJwk: await exportJWK(publicKey), privateKey };
}

describe('a one-time secret', () => {
  for (const crv of ['P-256', 'X25519']) {
    it(`sealed to a ${crv} key is read by whoever holds its private half`, async () => {
      const { publicJwk, privateKey } = await pair(crv);
      const jwe = await sealForRecipient(publicJwk, secret);
      assert.equal(await openForRecipient(privateKey, jwe), secret);
      const { alg, enc } = decodeProtectedHeader(jwe);
      assert.deepEqual([alg, enc], ['ECDH-ES', 'A256GCM']);
      assert.ok(!jwe.includes(secret));
      assert.notEqual(await sealForRecipient(publicJwk, secret), jwe);
    });

    it(`sealed to a ${crv} key is read by nobody else, and not when it was changed`, async () => {
      const [mine, theirs] = await Promise.all([pair(crv), pair(crv)]);
      const jwe = await sealForRecipient(mine.publicJwk, secret);
      await assert.rejects(openForRecipient(theirs.privateKey, jwe));
      const parts = jwe.split('.');
      const cipher = Buffer.from(parts[3] ?? '', 'base64url');
      cipher[0] = (cipher[0] ?? 0) ^ 1;
      const changed = [...parts.slice(0, 3), cipher.toString('base64url'), parts[4]].join('.');
      await assert.rejects(openForRecipient(mine.privateKey, changed));
    });
  }

  it('is not sealed to a key that is none', async () => {
    for (const jwk of [
      {},
      { kty: 'EC' },
      { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
      { kty: 'oct', k: 'AAAA' },
    ]) {
      await assert.rejects(sealForRecipient(jwk, secret), JSON.stringify(jwk));
    }
  });
});
