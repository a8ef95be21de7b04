import assert from 'node:assert/strict';
import { httpsHost, isCircular } from '../../../domain/rules/ownTrust.ts';

const directory = '3f2c8d54-94a6-4b3b-8f5e-0b6a3a0f7d11';
const snapshot = {
  incumbentHosts: new Set(['acme.okta.com']),
  ownTrust: {
    entityIds: new Set(['https://target.example/saml']),
    hosts: new Set(['target.example', 'other.okta.com']),
    directories: new Set([directory]),
  },
};
const partner = { entity_id: 'https://idp.partner.example', sso_url: 'https://idp.partner.example/sso' };

describe('a provider that would sign people in', () => {
  const circles: [string, Partial<typeof partner>][] = [
    ['at the target, by its entity id', { entity_id: 'https://target.example/saml' }],
    ['at the target, by its host', { sso_url: 'https://TARGET.example:443/sso' }],
    ['at the incumbent itself', { sso_url: 'https://acme.okta.com/app/sso/saml' }],
    ['at another source that is an Okta org', { sso_url: 'https://other.okta.com/app/sso/saml' }],
    ['at another source that is a directory', { entity_id: `https://sts.windows.net/${directory}/` }],
    [
      'at Microsoft in another source’s directory',
      { sso_url: `https://login.microsoftonline.com/${directory.toUpperCase()}/saml2` },
    ],
  ];
  for (const [where, change] of circles) {
    it(`${where} is a circle`, () => assert.equal(isCircular({ ...partner, ...change }, snapshot), true));
  }

  const others: [string, Partial<Record<keyof typeof partner, string | null>>][] = [
    ['at a partner', {}],
    ['nowhere that anybody knows', { entity_id: null, sso_url: null }],
    ['at a host that ends like ours', { sso_url: 'https://nottarget.example/sso' }],
    ['in a directory of somebody else', { entity_id: `https://sts.windows.net/${directory}0/` }],
  ];
  for (const [where, change] of others) {
    it(`${where} is none`, () => assert.equal(isCircular({ ...partner, ...change }, snapshot), false));
  }
});

describe('the host of an address', () => {
  const table: [string | null, string | null][] = [
    ['https://IdP.Example:8443/a?b#c', 'idp.example'],
    ['https://idp.example', 'idp.example'],
    ['https://bücher.example/', 'xn--bcher-kva.example'],
    ['http://idp.example/', null],
    ['https://user@idp.example/', null],
    ['https://idp.example\\evil.example/', null],
    ['https://idp.example/a b', null],
    ['idp.example', null],
    [null, null],
  ];
  for (const [url, host] of table) {
    it(`of ${url ?? 'nothing'} is ${host ?? 'none'}`, () => assert.equal(httpsHost(url), host));
  }
});
