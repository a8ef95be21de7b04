import assert from 'node:assert/strict';
import type { OktaCollectionName } from '../../../../domain/collections/okta.ts';
import { tokenFacts } from '../../../../domain/rules/okta/facts/tokens.ts';
import { oktaFactsOf } from '../../../../domain/rules/okta/orgFacts.ts';
import type { Body } from '../../../support/answer.ts';
import { readPage } from './support.ts';

/** An org's facts, read from its listings as the reader reads them. */
function factsOf(
  listings: readonly [OktaCollectionName, Body[], Record<string, string>?][],
  refused: string[] = [],
) {
  const objects = listings.flatMap(([name, entries, context]) => readPage(name, entries, context).objects);
  return oktaFactsOf((kind) => objects.filter((object) => object.kind === kind), new Set(refused));
}

const below = { server: 'aus1' };
const server = { id: 'aus1', name: 'Orders API', audiences: ['api://orders'], status: 'ACTIVE' };
const policy = (clients: string[], more: Body = {}): Body => ({
  id: `00p${clients.join('')}`,
  status: 'ACTIVE',
  conditions: { clients: { include: clients } },
  ...more,
});
const scope = (name: string, more: Body = {}): Body => ({
  id: name,
  name,
  system: false,
  consent: 'IMPLICIT',
  ...more,
});

const org = (refused: string[] = []) =>
  factsOf(
    [
      ['authorization_servers', [server, { ...server, id: 'aus2', name: 'Old API', status: 'INACTIVE' }]],
      ['authorization_server_policies', [policy(['0oa1']), policy(['0oa9'], { status: 'INACTIVE' })], below],
      [
        'authorization_server_scopes',
        [
          scope('openid', { system: true, consent: 'REQUIRED' }),
          scope('orders:read'),
          scope('orders:write', { consent: 'REQUIRED' }),
          scope('orders:list', { consent: 'FLEXIBLE' }),
          scope('orders:new', { consent: 'SOMETIMES' }),
        ],
        below,
      ],
      [
        'authorization_server_claims',
        [
          { id: 'c1', name: 'sub', system: true, status: 'ACTIVE' },
          { id: 'c2', name: 'region', system: false, status: 'ACTIVE' },
          { id: 'c3', name: 'former', system: false, status: 'INACTIVE' },
        ],
        below,
      ],
      [
        'inline_hooks',
        [
          { id: 'cal1', name: 'Adds region', type: 'com.okta.oauth2.tokens.transform', status: 'ACTIVE' },
          { id: 'cal2', name: 'Off', type: 'com.okta.oauth2.tokens.transform', status: 'INACTIVE' },
          { id: 'cal3', name: 'SAML', type: 'com.okta.saml.tokens.transform', status: 'ACTIVE' },
        ],
      ],
    ],
    refused,
  );

describe("an Okta org's facts", () => {
  it('are the authorization servers in use, with what is not of Okta\u2019s own', () => {
    assert.deepEqual(org().authorizationServers, [
      {
        name: 'Orders API',
        audiences: ['api://orders'],
        clients: new Set(['0oa1']),
        scopes: ['orders:read', 'orders:write', 'orders:list', 'orders:new'],
        consentScopes: ['openid', 'orders:write', 'orders:new'],
        claims: ['region'],
      },
    ]);
    assert.deepEqual(org().tokenHooks, ['Adds region']);
  });

  it('say what was refused, and take none of it for absent', () => {
    assert.equal(org(['authorization_servers']).authorizationServers, null);
    const [partly] =
      org(['authorization_server_policies', 'authorization_server_scopes', 'authorization_server_claims'])
        .authorizationServers ?? [];
    assert.ok(partly);
    assert.deepEqual(
      [partly.clients, partly.scopes, partly.consentScopes, partly.claims],
      [null, null, null, null],
    );
    assert.equal(org(['group_rules']).groupRules, null);
  });

  it('are the group rules that fill each group; one that does not say whether it is on counts', () => {
    const fills = (id: string, groups: string[], more: Body = {}): Body => ({
      id,
      name: `Rule ${id}`,
      status: 'ACTIVE',
      actions: { assignUserToGroups: { groupIds: groups } },
      ...more,
    });
    const { groupRules } = factsOf([
      [
        'group_rules',
        [
          fills('1', ['00g1', '00g2']),
          fills('2', ['00g1'], { status: undefined, name: undefined }),
          fills('3', ['00g3'], { status: 'INACTIVE' }),
        ],
      ],
    ]);
    assert.deepEqual(
      groupRules,
      new Map([
        ['00g1', ['Rule 1', '2']],
        ['00g2', ['Rule 1']],
      ]),
    );
  });
});

describe('where a client\u2019s tokens come from', () => {
  const of = (client: string | null, okta = org()) => tokenFacts(client, okta);

  it('is a server that names it, with what that server alone knows', () => {
    assert.deepEqual(of('0oa1'), {
      token_source: 'named',
      token: {
        servers: ['Orders API'],
        audiences: ['api://orders'],
        scopes: ['orders:read', 'orders:write', 'orders:list', 'orders:new'],
        consent_scopes: ['openid', 'orders:write', 'orders:new'],
        claims: ['region'],
        hooks: ['Adds region'],
      },
    });
  });

  it('is nowhere else for a client that no server names, or that has no id', () => {
    for (const client of ['0oa2', '0oa9', null]) {
      const { token_source, token } = of(client);
      assert.deepEqual(
        [token_source, token.servers, token.consent_scopes, token.hooks],
        ['none', [], [], []],
      );
    }
  });

  it('is not known where servers or their policies were not read', () => {
    assert.equal(of('0oa1', org(['authorization_server_policies'])).token_source, 'unknown');
    const { token_source, token } = of('0oa1', org(['authorization_servers']));
    assert.deepEqual(
      [token_source, token.scopes, token.consent_scopes, token.claims],
      ['unknown', null, null, null],
    );
    assert.equal(tokenFacts('0oa1', null).token_source, 'unknown');
  });
});
