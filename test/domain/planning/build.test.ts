import assert from 'node:assert/strict';
import type { Candidate } from '../../../domain/planning/candidate.ts';
import { keysToLookUp } from '../../../domain/planning/create.ts';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import {
  applicationCandidate,
  assignmentCandidate,
  buildPlan,
  decided,
  groupCandidate,
  otherCandidate,
  planInput,
  stepId,
} from './support.ts';

const build = (candidates: readonly Candidate[], ...live: string[]) =>
  buildPlan(planInput(candidates, ...live));
const of = (steps: readonly PlannedStep[], n: number): PlannedStep => {
  const found = steps.find((step) => step.id === stepId(n));
  assert.ok(found, `no step ${n}`);
  return found;
};
const toldOf = (steps: readonly PlannedStep[]) =>
  steps.map(({ disposition, reasonCode }) => [disposition, reasonCode].filter(Boolean).join(' '));

describe('building a plan', () => {
  it('gives every item one step, under its own id', () => {
    const candidates = [groupCandidate(1, 'A'), applicationCandidate(2), otherCandidate(3)];
    const steps = build(candidates);
    assert.deepEqual(
      steps.map((step) => step.itemId).sort(),
      candidates.map((each) => each.item.id),
    );
    assert.deepEqual(steps.map((step) => step.id).sort(), [stepId(1), stepId(2), stepId(3)]);
    assert.deepEqual(
      steps.map((step) => step.sequence),
      [1, 2, 3],
    );
  });

  it('plans what moves as it is or nearly so, with exactly what will be written', () => {
    const steps = build([
      groupCandidate(1, 'Quality Lab', { compatibilityClass: 'import_with_approximation' }),
      applicationCandidate(2),
    ]);
    assert.deepEqual(toldOf(steps), ['planned', 'planned']);
    const { action, targetPayload, targetKeys, reason } = of(steps, 1);
    assert.deepEqual(
      [action, targetPayload, targetKeys, reason],
      ['create', { name: 'Quality Lab', description: null }, ['tenant_group:quality lab'], null],
    );
    assert.deepEqual(of(steps, 2).targetKeys, ['tenant_oidc_application:0oa2']);
  });

  for (const [compatibilityClass, told] of [
    ['visibility_only', 'skipped visibility_only'],
    ['manual_rebuild_required', 'manual_follow_up manual_rebuild_required'],
    ['blocked', 'blocked blocked'],
  ] as const) {
    it(`writes nothing of an item that is ${compatibilityClass}, and says why`, () => {
      const steps = build([groupCandidate(1, 'A', { compatibilityClass })]);
      assert.deepEqual(toldOf(steps), [told]);
      const { action, targetPayload, targetKeys, reason } = of(steps, 1);
      assert.deepEqual([action, targetPayload, targetKeys], ['none', null, []]);
      assert.match(reason ?? '', /^Reason\./);
    });
  }

  it('leaves to people what the target does not create, with the remedy', () => {
    const policy = otherCandidate(1, {
      compatibilityClass: 'import_with_approximation',
      remedy: 'Set it up by hand.',
    });
    const steps = build([policy]);
    assert.deepEqual(toldOf(steps), ['manual_follow_up auth_policy_not_automated']);
    assert.match(of(steps, 1).reason ?? '', /Set it up by hand\.$/);
  });

  it('leaves to people what has not enough evidence to be written', () => {
    const nameless = groupCandidate(1, '', { compatibilityClass: 'import_with_approximation' });
    const grantless = applicationCandidate(2, (settings) => (settings.grant_types = ['implicit']));
    const withoutId = applicationCandidate(3, (_settings, credentials) => (credentials.client_id = ''));
    const steps = build([nameless, grantless, withoutId]);
    assert.deepEqual([...new Set(toldOf(steps))], ['manual_follow_up contract_not_supported']);
  });

  describe('with two items that would be the same at the target', () => {
    it('plans neither group, and each names the other', () => {
      const steps = build([
        groupCandidate(1, 'VPN  users'),
        groupCandidate(2, 'vpn Users'),
        groupCandidate(3, 'Other'),
      ]);
      assert.deepEqual(toldOf(steps), [
        'manual_follow_up duplicate_target_key',
        'manual_follow_up duplicate_target_key',
        'planned',
      ]);
      assert.ok(of(steps, 1).reason?.includes(`(step ${stepId(2)})`));
      assert.ok(of(steps, 2).reason?.includes(`(step ${stepId(1)})`));
      assert.deepEqual(
        [of(steps, 1).action, of(steps, 1).targetPayload, of(steps, 1).targetKeys],
        ['none', null, []],
      );
    });

    it('names all of three in one order', () => {
      const steps = build([groupCandidate(3, 'X'), groupCandidate(1, 'X'), groupCandidate(2, 'X')]);
      assert.ok(
        of(steps, 1).reason?.includes(`(step ${stepId(2)}, ${stepId(3)})`),
        of(steps, 1).reason ?? '',
      );
    });

    it('plans neither application of one client id', () => {
      const same = (_settings: unknown, credentials: { client_id: string }) =>
        (credentials.client_id = '0oaX');
      const steps = build([applicationCandidate(1, same), applicationCandidate(2, same)]);
      assert.deepEqual([...new Set(toldOf(steps))], ['manual_follow_up duplicate_target_key']);
    });

    it('plans neither assignment of one pair', () => {
      const app = applicationCandidate(1);
      const group = groupCandidate(2, 'A');
      const steps = build([
        app,
        group,
        assignmentCandidate(3, app, group),
        assignmentCandidate(4, app, group),
      ]);
      assert.deepEqual(toldOf(steps.slice(2)), [
        'manual_follow_up duplicate_target_key',
        'manual_follow_up duplicate_target_key',
      ]);
    });

    it('does not count one that is not planned', () => {
      const steps = build([
        groupCandidate(1, 'X'),
        groupCandidate(2, 'X', { compatibilityClass: 'blocked' }),
      ]);
      assert.deepEqual(toldOf(steps), ['planned', 'blocked blocked']);
    });
  });

  describe('with a target that holds something already', () => {
    it('blocks a group whose name is taken, and says which', () => {
      const steps = build([groupCandidate(1, 'VPN Users')], 'tenant_group:vpn users');
      assert.deepEqual(toldOf(steps), ['blocked target_collision']);
      assert.match(of(steps, 1).reason ?? '', /a group called “vpn users”/);
    });

    it('gives an application another client id when its own is taken, always the same, and says so', () => {
      const candidates = [applicationCandidate(1)];
      const steps = build(candidates, 'tenant_oidc_application:0oa1');
      assert.deepEqual(toldOf(steps), ['planned']);
      const { targetPayload, targetKeys, reason } = of(steps, 1);
      const chosen = `new-${stepId(1)}`;
      assert.ok(targetPayload && 'client_id' in targetPayload);
      assert.deepEqual(
        [targetPayload.client_id, targetKeys],
        [chosen, [`tenant_oidc_application:${chosen}`]],
      );
      assert.equal(reason, `Its client id 0oa1 is taken at the target; it gets ${chosen}.`);
      assert.deepEqual(build(candidates, 'tenant_oidc_application:0oa1'), steps);
    });

    it('asks for the keys of what could move, and of nothing else', () => {
      const candidates = [
        groupCandidate(1, 'VPN Users'),
        applicationCandidate(2),
        groupCandidate(3, 'Stays', { compatibilityClass: 'visibility_only' }),
        otherCandidate(4),
      ];
      assert.deepEqual(keysToLookUp(candidates, builtInTarget), [
        'tenant_group:vpn users',
        'tenant_oidc_application:0oa2',
      ]);
    });
  });

  describe('with assignments', () => {
    const app = applicationCandidate(1);
    const group = groupCandidate(2, 'A');

    it('refers to the steps that make their ends, and comes after them', () => {
      const steps = build([assignmentCandidate(3, app, group), app, group]);
      const step = of(steps, 3);
      assert.deepEqual(step.targetPayload, {
        application: { step_id: stepId(1) },
        group: { step_id: stepId(2) },
      });
      assert.deepEqual(step.dependsOn, [stepId(1), stepId(2)]);
      assert.equal(step.sequence, 3);
    });

    for (const [why, stays] of [
      [
        'its application is not planned',
        [applicationCandidate(1, undefined, { compatibilityClass: 'blocked' }), group],
      ],
      ['its group is not planned', [app, groupCandidate(2, 'A', { compatibilityClass: 'visibility_only' })]],
    ] as const) {
      it(`does not plan one when ${why}, and says which`, () => {
        const steps = build([...stays, assignmentCandidate(3, app, group)]);
        assert.equal(toldOf(steps).at(-1), 'manual_follow_up dependency_not_planned');
        const missing = steps.find((step) => step.disposition !== 'planned');
        assert.ok(of(steps, 3).reason?.includes(missing?.id ?? 'none'));
      });
    }

    it('does not plan one whose group collides at the target or with another item', () => {
      const colliding = build([app, group, assignmentCandidate(3, app, group)], 'tenant_group:a');
      assert.equal(of(colliding, 3).reasonCode, 'dependency_not_planned');
      const doubled = build([app, group, groupCandidate(4, 'a'), assignmentCandidate(3, app, group)]);
      assert.equal(of(doubled, 3).reasonCode, 'dependency_not_planned');
    });

    it('does not plan one whose ends are not known', () => {
      for (const needs of [assignmentCandidate(3, null, group), assignmentCandidate(3, app, null)]) {
        assert.equal(of(build([app, group, needs]), 3).disposition, 'manual_follow_up');
      }
    });
  });

  it('puts groups before applications before assignments, and what is only told last', () => {
    const app = applicationCandidate(1);
    const group = groupCandidate(5, 'A');
    const steps = build([
      otherCandidate(2),
      assignmentCandidate(3, app, group),
      app,
      groupCandidate(4, 'B'),
      group,
    ]);
    assert.deepEqual(
      steps.map((step) => step.id),
      [4, 5, 1, 3, 2].map(stepId),
    );
  });
});

