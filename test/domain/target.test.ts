import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  describeKey,
  emailDomain,
  entityIdKey,
  groupNameKey,
  isPlannable,
  needsSecret,
  payloadSchemas,
  redirectsText,
  resourceSchemas,
  targetKeys,
} from '../../domain/target.ts';
import { targetContracts } from '../../domain/assessment.ts';
import { authPolicy, routingRule, samlProvider } from '../support/target.ts';

const key = groupNameKey;

/** Lists in lists, so many of them. */
const nested = (levels: number): unknown => {
  let value: unknown = 'inside';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

describe("a group's name as the target compares it", () => {
  for (const [why, one, other] of [
    ['letter case', 'Quality Lab', 'QUALITY lab'],
    ['letter case beyond ASCII', 'MÜNCHEN', 'münchen'],
    ['letter case of Greek', 'ΟΔΥΣΣΕΥΣ', 'οδυσσευσ'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['composed and decomposed letters', 'Zo\u00eb', 'Zoe\u0308'],
    ['full-width letters', 'ＶＰＮ', 'VPN'],
    ['ligatures', 'o\ufb00ice', 'office'],
    ['an ideographic space', 'Quality\u3000Lab', 'Quality Lab'],
    ['a no-break space', 'Quality\u00a0Lab', 'Quality Lab'],
    ['runs of white space', 'Quality \t\n Lab', 'Quality Lab'],
    ['white space around it', '  Quality Lab ', 'Quality Lab'],
    ['sharp s', 'Straße', 'STRASSE'],
    ['direction marks', '\u200fמעבדה\u200e', 'מעבדה'],
    ['a variation selector', 'On call \u2764\ufe0f', 'On call \u2764'],
    ['a zero-width space', 'Qual\u200bity Lab', 'Quality Lab'],
    ['zero-width joiners', 'Qual\u200c\u200dity Lab', 'Quality Lab'],
    ['a word joiner, a byte order mark and a soft hyphen', '\ufeffQua\u00adlity\u2060 Lab', 'Quality Lab'],
    ['white space around a zero-width character', 'Quality \u200b Lab', 'Quality Lab'],
  ] as const) {
    it(`is the same for ${why}`, () => assert.equal(key(one), key(other)));
  }

  for (const [why, one, other] of [
    ['other letters', 'Quality Lab', 'Quality Lap'],
    ['accents', 'Zoe', 'Zo\u00eb'],
    ['scripts that look alike', 'VPN', 'VP\u039d'],
    ['emoji', 'On call 🔥', 'On call 🚒'],
    ['white space and none', 'Quality Lab', 'QualityLab'],
    ['punctuation', 'Quality-Lab', 'Quality Lab'],
    ['the order of right-to-left words', 'מעבדת איכות', 'איכות מעבדת'],
  ] as const) {
    it(`differs for ${why}`, () => assert.notEqual(key(one), key(other)));
  }

  it('keeps emoji and right-to-left text', () => {
    assert.equal(key('On call 🔥🧑🏽'), 'on call 🔥🧑🏽');
    assert.equal(key('مختبر  الجودة'), 'مختبر الجودة');
  });

  it('is whole for a name of 4 kB', () => {
    const long = 'Ünïcode Group '.repeat(300);
    assert.ok(Buffer.byteLength(long) > 4096);
    assert.notEqual(key(`${long}a`), key(`${long}b`));
    assert.equal(key(`${long}A`), key(`${long}a`));
  });

  it('is its own key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
        assert.equal(key(key(name)), key(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a payload claims at the target', () => {
  const application = {
    name: 'Payroll',
    client_id: '0oa1',
    client_type: 'confidential' as const,
    application_type: 'web' as const,
    token_endpoint_auth_method: 'client_secret_basic' as const,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['https://payroll.example/cb'],
    post_logout_redirect_uris: [],
    jwks: null,
    jwks_uri: null,
  };
  const step = '018f0000-0000-7000-8000-000000000001';
  const resource = '018f0000-0000-7000-8000-000000000002';

  it('is the name of a group', () => {
    assert.deepEqual(targetKeys.tenant_group({ name: ' VPN  Users', description: null }), [
      'tenant_group:vpn users',
    ]);
  });

  it('is the client id of an application, letter by letter, and not its name', () => {
    assert.deepEqual(targetKeys.tenant_oidc_application(application), ['tenant_oidc_application:0oa1']);
    assert.notDeepEqual(
      targetKeys.tenant_oidc_application({ ...application, client_id: '0OA1' }),
      targetKeys.tenant_oidc_application(application),
    );
  });

  it('is the pair of an assignment, where a step is never taken for a resource', () => {
    const pair = (application: { step_id: string } | { resource_id: string }) =>
      targetKeys.tenant_app_assignment({ application, group: { resource_id: resource } });
    assert.deepEqual(pair({ resource_id: step }), [`tenant_app_assignment:${step}/${resource}`]);
    assert.deepEqual(pair({ step_id: step }), [`tenant_app_assignment:step:${step}/${resource}`]);
  });

  it('includes a secret only where the application authenticates with one', () => {
    const methods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'] as const;
    assert.deepEqual(
      methods.filter((method) => needsSecret({ ...application, token_endpoint_auth_method: method })),
      ['client_secret_basic', 'client_secret_post'],
    );
  });

  it('has a form that refuses members that are not written', () => {
    assert.ok(payloadSchemas.tenant_oidc_application.safeParse(application).success);
    assert.ok(
      !payloadSchemas.tenant_oidc_application.safeParse({ ...application, client_secret: 'x' }).success,
    );
    assert.ok(!payloadSchemas.tenant_group.safeParse({ name: '', description: null }).success);
  });

  it('is the entity id of a provider, letter by letter', () => {
    assert.deepEqual(
      targetKeys.upstream_saml_provider(samlProvider('acme', { entity_id: 'https://IdP/a:b/' })),
      ['upstream_saml_provider:https://IdP/a:b/'],
    );
  });

  it('is each domain of a routing rule in its one spelling', () => {
    const rule = routingRule('acme', resource, {
      domains: ['@M\u00fcnchen.Example', 'xn--mnchen-3ya.example'],
    });
    assert.deepEqual(targetKeys.federation_routing_rule(rule), [
      'federation_routing_rule:xn--mnchen-3ya.example',
      'federation_routing_rule:xn--mnchen-3ya.example',
    ]);
  });

  it('is the name of a policy, as of a group', () => {
    assert.deepEqual(targetKeys.auth_policy({ ...authPolicy('x'), name: 'Two  FACTORS' }), [
      'auth_policy:two factors',
    ]);
  });

  it('has a form and keys for every kind that the target holds, of which a policy is never planned', () => {
    const kinds = targetContracts.filter((contract) => contract !== 'verified_domain' && contract !== 'none');
    for (const keyed of [payloadSchemas, resourceSchemas, targetKeys])
      assert.deepEqual(Object.keys(keyed).sort(), [...kinds].sort());
    assert.deepEqual(
      kinds.filter((contract) => !isPlannable(contract)),
      ['auth_policy'],
    );
    assert.deepEqual(['none', 'toString', '__proto__', 'constructor'].filter(isPlannable), []);
  });

  it('is told in words', () => {
    assert.equal(describeKey('tenant_group:a:b'), 'a group called \u201ca:b\u201d');
    assert.equal(
      describeKey('federation_routing_rule:a.example'),
      'a routing rule for \u201ca.example\u201d',
    );
  });

  it('refers to a step in a plan alone: the target takes resources', () => {
    for (const reference of [{ step_id: step }, { resource_id: resource, step_id: step }, {}, resource]) {
      const rule = { ...routingRule('acme', resource), provider: reference };
      assert.ok(!resourceSchemas.federation_routing_rule.safeParse(rule).success);
    }
    const planned = { ...routingRule('acme', resource), provider: { step_id: step } };
    assert.ok(payloadSchemas.federation_routing_rule.safeParse(planned).success);
  });

  for (const [what, payload] of [
    ['a name that no index could hold', { ...authPolicy('x'), name: 'x'.repeat(801) }],
    ['a short name that is compared by a long one', { ...authPolicy('x'), name: '\ufdfa'.repeat(100) }],
    ['a name with U+0000', { ...authPolicy('x'), name: 'a\u0000b' }],
    ['half a character', { ...authPolicy('x'), name: '\ud800' }],
    ['U+0000 deep inside', { ...authPolicy('x'), settings: { a: [{ b: 'a\u0000' }] } }],
    ['U+0000 in a member\u2019s name', { ...authPolicy('x'), settings: { a: { 'b\u0000': 1 } } }],
    ['settings without end', { ...authPolicy('x'), settings: { a: nested(100_000) } }],
  ] as const) {
    it(`cannot have ${what}`, () => assert.ok(!payloadSchemas.auth_policy.safeParse(payload).success));
  }

  it('has names of any script, and settings as deep as people write them', () => {
    const policy = {
      name: '\u30dd\u30ea\u30b7\u30fc \ud83d\udd10',
      type: 'sign_on',
      settings: { a: nested(10), b: null, c: 1 },
    };
    assert.ok(payloadSchemas.auth_policy.safeParse(policy).success);
    assert.ok(payloadSchemas.tenant_group.safeParse({ name: 'x'.repeat(800), description: null }).success);
  });

  for (const [what, domains] of [
    ['capitals', ['Acme.example']],
    ['letters beyond ASCII', ['m\u00fcnchen.example']],
    ['an @ before it', ['@acme.example']],
    ['one domain twice', ['acme.example', 'acme.example']],
    ['no domain', []],
  ] as const) {
    it(`routes no ${what}`, () => {
      const rule = { ...routingRule('acme', resource), domains };
      assert.ok(!payloadSchemas.federation_routing_rule.safeParse(rule).success);
    });
  }
});

describe('an e-mail domain', () => {
  for (const [text, domain] of [
    ['acme.example', 'acme.example'],
    ['ACME.Example', 'acme.example'],
    ['@acme.example', 'acme.example'],
    ['.acme.example', 'acme.example'],
    [' acme.example ', 'acme.example'],
    ['acme.example.', 'acme.example'],
    ['m\u00fcnchen.example', 'xn--mnchen-3ya.example'],
    ['M\u00dcNCHEN.example', 'xn--mnchen-3ya.example'],
    ['XN--MNCHEN-3YA.example', 'xn--mnchen-3ya.example'],
    ['\u4f8b\u3048.\u30c6\u30b9\u30c8', 'xn--r8jz45g.xn--zckzah'],
    ['acme\u3002example', 'acme.example'],
    ['a_b.example', 'a_b.example'],
    ['7.example', '7.example'],
  ] as const) {
    it(`is ${domain} for ${JSON.stringify(text)}`, () => assert.equal(emailDomain(text), domain));
  }

  for (const text of [
    '',
    '@',
    '.',
    'localhost',
    '@@acme.example',
    'edda@acme.example',
    'acme..example',
    'acme.example/path',
    'acme.example:8080',
    'acme.example?x',
    'acme.example#x',
    'acme\\example.org',
    'ac me.example',
    'acme%2eexample',
    '*.acme.example',
    '-acme.example',
    '127.0.0.1',
    '1.2',
    '0x7f.1',
    '[::1]',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(127)}example`,
  ]) {
    it(`is not ${JSON.stringify(text.slice(0, 40))}`, () => assert.equal(emailDomain(text), null));
  }

  it('in its one spelling is its own', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string({ unit: 'binary', maxLength: 20 })), (text) => {
        const domain = emailDomain(text);
        if (domain !== null) assert.equal(emailDomain(domain), domain);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a set of redirect URIs', () => {
  const own = 'https://app.example/cb';

  it('is the same in any order and however often one is in it', () => {
    assert.equal(redirectsText(['app:/cb', own]), redirectsText([own, 'app:/cb', own]));
    assert.equal(redirectsText([own]), '["https://app.example/cb"]');
  });

  it('differs by each of them, letter by letter', () => {
    const sets = [
      [own],
      [own, 'app:/cb'],
      [`${own}/`],
      ['https://app.example/CB'],
      ['https://app.example/c', 'b'],
    ];
    assert.equal(new Set(sets.map(redirectsText)).size, sets.length);
  });

  it('tells nothing without an https URI that leads to somebody', () => {
    for (const uris of [
      [],
      ['http://app.example/cb'],
      ['app:/cb', 'http://localhost/cb'],
      ['https://localhost/cb', 'https://127.0.0.1:9/cb', 'https://[::1]/cb'],
      ['nonsense'],
    ])
      assert.equal(redirectsText(uris), null, uris.join());
  });
});

describe('an entity id', () => {
  it('resembles those that differ in case and slashes at the end alone', () => {
    for (const other of [
      'https://IDP.example/Saml',
      'https://idp.example/saml/',
      'https://idp.example/saml//',
    ])
      assert.equal(entityIdKey(other), entityIdKey('https://idp.example/saml'));
    assert.notEqual(entityIdKey('https://idp.example/saml2'), entityIdKey('https://idp.example/saml'));
  });
});
