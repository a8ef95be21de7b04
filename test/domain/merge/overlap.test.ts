import assert from 'node:assert/strict';
import { differencesOf, RedirectSets } from '../../../domain/merge/overlap.ts';
import { mixesScripts, namesToLookUp } from '../../../domain/merge/names.ts';
import type { SourceSide } from '../../../domain/merge/source.ts';
import type { LiveResource } from '../../../domain/target.ts';
import { live, overlap, side, uuid } from './support.ts';

const keysOf = (source: SourceSide, ...resources: LiveResource[]) =>
  overlap(source, resources)?.matched.map((each) => each.match_keys) ?? [];
const likenesses = (source: SourceSide, ...resources: LiveResource[]) =>
  overlap(source, resources)?.similar.map((each) => each.resembles) ?? [];

describe('overlaps with the target', () => {
  describe('of a provider', () => {
    const other = { name: 'Somebody' };

    it('are one with its entity id, to the letter', () => {
      const source = side('upstream_saml_provider', other);
      assert.deepEqual(keysOf(source, live(1, 'upstream_saml_provider')), [['entity_id']]);
      const another = live(1, 'upstream_saml_provider', { entity_id: 'https://partner.example/saml2' });
      assert.equal(overlap(source, [another]), null);
    });

    for (const entityId of ['https://Partner.example/SAML', 'https://partner.example/saml/']) {
      it(`is only similar to one whose entity id is ${entityId}`, () => {
        const found = overlap(side('upstream_saml_provider', other), [
          live(1, 'upstream_saml_provider', { entity_id: entityId }),
        ]);
        assert.deepEqual(
          [found?.matched, found?.similar.map((each) => each.resembles)],
          [[], [['entity_id']]],
        );
      });
    }

    it('is only similar to one of its name', () => {
      const source = side('upstream_saml_provider', { entity_id: 'urn:other' });
      assert.deepEqual(likenesses(source, live(1, 'upstream_saml_provider', { name: 'PARTNER ' })), [
        ['name'],
      ]);
      assert.equal(overlap(source, [live(1, 'upstream_saml_provider', { name: 'Partner 2' })]), null);
    });
  });

  describe('of a routing rule', () => {
    it('are rules that have one of its domains, each told once', () => {
      const source = side('federation_routing_rule');
      const one = live(2, 'federation_routing_rule', { domains: ['partner.example', 'more.example'] });
      const two = live(1, 'federation_routing_rule', { domains: ['xn--bcher-kva.example'] });
      assert.deepEqual(
        overlap(source, [one, two])?.matched.map((each) => [each.resource_id, each.match_keys]),
        [
          [uuid(1), ['domains']],
          [uuid(2), ['domains']],
        ],
      );
    });

    it('are not rules of its name, nor of a domain above or below', () => {
      const other = live(1, 'federation_routing_rule', { domains: ['example', 'eu.partner.example'] });
      assert.equal(overlap(side('federation_routing_rule'), [other]), null);
    });
  });

  describe('of a group', () => {
    it('are one whose name people cannot tell from its own', () => {
      const source = side('tenant_group');
      for (const name of ['VPN Users', 'vpn users', ' VPN\u2003 Users', 'V\u200bPN Users', 'ＶＰＮ Users']) {
        assert.deepEqual(keysOf(source, live(1, 'tenant_group', { name })), [['name']], name);
      }
      assert.equal(overlap(source, [live(1, 'tenant_group', { name: 'VPN User' })]), null);
    });

    it('tell who is in it, who masters it and whether it is privileged', () => {
      const about = { memberCount: 3, masteredBy: 'hr', privileged: true };
      const found = overlap(side('tenant_group'), [live(1, 'tenant_group', {}, { group: about })]);
      assert.deepEqual(found?.matched[0]?.group, about);
    });

    it('are never matched by a name of mixed scripts, which is only similar to what it looks like', () => {
      const name = 'VPN Us\u0435rs';
      const source = side('tenant_group', { name });
      assert.deepEqual(keysOf(source, live(1, 'tenant_group', { name })), []);
      assert.deepEqual(likenesses(source, live(1, 'tenant_group', { name })), [['mixed_script_name']]);
      assert.deepEqual(likenesses(source, live(1, 'tenant_group')), [['mixed_script_name']]);
      assert.equal(overlap(source, [live(1, 'tenant_group', { name: 'VPN Admins' })]), null);
    });
  });

  describe('of an application', () => {
    const elsewhere = { redirect_uris: ['https://other.example/cb'], name: 'Other' };

    it('are one with its client id', () => {
      const source = side('tenant_oidc_application');
      assert.deepEqual(keysOf(source, live(1, 'tenant_oidc_application', elsewhere)), [['client_id']]);
      const other = live(1, 'tenant_oidc_application', { ...elsewhere, client_id: '0oa2' });
      assert.equal(overlap(source, [other]), null);
    });

    it('are one with the same set of redirect URIs, in whatever order', () => {
      const source = side('tenant_oidc_application', { name: 'Other' });
      const uris = ['https://billing.example/cb2', 'https://billing.example/cb'];
      const same = live(1, 'tenant_oidc_application', { client_id: 'x', redirect_uris: uris });
      assert.deepEqual(keysOf(source, same), [['redirect_uris']]);
      const fewer = live(1, 'tenant_oidc_application', { client_id: 'x', redirect_uris: uris.slice(1) });
      assert.equal(overlap(source, [fewer]), null);
    });

    it('are none by a set that another item has too, or that is loopback or a scheme of its own alone', () => {
      const same = live(1, 'tenant_oidc_application', { client_id: 'x', name: 'Other' });
      assert.equal(overlap(side('tenant_oidc_application'), [same], true), null);
      for (const uri of [
        'https://localhost/cb',
        'https://127.0.0.1:8080/cb',
        'billing:/cb',
        'http://a.example/cb',
      ]) {
        const change = { redirect_uris: [uri] };
        const resource = live(1, 'tenant_oidc_application', { ...change, client_id: 'x', name: 'Other' });
        assert.equal(overlap(side('tenant_oidc_application', change), [resource]), null, uri);
      }
    });

    it('name both keys where both match, and leave the choice among several to a person', () => {
      const source = side('tenant_oidc_application');
      assert.deepEqual(keysOf(source, live(1, 'tenant_oidc_application')), [['client_id', 'redirect_uris']]);
      const several = keysOf(
        source,
        live(1, 'tenant_oidc_application', elsewhere),
        live(2, 'tenant_oidc_application', { client_id: 'x' }),
      );
      assert.deepEqual(several, [['client_id'], ['redirect_uris']]);
    });

    it('are only similar by name, beside what matches', () => {
      const source = side('tenant_oidc_application');
      const namesake = live(2, 'tenant_oidc_application', { client_id: 'x', redirect_uris: [] });
      const found = overlap(source, [live(1, 'tenant_oidc_application'), namesake]);
      assert.deepEqual(
        [found?.matched.map((each) => each.resource_id), found?.similar.map((each) => each.resource_id)],
        [[uuid(1)], [uuid(2)]],
      );
    });

    it('has no client id to match by when the incumbent has none', () => {
      const source = side('tenant_oidc_application', { client_id: '', redirect_uris: [], name: 'Other' });
      assert.equal(overlap(source, [live(1, 'tenant_oidc_application', { client_id: '' })]), null);
    });
  });

  it('are the same whatever the order in which the target tells of them', () => {
    const resources = [3, 1, 2].map((n) =>
      live(n, 'tenant_oidc_application', n === 2 ? {} : { client_id: `x${n}` }),
    );
    const source = side('tenant_oidc_application');
    assert.deepEqual(overlap(source, resources), overlap(source, [...resources].reverse()));
  });

  it('tell the members that differ; lists are sets, and what the target says of itself is left out', () => {
    const source = side('upstream_saml_provider', { signing_certificates: ['B', 'A'] });
    const [match] =
      overlap(source, [
        live(1, 'upstream_saml_provider', {
          signing_certificates: ['A', 'B', 'A'],
          sso_url: 'https://x.example',
        }),
      ])?.matched ?? [];
    assert.deepEqual(match?.differences, [
      { field: 'sso_url', source_value: 'https://partner.example/sso', target_value: 'https://x.example' },
    ]);
    assert.deepEqual(differencesOf({ a: null }, { b: 1 }), [
      { field: 'b', source_value: null, target_value: 1 },
    ]);
  });
});

