import assert from 'node:assert/strict';
import { normalizeRoutingRule } from '../../../../../activities/sources/okta/normalize/routingRule.ts';

const suffix = (value: string) => ({ matchType: 'SUFFIX', value });
const anyPlatform = { include: [{ type: 'ANY', os: { type: 'ANY' } }], exclude: [] };

const rule = (conditions: object, idp: object = {}) =>
  normalizeRoutingRule({ id: '0pr1', name: 'Partners', status: 'ACTIVE', conditions, actions: { idp } })
    .normalized;

describe('An Okta routing rule in normal form', () => {
  it('keeps its patterns and its provider', () => {
    const form = rule(
      { userIdentifier: { type: 'IDENTIFIER', patterns: [suffix('a.example'), suffix('b.example')] } },
      { providers: [{ type: 'SAML2', id: '0oa1', name: 'Partner' }], idpSelectionType: 'SPECIFIC' },
    );
    assert.equal(form.identifier_type, 'IDENTIFIER');
    assert.deepEqual(form.patterns, [
      { match_type: 'SUFFIX', value: 'a.example' },
      { match_type: 'SUFFIX', value: 'b.example' },
    ]);
    assert.deepEqual(form.providers, [{ type: 'SAML2', external_id: '0oa1' }]);
    assert.deepEqual(form.references, [{ relation: 'provider', item_type: 'provider', external_id: '0oa1' }]);
  });

  it('has no other conditions when Okta writes out "any" of everything', () => {
    const form = rule({
      userIdentifier: { type: 'IDENTIFIER', patterns: [suffix('a.example')] },
      app: { include: [], exclude: [] },
      network: { connection: 'ANYWHERE' },
      platform: anyPlatform,
      people: { users: { exclude: [] } },
      risk: null,
    });
    assert.deepEqual(form.other_conditions, []);
  });

  it('names every condition that narrows it, known or not', () => {
    const narrowing: Record<string, object> = {
      app: { include: [{ type: 'APP', id: '0oa2' }] },
      network: { connection: 'ZONE', include: ['nzo1'] },
      platform: { include: [{ type: 'MOBILE', os: { type: 'IOS' } }] },
      people: { groups: { include: ['00g1'] } },
      weather: { sunny: true },
    };
    for (const [name, condition] of Object.entries(narrowing)) {
      assert.deepEqual(rule({ [name]: condition }).other_conditions, [name]);
    }
    assert.deepEqual(rule({ app: narrowing.app }).references, [
      { relation: 'application_condition', item_type: 'application', external_id: '0oa2' },
    ]);
  });

  it("refers to no provider where Okta itself or a way of Okta's own signs people in", () => {
    for (const type of ['OKTA', 'IWA', 'AgentlessDSSO']) {
      const form = rule({}, { providers: [{ type }] });
      assert.deepEqual(form.references, []);
      assert.deepEqual(form.providers, [{ type, external_id: null }]);
    }
    assert.deepEqual(rule({}, { idpSelectionType: 'DYNAMIC' }).providers, []);
  });
});
