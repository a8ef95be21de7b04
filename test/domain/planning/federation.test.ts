import assert from 'node:assert/strict';
import type { Candidate, PlanInput } from '../../../domain/planning/candidate.ts';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import {
  buildPlan,
  faultsOf,
  groupCandidate,
  planInput,
  providerCandidate,
  ruleCandidate,
  stepId,
} from './support.ts';

function build(candidates: readonly Candidate[], more: Partial<PlanInput> = {}, ...live: string[]) {
  const steps = buildPlan({ ...planInput(candidates, ...live), ...more });
  assert.deepEqual(faultsOf(steps, candidates), []);
  return (n: number): PlannedStep => {
    const found = steps.find((step) => step.id === stepId(n));
    assert.ok(found, `no step ${n}`);
    return found;
  };
}

const partner = providerCandidate(1);

describe('a provider in a plan', () => {
  it('is written with what the incumbent trusts and what the partner has to load', () => {
    const { targetPayload, targetKeys, disposition } = build([partner])(1);
    assert.equal(disposition, 'planned');
    assert.ok(targetPayload && 'service_provider' in targetPayload);
    assert.deepEqual(
      [targetPayload.entity_id, targetPayload.signing_certificates, targetPayload.enabled],
      ['https://idp.partner1.example/saml', ['MIIB'], true],
    );
    assert.equal(targetPayload.service_provider.acs_url, 'https://target.example/saml/acs');
    assert.deepEqual(targetKeys, ['upstream_saml_provider:https://idp.partner1.example/saml']);
  });

  it('is left to people while nobody has said where the target is reached, with the variable to set', () => {
    const step = build([partner, ruleCandidate(2, partner, ['partner.example'])], {
      serviceProviders: new Map([[stepId(1), null]]),
    });
    assert.deepEqual(
      [step(1).disposition, step(1).reasonCode, step(1).targetPayload],
      ['manual_follow_up', 'target_address_unknown', null],
    );
    assert.match(step(1).reason ?? '', /RUNTIME_BASE_URL/);
    assert.equal(step(2).reasonCode, 'dependency_not_planned');
  });

  it('is blocked where the target knows its entity id, and names it', () => {
    const step = build([partner], {}, 'upstream_saml_provider:https://idp.partner1.example/saml')(1);
    assert.deepEqual([step.disposition, step.reasonCode], ['blocked', 'target_collision']);
    assert.match(step.reason ?? '', /https:\/\/idp\.partner1\.example\/saml/);
  });

  it('is not planned beside another of the same entity id', () => {
    const same = 'https://idp.same.example/saml';
    const step = build([providerCandidate(1, {}, same), providerCandidate(2, {}, same)]);
    assert.deepEqual(
      [step(1).reasonCode, step(2).reasonCode],
      ['duplicate_target_key', 'duplicate_target_key'],
    );
  });
});

describe('a routing rule in a plan', () => {
  it('leads to the step that makes its provider, and comes after it', () => {
    const rule = build([ruleCandidate(2, partner, ['partner.example', '@B.example']), partner])(2);
    assert.deepEqual(rule.targetPayload, {
      name: 'Rule 2',
      domains: ['partner.example', 'b.example'],
      provider: { step_id: stepId(1) },
      priority: 2,
      enabled: true,
    });
    assert.deepEqual([rule.dependsOn, rule.sequence, rule.reason], [[stepId(1)], 2, null]);
  });

  it('is switched off where people sign in at the target today, and says how to switch it on', () => {
    const rule = build([partner, ruleCandidate(2, partner, ['partner.example'])], { merging: true })(2);
    assert.ok(rule.targetPayload && 'enabled' in rule.targetPayload);
    assert.equal(rule.targetPayload.enabled, false);
    assert.equal(rule.reasonCode, null);
    assert.match(rule.reason ?? '', /Switch it on/);
  });

  it('is not planned without its provider, and says which', () => {
    const blocked = providerCandidate(1, { compatibilityClass: 'blocked' });
    const rule = build([blocked, ruleCandidate(2, blocked, ['partner.example'])])(2);
    assert.deepEqual([rule.disposition, rule.reasonCode], ['manual_follow_up', 'dependency_not_planned']);
    assert.ok(rule.reason?.includes(stepId(1)));
    const strange = build([
      groupCandidate(1, 'A'),
      ruleCandidate(2, groupCandidate(1, 'A'), ['partner.example']),
    ])(2);
    assert.match(strange.reason ?? '', /becomes something else/);
    const dangling = build([ruleCandidate(2, null, ['partner.example'])])(2);
    assert.equal(dangling.reasonCode, 'dependency_not_planned');
    assert.match(dangling.reason ?? '', /its provider, which the assessment does not hold/);
  });

  it('is blocked by any of its domains that the target routes, and refused beside another of one domain', () => {
    const rules = [
      partner,
      ruleCandidate(2, partner, ['a.example', 'b.example']),
      ruleCandidate(3, partner, ['b.example', 'c.example']),
      ruleCandidate(4, partner, ['d.example']),
    ];
    const step = build(rules);
    assert.deepEqual(
      [2, 3, 4].map((n) => step(n).reasonCode),
      ['duplicate_target_key', 'duplicate_target_key', null],
    );
    const taken = build(rules, {}, 'federation_routing_rule:a.example');
    assert.deepEqual(
      [2, 3, 4].map((n) => taken(n).reasonCode),
      ['target_collision', null, null],
    );
  });

  describe('whose domains are related to those of others', () => {
    const rules = [
      partner,
      ruleCandidate(2, partner, ['acme.example'], { priority: 9 }),
      ruleCandidate(3, partner, ['sales.acme.example'], { priority: 1 }),
      ruleCandidate(4, partner, ['it.acme.example', 'other.example'], { priority: 5 }),
      ruleCandidate(5, partner, ['acme.example.org'], { priority: 2 }),
      ruleCandidate(6, partner, ['deep.sales.acme.example'], { priority: 7 }),
    ];
    const step = build(rules);

    it('waits for those that the incumbent asks first, and for no others', () => {
      const waits = (n: number) => step(n).dependsOn.filter((id) => id !== stepId(1));
      assert.deepEqual(waits(3), []);
      assert.deepEqual(waits(5), []);
      assert.deepEqual(waits(4), []);
      assert.deepEqual(waits(6), [stepId(3)]);
      assert.deepEqual(waits(2).sort(), [stepId(3), stepId(4), stepId(6)]);
    });

    it('comes in the incumbent\u2019s order, which it carries', () => {
      const order = [3, 5, 4, 6, 2];
      assert.deepEqual(
        order.map((n) => step(n).sequence),
        [2, 3, 4, 5, 6],
      );
      assert.deepEqual(
        order.map((n) => {
          const { targetPayload } = step(n);
          return targetPayload && 'priority' in targetPayload ? targetPayload.priority : null;
        }),
        [1, 2, 5, 7, 9],
      );
    });
  });
});
