import assert from 'node:assert/strict';
import type { PolicyForm } from '../../domain/inventory/policy.ts';
import {
  inverseOf,
  longestSession,
  rollbackNotes,
  rollbackOrder,
  rollbackSteps,
  type AppliedStep,
  type RollbackSurroundings,
} from '../../domain/rollbackGuidance.ts';
import { plannableContracts } from '../../domain/target.ts';
import { oidcApplication, routingRule, samlProvider, tenantGroup } from '../support/target.ts';

const applied = (targetContract: string, more: Partial<AppliedStep> = {}): AppliedStep => ({
  stepId: 's',
  name: 'Thing',
  targetContract,
  outcome: 'created',
  targetResourceId: 'resource-1',
  targetPayload: null,
  incomplete: [],
  incumbentClientId: null,
  ...more,
});
const payloads = {
  federation_routing_rule: routingRule('a', 'p'),
  tenant_oidc_application: oidcApplication('a'),
  tenant_app_assignment: { application: { resource_id: 'a' }, group: { resource_id: 'g' } },
  tenant_group: tenantGroup('a'),
  upstream_saml_provider: samlProvider('a'),
};

describe('generated rollback guidance', () => {
  it('has its place in the order for everything that a plan can make, rules first and providers last', () => {
    assert.deepEqual([...rollbackOrder].sort(), [...plannableContracts].sort());
    assert.equal(rollbackSteps.length, plannableContracts.length + 1);
    assert.match(rollbackSteps[0] ?? '', /routing rule/);
    assert.match(rollbackSteps.at(-1) ?? '', /Leave the incumbent as it is/);
  });

  for (const contract of plannableContracts) {
    it(`names the resource that undoes a created ${contract}, and what that does not restore`, () => {
      const { inverse, notRestored } = inverseOf(applied(contract, { targetPayload: payloads[contract] }));
      assert.ok(inverse.includes('\u201cThing\u201d (resource-1)'), inverse);
      assert.ok(notRestored.length > 0);
    });

    it(`has nothing to undo of a ${contract} that was there before`, () => {
      for (const outcome of ['bound', 'unchanged'] as const) {
        const bound = inverseOf(
          applied(contract, { outcome, incomplete: ['It lacks https://a.example/cb.'] }),
        );
        assert.ok(bound.inverse.startsWith('Nothing to undo'), bound.inverse);
        assert.ok(bound.inverse.includes('It lacks https://a.example/cb.'));
        assert.deepEqual(bound.notRestored, []);
      }
    });
  }

  it('says of a rule whether it was switched on, and of an application which client id it goes back to', () => {
    const rule = (enabled: boolean) =>
      inverseOf(applied('federation_routing_rule', { targetPayload: routingRule('a', 'p', { enabled }) }))
        .inverse;
    assert.match(rule(true), /^Switch off/);
    assert.match(rule(false), /^If it was switched on since, switch off/);
    const application = (incumbentClientId: string) =>
      inverseOf(
        applied('tenant_oidc_application', { targetPayload: oidcApplication('a'), incumbentClientId }),
      ).inverse;
    assert.match(application('client-a'), /the client id client-a stays as it is/);
    assert.match(application('0oa1'), /the client id is 0oa1 again/);
  });

  const policy = (more: object): PolicyForm =>
    ({ active: true, rules: null, settings: {}, ...more }) as unknown as PolicyForm;
  const signOn = (...minutes: (number | undefined)[]) =>
    policy({
      rules: minutes.map((maxSessionLifetimeMinutes) => ({
        active: true,
        actions: { signon: { session: { maxSessionLifetimeMinutes } } },
      })),
    });
  const frequency = (signInFrequency: object) =>
    policy({ settings: { sessionControls: { signInFrequency } } });

  it('finds the longest session of both vendors, of policies and rules in use', () => {
    const longest = (...forms: PolicyForm[]) =>
      longestSession({ policies: forms.map((normalized, index) => ({ name: `P${index}`, normalized })) });
    assert.equal(longest(), null);
    assert.equal(longest(signOn(undefined), policy({})), null);
    assert.deepEqual(longest(signOn(120, 480), signOn(60)), { policy: 'P0', minutes: 480 });
    assert.deepEqual(longest(signOn(120), signOn(0)), { policy: 'P1', minutes: Infinity });
    assert.equal(longest({ ...signOn(120), active: false }), null);
    assert.deepEqual(longest(frequency({ value: 2, type: 'days' }), frequency({ value: 3, type: 'hours' })), {
      policy: 'P0',
      minutes: 2 * 24 * 60,
    });
    assert.equal(longest(frequency({ value: 2, type: 'days', isEnabled: false })), null);
  });

  it('tells of sessions, refresh tokens, DNS and the administrator, whatever was read', () => {
    const around: RollbackSurroundings = {
      sourceType: 'okta',
      policies: [{ name: 'Everybody', normalized: signOn(120) }],
      signInHosts: ['login.example.com'],
      providers: ['Partner'],
    };
    const text = (change: Partial<RollbackSurroundings>) =>
      rollbackNotes({ ...around, ...change }).map((note) => note.text);
    const [sessions = '', tokens = '', dns = '', administrator = ''] = text({});
    assert.match(sessions, /The longest last 2 hours \(policy \u201cEverybody\u201d\)/);
    assert.match(tokens, /authorization server/);
    assert.match(dns, /login\.example\.com.*time-to-live/);
    assert.match(administrator, /none of \u201cPartner\u201d/);
    assert.match(text({ policies: [] })[0] ?? '', /is not in the inventory/);
    assert.match(text({ policies: [{ name: 'P', normalized: signOn(0) }] })[0] ?? '', /have no end/);
    assert.match(text({ sourceType: 'entra' })[1] ?? '', /90 days/);
    assert.match(text({ signInHosts: [] })[2] ?? '', /no DNS record has to move/);
    assert.match(text({ providers: [] })[3] ?? '', /an administrator of the target can sign in/);
  });
});
