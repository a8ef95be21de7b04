import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { Agent, fetch } from 'undici';
import { createAuthority } from '../../../simulators/certificates.ts';
import { createEntraSimulator } from '../../../simulators/entra/server.ts';
import { tenantOf, withTenant } from './support.ts';

const data = tenantOf({});

/** Asks whoever is at an address for anything, trusting these authorities; says what went wrong. */
async function reach(url: string, ca?: string): Promise<string> {
  const dispatcher = new Agent(ca === undefined ? {} : { connect: { ca } });
  try {
    await (await fetch(url, { dispatcher })).text();
    return 'reached';
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    return cause?.code ?? String(error);
  } finally {
    await dispatcher.destroy();
  }
}

describe('Https at the Entra simulator', () => {
  it('is trusted by who trusts its authority, by address and by name, and by nobody else', () =>
    withTenant({ data }, async ({ url, ca }) => {
      assert.equal(await reach(url, ca), 'reached');
      assert.equal(await reach(url.replace('127.0.0.1', 'localhost'), ca), 'reached');
      assert.equal(await reach(url), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
      assert.equal(await reach(url, createAuthority().ca), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    }));

  it('serves nothing over plain http', () =>
    withTenant({ data }, async ({ url }) => {
      const code = await new Promise((resolve) => {
        httpGet(url.replace('https', 'http'), () => resolve('answered')).on('error', (error) =>
          resolve('code' in error ? error.code : error.message),
        );
      });
      assert.notEqual(code, 'answered');
    }));

  it('has an authority that may sign servers and a certificate for loopback that may not', () =>
    withTenant({ data }, ({ ca }) => {
      const authority = new X509Certificate(ca);
      assert.ok(authority.ca && authority.verify(authority.publicKey));
      const { cert } = createAuthority().issue(['localhost', '127.0.0.1']);
      const server = new X509Certificate(cert);
      assert.equal(server.ca, false);
      assert.equal(server.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1');
      assert.ok(Date.parse(server.validFrom) < Date.now() && Date.parse(server.validTo) > Date.now());
      return Promise.resolve();
    }));

  it('can share one authority with another server, so that one file is enough', async () => {
    const authority = createAuthority();
    await withTenant({ data, authority }, async (first) => {
      await withTenant({ data, authority }, async (second) => {
        assert.equal(first.ca, second.ca);
        assert.equal(await reach(first.url, authority.ca), 'reached');
        assert.equal(await reach(second.url, authority.ca), 'reached');
      });
    });
  });

  it('keeps the authority in a file until it is closed', async () => {
    const listening = await createEntraSimulator({ data }).listen();
    const { url, loginUrl, ca, caFile } = listening;
    assert.equal(readFileSync(caFile, 'utf8'), ca);
    assert.equal(loginUrl, url);
    await listening.close();
    assert.equal(existsSync(caFile), false);
    assert.equal(await reach(url, ca), 'ECONNREFUSED');
  });
});
