import assert from 'node:assert/strict';
import fc from 'fast-check';
import { traitsOf, traitsOfAll, uriTraits, type UriTrait } from '../../../domain/rules/uris.ts';

const incumbent = new Set(['acme.okta.com', 'login.acme.example', 'xn--anmeldung-mnchen-tzb.example']);

describe('a redirect URI', () => {
  const table: [string, string, UriTrait[]][] = [
    ['an https address', 'https://app.example/cb', []],
    ['with a port', 'https://app.example:8443/cb', []],
    ['with a query', 'https://app.example/cb?tenant=1', []],
    ['in capitals', 'HTTPS://APP.EXAMPLE/CB', []],
    ['of an international host', 'https://bücher.example/cb', []],
    ['of an international host as A-label', 'https://xn--bcher-kva.example/cb', []],

    ['http on localhost', 'http://localhost:3000/cb', ['loopback']],
    ['http on 127.0.0.1', 'http://127.0.0.1/cb', ['loopback']],
    ['http on [::1]', 'http://[::1]:3000/cb', ['loopback']],
    ['https on localhost', 'https://localhost/cb', ['loopback']],
    ['http elsewhere', 'http://app.example/cb', ['plain_http']],
    ['http on a name that begins like loopback', 'http://localhost.app.example/cb', ['plain_http']],
    ['http on a name that begins like an address', 'http://127.0.0.1.app.example/cb', ['plain_http']],
    ['http on the unspecified address', 'http://0.0.0.0/cb', ['plain_http']],

    ['with a wildcard host', 'https://*.app.example/cb', ['wildcard']],
    ['with a wildcard in the path', 'https://app.example/*', ['wildcard']],
    ['with a fragment', 'https://app.example/#/cb', ['fragment']],
    ['with an empty fragment', 'https://app.example/cb#', ['fragment']],
    [
      'with a wildcard and a fragment by http',
      'http://*.app.example/#',
      ['wildcard', 'fragment', 'plain_http'],
    ],

    ['of a custom scheme', 'com.acme.app:/cb', ['custom_scheme']],
    ['of a custom scheme with a host', 'acme://cb', ['custom_scheme']],
    ['of a custom scheme with a fragment', 'acme://cb#x', ['fragment', 'custom_scheme']],

    ['msauth', 'msauth://com.acme.app/x', ['broker']],
    ['msauth with a bundle', 'msauth.com.acme.app://auth', ['broker']],
    ['msal', 'msal0f3c://auth', ['broker']],
    ['ms-appx-web', 'ms-appx-web://microsoft.aad.brokerplugin/0f3c', ['broker']],
    ['nativeclient', 'https://login.microsoftonline.com/common/oauth2/nativeclient', ['broker']],
    ['out of band', 'urn:ietf:wg:oauth:2.0:oob', ['broker']],
    ['out of band, automatic', 'urn:ietf:wg:oauth:2.0:oob:auto', ['broker']],

    ['hosted by Azure', 'https://app.example/.auth/login/aad/callback', ['hosted_by_azure']],
    ['of a bot', 'https://token.botframework.com/.auth/web/redirect', ['hosted_by_azure']],
    ['of an API gateway', 'https://acme.azure-apim.net/cb', ['hosted_by_azure']],

    ['on the org itself', 'https://acme.okta.com/cb', ['points_at_the_incumbent']],
    ['on the org in capitals', 'https://ACME.OKTA.COM/cb', ['points_at_the_incumbent']],
    ['on the org with a port', 'https://acme.okta.com:443/cb', ['points_at_the_incumbent']],
    ['on the org with a dot at the end', 'https://acme.okta.com./cb', ['points_at_the_incumbent']],
    ['on a custom domain of the org', 'https://login.acme.example/cb', ['points_at_the_incumbent']],
    [
      'on an international custom domain',
      'https://anmeldung-münchen.example/cb',
      ['points_at_the_incumbent'],
    ],
    ['on another org of Okta', 'https://other.oktapreview.com/cb', ['points_at_the_incumbent']],
    ['on Entra', 'https://login.microsoftonline.com/x', ['points_at_the_incumbent']],
    ['on Entra of a government', 'https://login.microsoftonline.us/x', ['points_at_the_incumbent']],
    ['on Azure AD B2C', 'https://acme.b2clogin.com/x', ['points_at_the_incumbent']],
    ['by http on the org', 'http://acme.okta.com/cb', ['plain_http', 'points_at_the_incumbent']],
    ['on a host that only ends like Okta', 'https://notokta.com/cb', []],
    ['on a host that only begins like Okta', 'https://acme.okta.com.example/cb', []],
    ['on a host below a custom domain', 'https://x.login.acme.example/cb', []],
    ['that has the org in its path', 'https://app.example/acme.okta.com', []],

    ['that is empty', '', ['invalid']],
    ['that is relative', '/cb', ['invalid']],
    ['without a scheme', 'app.example/cb', ['invalid']],
    ['without a host', 'https:///cb', ['invalid']],
    ['with white space', 'https://app.example/a b', ['invalid']],
    ['with a line break', 'https://app.example/\ncb', ['invalid']],
    ['with a user name', 'https://acme.okta.com@app.example/cb', ['invalid']],
    ['with a backslash', 'https://app.example\\cb', ['invalid']],
    ['with a host that cannot be', 'https://app..exa%mple/cb', ['invalid']],
    ['that is a scheme alone', 'acme:', ['invalid']],
  ];
  for (const [told, uri, expected] of table) {
    it(`${told} is ${expected.join(', ') || 'plain'}`, () => {
      assert.deepEqual(traitsOf(uri, incumbent), expected);
    });
  }

  it('meets every trait in this table', () => {
    const met = new Set(table.flatMap(([, , traits]) => traits));
    assert.deepEqual(
      uriTraits.filter((trait) => !met.has(trait)),
      [],
    );
  });

  it('never makes the judgement fail, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withFragments: true })), (uri) => {
        assert.ok(traitsOf(uri, incumbent).every((trait) => uriTraits.includes(trait)));
      }),
    );
  });

  it('adds its traits to those of the others, each once, in a fixed order', () => {
    const uris = ['http://x.example', 'https://x.example/*', 'http://y.example', 'https://acme.okta.com'];
    assert.deepEqual(traitsOfAll(uris, incumbent), ['wildcard', 'plain_http', 'points_at_the_incumbent']);
    assert.deepEqual(traitsOfAll([...uris].reverse(), incumbent), traitsOfAll(uris, incumbent));
    assert.deepEqual(traitsOfAll([], incumbent), []);
  });
});