describe('building a plan where the target is merged with', () => {
  const merge = (candidates: readonly Candidate[], ...live: string[]) =>
    buildPlan({ ...planInput(candidates, ...live), merging: true });
  const there = 'tenant_group:staff';

  it('does what was decided about a group that is there already', () => {
    const group = groupCandidate(1, 'Staff');
    const told = (more: Parameters<typeof decided>[2]) =>
      toldOf(merge([decided(group, 'Staff', more)], there)).join();
    assert.equal(told({}), 'manual_follow_up merge_decision');
    assert.equal(told({ resolution: 'skip' }), 'skipped decision_skip');
    const bound = { resolution: 'map_to_existing' as const, matchedResourceId: stepId(900) };
    assert.equal(told(bound), 'manual_follow_up merge_decision', 'what was decided on is gone');
    assert.equal(told({ resolution: 'create_new' }), 'manual_follow_up create_new_collides');
    const same = { resolution: 'create_new' as const, targetOverrides: { name: 'STAFF' } };
    assert.equal(told(same), 'manual_follow_up create_new_collides');
    const other = { resolution: 'create_new' as const, targetOverrides: { name: 'Staff (Okta)' } };
    assert.equal(told(other), 'planned');
  });

  it('creates beside what is there by what was given for it, and looks that up as well', () => {
    const app = decided(applicationCandidate(1), 'Application 1', {
      resolution: 'create_new',
      targetOverrides: { name: 'Application 1 (Okta)', client_id: 'okta-1' },
    });
    assert.deepEqual(keysToLookUp([app], builtInTarget), ['tenant_oidc_application:okta-1']);
    const step = of(merge([app], 'tenant_oidc_application:0oa1'), 1);
    assert.deepEqual(
      [step.disposition, step.targetKeys, step.decisionVersion],
      ['planned', ['tenant_oidc_application:okta-1'], 3],
    );
    assert.ok(step.targetPayload && 'name' in step.targetPayload);
    assert.equal(step.targetPayload.name, 'Application 1 (Okta)');
    const taken = of(merge([app], 'tenant_oidc_application:okta-1'), 1);
    assert.deepEqual([taken.disposition, taken.reasonCode], ['blocked', 'target_collision']);
  });

  it('gives no other client id to an application whose own was taken without anybody deciding', () => {
    const app = applicationCandidate(1);
    const step = of(merge([app], 'tenant_oidc_application:0oa1'), 1);
    assert.deepEqual([step.disposition, step.reasonCode], ['blocked', 'target_collision_undecided']);
    assert.match(step.reason ?? '', /Refresh the merge decisions/);
    assert.equal(of(build([app], 'tenant_oidc_application:0oa1'), 1).disposition, 'planned');
  });

  it('leaves out what depends on what is left out, and says why', () => {
    const group = decided(groupCandidate(1, 'Staff'), 'Staff', { resolution: 'skip' });
    const app = applicationCandidate(2);
    const steps = merge([group, app, assignmentCandidate(3, app, group)], there);
    const step = of(steps, 3);
    assert.deepEqual([step.disposition, step.reasonCode], ['skipped', 'decision_skip']);
    assert.ok(step.reason?.includes(stepId(1)));
  });
});