describe('redirect sets', () => {
  it('are shared by two applications, not by two items of one', () => {
    const sets = new RedirectSets();
    sets.add('one', 'app1');
    sets.add('one', 'app1');
    sets.add('two', 'app1');
    assert.deepEqual(
      [sets.isShared('one'), sets.isShared('two'), sets.isShared('none')],
      [false, false, false],
    );
    sets.add('two', 'app2');
    assert.deepEqual([sets.isShared('one'), sets.isShared('two')], [false, true]);
  });
});

describe('names of mixed scripts', () => {
  const mixed = [
    'Us\u0435rs',
    'IT \u041c\u043e\u0441\u043a\u0432\u0430',
    '\u0391dmins',
    'Admin\u2c9f',
    'a\u1200',
  ];
  for (const name of mixed) {
    it(`are ones such as ${name}`, () => assert.equal(mixesScripts(name), true));
  }
  const plain = [
    'Users',
    '\u041c\u043e\u0441\u043a\u0432\u0430 1',
    '\u958b\u767a Team',
    'ﬁnance',
    'ª Users',
    '',
    '🦊 42',
  ];
  for (const name of plain) {
    it(`are not ones such as ${name === '' ? 'an empty one' : name}`, () =>
      assert.equal(mixesScripts(name), false));
  }

  it('are looked up by what they look like as well', () => {
    assert.deepEqual(namesToLookUp('Us\u0435rs'), ['Us\u0435rs', 'users']);
    assert.deepEqual(namesToLookUp('Users'), ['Users']);
  });
});
