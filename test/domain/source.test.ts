import assert from 'node:assert/strict';
import {
  CreateSource,
  hostAllowlist,
  isLoopbackHost,
  parseOktaOrgUrl,
  secretBinding,
} from '../../domain/source.ts';

const none = hostAllowlist([]);
const allowing = (...entries: string[]) => hostAllowlist(entries);

const origin = (text: string, allowlist = none): string | null => {
  const parsed = parseOktaOrgUrl(text, allowlist);
  return 'origin' in parsed ? parsed.origin : null;
};

describe('an Okta org URL', () => {
  for (const [given, expected] of [
    ['https://acme.okta.com', 'https://acme.okta.com'],
    ['https://acme.okta.com/', 'https://acme.okta.com'],
    ['https://ACME.Okta.COM', 'https://acme.okta.com'],
    ['https://acme.okta.com:443', 'https://acme.okta.com'],
    ['https://acme.oktapreview.com', 'https://acme.oktapreview.com'],
    ['https://acme.okta-emea.com', 'https://acme.okta-emea.com'],
    ['https://acme.okta-gov.com', 'https://acme.okta-gov.com'],
    ['https://acme.okta.mil', 'https://acme.okta.mil'],
    // An org may be called like this; only the last label before the vendor's domain is the console's.
    ['https://admin.okta.com', 'https://admin.okta.com'],
  ] as const) {
    it(`is taken as ${given}`, () => assert.equal(origin(given), expected));
  }

  for (const [why, given] of [
    ['is not a URL', 'acme.okta.com'],
    ['is empty', ''],
    ['is by http', 'http://acme.okta.com'],
    ['is of another scheme', 'ftp://acme.okta.com'],
    ['has a user name', 'https://admin@acme.okta.com'],
    ['has a password', 'https://:secret@acme.okta.com'],
    ['hides another host behind a user name', 'https://acme.okta.com@evil.example'],
    ['hides another host behind a backslash', 'https://evil.example\\.okta.com'],
    ['has a path', 'https://acme.okta.com/api/v1'],
    ['has a query', 'https://acme.okta.com?x=1'],
    ['has a fragment', 'https://acme.okta.com#x'],
    ['has a port', 'https://acme.okta.com:8443'],
    ['is the admin console', 'https://acme-admin.okta.com'],
    ['is the admin console of a preview org', 'https://acme-admin.oktapreview.com'],
    ['is the vendor itself', 'https://okta.com'],
    ['is a foreign host', 'https://acme.example'],
    ['only ends like the vendor', 'https://acmeokta.com'],
    ['only begins like the vendor', 'https://acme.okta.com.evil.example'],
    ['has a trailing dot', 'https://acme.okta.com.'],
    ['is loopback', 'https://localhost'],
    ['is a private address', 'https://10.0.0.1'],
    ['is a link-local address', 'https://169.254.169.254'],
    ['is a private address in disguise', 'https://0x7f.1'],
    ['is a loopback address of the sixth version', 'https://[::1]'],
  ] as const) {
    it(`is refused when it ${why}`, () => {
      const parsed = parseOktaOrgUrl(given, none);
      assert.ok('problem' in parsed, JSON.stringify(parsed));
      assert.match(parsed.problem, /\.$/);
    });
  }

  it('never repeats a password in what it says', () => {
    const parsed = parseOktaOrgUrl('https://admin:hunter2@acme.okta.com', none);
    assert.ok('problem' in parsed && !parsed.problem.includes('hunter2'));
  });

  describe('with an allowlist', () => {
    it('may have a listed host, by its name or by name and port', () => {
      assert.equal(
        origin('https://okta.acme.example', allowing('okta.acme.example')),
        'https://okta.acme.example',
      );
      assert.equal(
        origin('https://okta.acme.example', allowing('OKTA.acme.example:443')),
        'https://okta.acme.example',
      );
      assert.equal(
        origin('https://okta.acme.example:8443', allowing('okta.acme.example:8443')),
        'https://okta.acme.example:8443',
      );
    });

    it('may not have a listed host with another port than the one listed', () => {
      assert.equal(origin('https://okta.acme.example:9443', allowing('okta.acme.example:8443')), null);
      assert.equal(origin('https://okta.acme.example', allowing('okta.acme.example:8443')), null);
    });

    it('may not have a host below or above a listed one', () => {
      assert.equal(origin('https://x.okta.acme.example', allowing('okta.acme.example')), null);
      assert.equal(origin('https://acme.example', allowing('okta.acme.example')), null);
    });

    it('may be by http on a listed loopback host, and on no other', () => {
      assert.equal(origin('http://127.0.0.1:8080', allowing('127.0.0.1:8080')), 'http://127.0.0.1:8080');
      assert.equal(origin('http://[::1]:8080', allowing('[::1]:8080')), 'http://[::1]:8080');
      assert.equal(origin('http://okta.acme.example:8080', allowing('okta.acme.example:8080')), null);
      assert.equal(origin('http://127.0.0.1:9090', allowing('127.0.0.1:8080')), null);
      assert.equal(origin('http://acme.okta.com', allowing('127.0.0.1:8080')), null);
    });

    it('still has neither a user name nor a path', () => {
      assert.equal(origin('https://x@okta.acme.example', allowing('okta.acme.example')), null);
      assert.equal(origin('https://okta.acme.example/api', allowing('okta.acme.example')), null);
    });
  });

  it('knows the hosts that mean this machine', () => {
    const loopback = ['localhost', '127.0.0.1', '127.8.9.10', '[::1]'];
    const others = ['', '0.0.0.0', 'localhost.example', '127.0.0.1.example', '10.0.0.1', '[::]', '128.0.0.1'];
    assert.deepEqual(loopback.filter(isLoopbackHost), loopback);
    assert.deepEqual(others.filter(isLoopbackHost), []);
  });
});

