import assert from 'node:assert/strict';
import { checkPlan, type ItemFacts } from '../../../domain/planning/check.ts';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import {
  applicationCandidate,
  assignmentCandidate,
  buildPlan,
  factsOf,
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
  return { steps, facts: factsOf(candidates) };
}

type Plan = ReturnType<typeof plan>;

function faultsAfter(spoil: (plan: Plan) => void): string[] {
  const spoilt = plan();
  spoil(spoilt);
  return checkPlan([...spoilt.steps.values()], spoilt.facts).map(({ message }) => message);
}

const change =
  (n: number, members: Partial<PlannedStep>) =>
  ({ steps }: Plan): void => {
    const step = steps.get(stepId(n));
    assert.ok(step);
    steps.set(step.id, { ...step, ...members });
  };

/** Says something else of an item than when the plan was built. */
const say =
  (itemId: string, members: Partial<ItemFacts>) =>
  ({ facts }: Plan): void => {
    facts.set(itemId, { ...known(facts, itemId), ...members });
  };

function known(facts: ReadonlyMap<string, ItemFacts>, itemId: string): ItemFacts {
  const found = facts.get(itemId);
  assert.ok(found);
  return found;
}

const bound = (reasonCode: PlannedStep['reasonCode']): Partial<PlannedStep> => ({
  action: 'bind',
  reasonCode,
  targetPayload: null,
  targetKeys: [],
  binding: { resource_id: stepId(900), fingerprint: 'f', incomplete: [] },
});

const mapped = {
  resolution: 'map_to_existing',
  matchedResourceId: stepId(900),
  allowShared: false,
} as const;

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
      ({ steps, facts }) => facts.delete(steps.get(stepId(4))?.itemId ?? ''),
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
      say('item-2', { compatibilityClass: 'blocked' }),
      /its item is blocked/,
    ],
    [
      'plans an item that is only listed',
      say('item-1', { compatibilityClass: 'visibility_only' }),
      /its item is visibility_only/,
    ],
    [
      'plans an item that is rebuilt by hand',
      say('item-3', { compatibilityClass: 'manual_rebuild_required' }),
      /manual_rebuild_required/,
    ],
    [
      'plans what nothing creates',
      change(2, { targetContract: 'auth_policy' }),
      /No plan can create auth_policy/,
    ],
    ['plans without saying what to do', change(2, { action: 'none' }), /its action is none/],
    ['binds to nothing', change(2, { action: 'bind' }), /binds to nothing/],
    ['binds what nobody decided to bind', change(2, bound('merge_decision')), /nobody decided/],
    ['binds to a link that is another', change(2, bound('already_migrated')), /nobody decided/],
    [
      'binds and writes',
      change(2, { ...bound('merge_decision'), targetPayload: { name: 'x', description: null } }),
      /binds and would write/,
    ],
    ['binds a group as an assignment', change(2, bound('already_assigned')), /as an assignment and is none/],
    [
      'binds an assignment whose ends are yet to be made',
      change(3, bound('already_assigned')),
      /whose application is not at the target/,
    ],
    [
      'creates what was decided to be bound',
      say('item-2', { decision: mapped }),
      /what was decided is map_to_existing/,
    ],
    [
      'creates what was decided to be left out',
      say('item-2', { decision: { ...mapped, resolution: 'skip' } }),
      /is skip/,
    ],
    ['plans what is out of scope', say('item-1', { inScope: false }), /out of scope/],
    ['makes something else of an item', say('item-2', { targetContract: 'none' }), /not that of its item/],
    [
      'assigns another application than the assessment says',
      say('item-3', {
        needs: [
          { relation: 'application', itemId: 'item-2' },
          { relation: 'group', itemId: 'item-2' },
        ],
      }),
      /Its application is not what that item/,
    ],
    [
      'assigns to what becomes no application',
      change(1, { targetContract: 'tenant_group' }),
      /Its application is not what that item/,
    ],
    [
      'refers to a resource that no item comes to',
      change(3, {
        targetPayload: { application: { resource_id: stepId(9) }, group: { step_id: stepId(2) } },
        targetKeys: [`tenant_app_assignment:${stepId(9)}/step:${stepId(2)}`],
      }),
      /Its application is not what that item/,
    ],
    [
      'lets two steps wait for each other',
      ({ steps, facts }) => {
        change(1, { dependsOn: [stepId(2)] })({ steps, facts });
        change(2, { dependsOn: [stepId(1)] })({ steps, facts });
      },
      /comes before step/,
    ],
    ['lets a step wait for itself', change(2, { dependsOn: [stepId(2)] }), /comes before step/],
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
      ({ steps, facts }: Plan) => {
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
        facts.set('item-5', known(factsOf([group]), 'item-2'));
      };
    for (const keys of [['tenant_group:quality lab'], []]) {
      assert.ok(
        faultsAfter(double(keys)).includes(`It claims the same key at the target as step ${stepId(2)}.`),
      );
    }
  });

  describe('of what is bound', () => {
    const twice = (shared: boolean): string[] =>
      faultsAfter((plan) => {
        const second = groupCandidate(5, 'Second');
        plan.facts.set('item-5', known(factsOf([second]), 'item-5'));
        const [step] = buildPlan(planInput([second]));
        assert.ok(step);
        plan.steps.set(step.id, step);
        for (const n of [2, 5]) {
          say(`item-${n}`, { decision: { ...mapped, allowShared: shared } })(plan);
          change(n, bound('merge_decision'))(plan);
        }
      });

    it('takes one group for two items when that was decided, and no other way', () => {
      const told = twice(false).filter((message) => message.includes('same resource'));
      assert.deepEqual(told, [`It binds to the same resource as step ${stepId(2)}.`]);
      assert.ok(!twice(true).some((message) => message.includes('same resource')));
    });

    it('takes what a former cutover brought there, as it was then', () => {
      const link = { resourceId: stepId(900), fingerprint: 'f' };
      const after = (fingerprint: string) =>
        faultsAfter((plan) => {
          say('item-2', { link: { ...link, fingerprint } })(plan);
          change(2, bound('already_migrated'))(plan);
        }).filter((message) => message.includes('nobody decided'));
      assert.deepEqual(after('f'), []);
      assert.equal(after('other').length, 1);
    });
  });

  it('names the step that is at fault', () => {
    const spoilt = plan();
    change(2, { targetPayload: null })(spoilt);
    const [fault] = checkPlan([...spoilt.steps.values()], spoilt.facts);
    assert.equal(fault?.stepId, stepId(2));
  });
});
