import assert from 'node:assert/strict';
import type { CompatibilityClass } from '../../../domain/assessment.ts';
import { buildPlan, type PlannedStep } from '../../../domain/planning/build.ts';
import { checkPlan } from '../../../domain/planning/check.ts';
import {
  applicationCandidate,
  assignmentCandidate,
  groupCandidate,
  otherCandidate,
  planInput,
  stepId,
} from './support.ts';
import { routingRule } from '../../support/target.ts';

const app = applicationCandidate(1);
const group = groupCandidate(2, 'Quality Lab');
const candidates = [app, group, assignmentCandidate(3, app, group), otherCandidate(4)];

/** A sound plan: step 1 is the application, 2 the group, 3 their assignment, 4 nothing that is written. */
function plan() {
  const steps = new Map(buildPlan(planInput(candidates)).map((step) => [step.id, step]));
  const classes = new Map<string, CompatibilityClass>(
    candidates.map((each) => [each.item.id, each.compatibilityClass]),
  );
  return { steps, classes };
}

type Plan = ReturnType<typeof plan>;

function faultsAfter(spoil: (plan: Plan) => void): string[] {
  const spoilt = plan();
  spoil(spoilt);
  return checkPlan([...spoilt.steps.values()], spoilt.classes).map(({ message }) => message);
}

const change =
  (n: number, members: Partial<PlannedStep>) =>
  ({ steps }: Plan): void => {
    const step = steps.get(stepId(n));
    assert.ok(step);
    steps.set(step.id, { ...step, ...members });
  };

describe('the check of a plan', () => {
  it('finds nothing in a sound one', () => {
    assert.deepEqual(
      faultsAfter(() => undefined),
      [],
    );
  });

  const faults: [string, (plan: Plan) => void, RegExp][] = [
    ['lacks an item', ({ steps }) => steps.delete(stepId(4)), /4 items have 3 steps/],
    [
      'has a step too many',
      ({ steps, classes }) => classes.delete(steps.get(stepId(4))?.itemId ?? ''),
      /3 items have 4 steps/,
    ],
    ['has a step of a strange item', change(4, { itemId: 'item-99' }), /not part of the assessment/],
    ['has an item twice', change(4, { itemId: 'item-2' }), /in it twice/],
    ['writes for a step that is not planned', change(4, { action: 'create' }), /would write/],
    [
      'has a payload for a step that is not planned',
      change(4, { targetPayload: { name: 'x', description: null } }),
      /would write/,
    ],
    [
      'plans an item that is blocked',
      ({ classes }) => classes.set('item-2', 'blocked'),
      /its item is blocked/,
    ],
    [
      'plans an item that is only listed',
      ({ classes }) => classes.set('item-1', 'visibility_only'),
      /its item is visibility_only/,
    ],
    [
      'plans an item that is rebuilt by hand',
      ({ classes }) => classes.set('item-3', 'manual_rebuild_required'),
      /manual_rebuild_required/,
    ],
    [
      'plans what nothing creates',
      change(2, { targetContract: 'auth_policy' }),
      /No plan can create auth_policy/,
    ],
    ['plans without saying what to do', change(2, { action: 'none' }), /its action is none/],
    ['binds what nobody decided to bind', change(2, { action: 'bind' }), /its action is bind/],
    ['plans without a payload', change(2, { targetPayload: null }), /payload is not one of tenant_group/],
    [
      'writes a payload of another contract',
      change(2, { targetPayload: { application: { step_id: stepId(1) }, group: { step_id: stepId(2) } } }),
      /payload is not one of tenant_group/,
    ],
    [
      'writes a member that the contract does not have',
      change(2, { targetPayload: { name: 'x', description: null, members: [] } as never }),
      /payload is not one of tenant_group/,
    ],
    [
      'depends on a step that is not planned',
      change(1, { disposition: 'blocked', action: 'none', targetPayload: null }),
      /needs step .*, which is not planned/,
    ],
    [
      'depends on a step that is not there',
      change(3, { dependsOn: [stepId(1), stepId(2), stepId(77)] }),
      new RegExp(`needs step ${stepId(77)}`),
    ],
    ['runs a step before what it needs', change(3, { sequence: 1 }), /comes before step/],
    [
      'routes to a provider of a step without waiting for it',
      change(3, {
        targetContract: 'federation_routing_rule',
        targetPayload: {
          ...routingRule('acme', stepId(1), { domains: ['acme.example'] }),
          provider: { step_id: stepId(77) },
        },
        targetKeys: ['federation_routing_rule:acme.example'],
      }),
      new RegExp(`refers to step ${stepId(77)} without depending on it`),
    ],
    [
      'refers to a step without waiting for it',
      change(3, { dependsOn: [stepId(1)] }),
      new RegExp(`refers to step ${stepId(2)} without`),
    ],
    [
      'claims other keys than its payload has',
      change(2, { targetKeys: ['tenant_group:other'] }),
      /not those of its payload/,
    ],
    ['claims no key', change(2, { targetKeys: [] }), /not those of its payload/],
  ];
  for (const [told, spoil, expected] of faults) {
    it(`refuses one that ${told}`, () => {
      const found = faultsAfter(spoil);
      assert.ok(
        found.some((message) => expected.test(message)),
        found.join('\n') || 'no fault',
      );
    });
  }

  it('refuses two creates of one key, and names the other step, whatever the keys say', () => {
    const double =
      (targetKeys: string[]) =>
      ({ steps, classes }: Plan) => {
        const step = steps.get(stepId(2));
        assert.ok(step);
        const payload = { name: 'QUALITY  lab', description: null };
        steps.set(stepId(5), {
          ...step,
          id: stepId(5),
          itemId: 'item-5',
          targetPayload: payload,
          targetKeys,
        });
        classes.set('item-5', 'native_import');
      };
    for (const keys of [['tenant_group:quality lab'], []]) {
      assert.ok(
        faultsAfter(double(keys)).includes(`It claims the same key at the target as step ${stepId(2)}.`),
      );
    }
  });

  it('names the step that is at fault', () => {
    const spoilt = plan();
    change(2, { targetPayload: null })(spoilt);
    const [fault] = checkPlan([...spoilt.steps.values()], spoilt.classes);
    assert.equal(fault?.stepId, stepId(2));
  });
});