describe('the body that adds a source', () => {
  const okta = {
    name: ' Okta ',
    source_type: 'okta',
    connection_mode: 'api_token',
    config: { org_url: 'https://acme.okta.com' },
    secret: { api_token: '00abc' },
  };
  const entra = {
    name: 'Entra',
    source_type: 'entra',
    connection_mode: 'client_credentials',
    config: {
      directory_id: '018F0000-0000-7000-8000-00000000000A',
      client_id: '018f0000-0000-7000-8000-00000000000b',
    },
    secret: { client_secret: 'abc~def' },
  };
  const accepts = (body: unknown) => CreateSource.safeParse(body).success;

  it('is accepted for Okta and for Entra, with what is usual filled in', () => {
    assert.equal(CreateSource.parse(okta).name, 'Okta');
    const parsed = CreateSource.parse(entra);
    assert.ok(parsed.source_type === 'entra');
    assert.equal(parsed.config.cloud, 'global');
    assert.equal(parsed.config.directory_id, entra.config.directory_id.toLowerCase());
  });

  for (const [why, body] of [
    ['the credential of the other vendor', { ...okta, secret: { client_secret: 'x' } }],
    ['the configuration of the other vendor', { ...entra, config: okta.config }],
    ['a connection mode that Okta is not read by', { ...okta, connection_mode: 'oauth' }],
    ['a vendor that is not known', { ...okta, source_type: 'ping' }],
    ['a member that is not known', { ...okta, proxy: 'http://x' }],
    ['an unknown member inside', { ...okta, config: { ...okta.config, proxy: 'http://x' } }],
    ['no credential', { ...okta, secret: { api_token: '' } }],
    ['a credential with a line break', { ...okta, secret: { api_token: 'a\r\nHost: x' } }],
    ['a credential beyond ASCII', { ...okta, secret: { api_token: 'tök' } }],
    ['a credential of 5,000 characters', { ...okta, secret: { api_token: 'x'.repeat(5000) } }],
    ['a directory that is no UUID', { ...entra, config: { ...entra.config, directory_id: 'contoso' } }],
    ['a cloud that is not known', { ...entra, config: { ...entra.config, cloud: 'mars' } }],
    ['a name of white space', { ...okta, name: '  ' }],
    ['a name with a line break', { ...okta, name: 'a\nb' }],
    ['a name with half a character', { ...okta, name: 'a\ud800' }],
  ] as const) {
    it(`is refused with ${why}`, () => assert.equal(accepts(body), false));
  }

  it('never tells a credential in what it says', () => {
    const result = CreateSource.safeParse({ ...okta, secret: { api_token: 'hunter two' } });
    assert.ok(!JSON.stringify(result.error).includes('hunter'));
  });
});

describe('what a sealed credential is bound to', () => {
  const row = { tenantId: 't', id: 's' };

  it('is the origin of an Okta org', () => {
    const config = { org_url: 'https://acme.okta.com/' };
    assert.deepEqual(secretBinding({ ...row, sourceType: 'okta', config }), {
      tenant: 't',
      source: 's',
      source_type: 'okta',
      host: 'https://acme.okta.com',
      directory: null,
      client: null,
    });
  });

  it('is cloud, directory and client of Entra', () => {
    const config = { directory_id: 'd', client_id: 'c', cloud: 'china' as const };
    assert.deepEqual(secretBinding({ ...row, sourceType: 'entra', config }), {
      tenant: 't',
      source: 's',
      source_type: 'entra',
      host: 'china',
      directory: 'd',
      client: 'c',
    });
  });
});
