import assert from 'node:assert/strict';
import fc from 'fast-check';
import { groupNameKey, isCreatable, needsSecret, payloadSchemas, targetKeys } from '../../domain/target.ts';
import { targetContracts } from '../../domain/assessment.ts';

const key = groupNameKey;

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

  it('exists for the contracts that the target creates, and for no name of an object member', () => {
    assert.deepEqual(targetContracts.filter(isCreatable), [
      'tenant_group',
      'tenant_oidc_application',
      'tenant_app_assignment',
    ]);
    assert.deepEqual(['toString', '__proto__', 'constructor'].filter(isCreatable), []);
  });
});
