import assert from 'node:assert/strict';
import type { Candidate, PlanInput } from '../../../domain/planning/candidate.ts';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import type { LiveResource, ResourcePayloads } from '../../../domain/target.ts';
import {
  applicationCandidate,
  assignmentCandidate,
  buildPlan,
  counterpart,
  decided,
  faultsOf,
  groupCandidate,
  linkTo,
  mapped,
  planInput,
  providerCandidate,
  ruleCandidate,
  stepId,
} from './support.ts';

function build(
  candidates: readonly Candidate[],
  resources: readonly LiveResource[],
  more: Partial<PlanInput> = {},
) {
  const byId = new Map(resources.map((resource) => [resource.resourceId, resource]));
  const steps = buildPlan({ ...planInput(candidates), merging: true, resources: byId, ...more });
  assert.deepEqual(faultsOf(steps, candidates), []);
  return (n: number): PlannedStep => {
    const found = steps.find((step) => step.id === stepId(n));
    assert.ok(found, `no step ${n}`);
    return found;
  };
}

const told = ({ disposition, action, reasonCode }: PlannedStep) =>
  [disposition, action, reasonCode].filter(Boolean).join(' ');

const group = groupCandidate(1, 'Staff');
const app = applicationCandidate(2);
const partner = providerCandidate(3);

describe('an item that was decided to be what the target has', () => {
  for (const [what, candidate] of [
    ['a group', group],
    ['an application', app],
    ['a provider', partner],
  ] as const) {
    it(`binds ${what}, writes nothing, and claims no key`, () => {
      const live = counterpart(candidate, 900);
      const step = build([mapped(candidate, live)], [live])(Number(candidate.stepId.slice(-3)));
      assert.equal(told(step), 'planned bind merge_decision');
      assert.deepEqual(
        [step.targetPayload, step.targetKeys, step.binding, step.decisionVersion],
        [null, [], { resource_id: stepId(900), fingerprint: 'f900', incomplete: [] }, 3],
      );
      assert.ok(step.reason?.includes(live.name));
    });
  }

  it('is left to people when that was changed or removed since', () => {
    const live = counterpart(group, 900);
    const was = mapped(group, live);
    assert.equal(told(build([was], [])(1)), 'manual_follow_up none merge_decision');
    const other = { ...live, fingerprint: 'other' };
    assert.match(build([was], [other])(1).reason ?? '', /changed or removed/);
  });

  it('is left to people when it may not be bound any more', () => {
    const live = counterpart(app, 900, { client_type: 'public' });
    const step = build([mapped(app, live)], [live])(2);
    assert.equal(told(step), 'manual_follow_up none merge_decision');
    assert.match(step.reason ?? '', /confidential.*public/);
  });

  it('says what an application lacks at the target', () => {
    const change = {
      redirect_uris: ['https://other.example/cb'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_post',
    };
    const live = counterpart(app, 900, change);
    assert.deepEqual(build([mapped(app, live)], [live])(2).binding?.incomplete, [
      'Add the redirect URI https://payroll.example/cb.',
      'Allow the grant refresh_token.',
      'The application authenticates with client_secret_basic; the target expects client_secret_post. Change one of them.',
    ]);
  });

  it('says which public keys of an application the target lacks, whatever they are called', () => {
    const key = { kty: 'RSA', kid: 'k1', n: 'abc', e: 'AQAB', use: 'sig', status: 'ACTIVE' };
    const signing = applicationCandidate(2, (settings, credentials) => {
      credentials.token_endpoint_auth_method = 'private_key_jwt';
      settings.jwks = { keys: [key] };
    });
    const lacks = (change: Partial<ResourcePayloads['tenant_oidc_application']>) => {
      const live = counterpart(signing, 900, change);
      return build([mapped(signing, live)], [live])(2).binding?.incomplete;
    };
    const { status: _status, ...bare } = key;
    assert.deepEqual(lacks({ jwks: { keys: [{ ...bare, kid: 'other' }] } }), []);
    assert.deepEqual(lacks({ jwks: { keys: [{ ...bare, n: 'xyz' }] } }), [
      'Add the public key k1 that it signs with.',
    ]);
  });

  it('says that a provider lacks the certificate of today, and nothing of those to come', () => {
    const certificates = [
      { key_id: 'k2', role: 'current' as const, x5c: 'TmV3' },
      { key_id: 'k3', role: 'next' as const, x5c: 'TmV4dA==' },
    ];
    const rolled = {
      ...partner,
      item: { ...partner.item, normalized: { ...partner.item.normalized, certificates } },
    } as Candidate;
    const live = counterpart(partner, 900);
    assert.deepEqual(build([mapped(rolled, live)], [live])(3).binding?.incomplete, [
      'Add the certificate that the partner signs with today (key k2).',
    ]);
  });

  describe('and is a routing rule', () => {
    const rule = ruleCandidate(4, partner, ['partner.example']);
    const provider = counterpart(partner, 901);
    const bound = mapped(partner, provider);

    it('binds when its domains are among the live ones and its provider is the live rule\u2019s', () => {
      const live = counterpart(rule, 900, { domains: ['partner.example', 'more.example'] });
      const step = build([bound, mapped(rule, live)], [provider, live])(4);
      assert.equal(told(step), 'planned bind merge_decision');
      assert.deepEqual(step.dependsOn, [stepId(3)]);
    });

    for (const [why, change, expected] of [
      ['it routes other domains', { domains: ['more.example'] }, /does not have partner\.example/],
      ['it leads elsewhere', { provider: { resource_id: stepId(999) } }, /another provider/],
    ] as const) {
      it(`is left to people when ${why}`, () => {
        const live = counterpart(rule, 900, change);
        const step = build([bound, mapped(rule, live)], [provider, live])(4);
        assert.equal(told(step), 'manual_follow_up none merge_decision');
        assert.match(step.reason ?? '', expected);
      });
    }

    it('is left to people when its provider is made anew, and left out with its provider', () => {
      const live = counterpart(rule, 900);
      assert.equal(
        told(build([partner, mapped(rule, live)], [live])(4)),
        'manual_follow_up none merge_decision',
      );
      const skipped = decided(partner, 'x', { resolution: 'skip' });
      assert.equal(told(build([skipped, mapped(rule, live)], [live])(4)), 'skipped none decision_skip');
    });

    it('leads to a provider that is bound when it is made itself', () => {
      const step = build([bound, rule], [provider])(4);
      assert.ok(step.targetPayload && 'provider' in step.targetPayload);
      assert.deepEqual(
        [step.targetPayload.provider, step.dependsOn],
        [{ resource_id: stepId(901) }, [stepId(3)]],
      );
    });
  });
});

describe('an item that an earlier cutover brought to the target', () => {
  for (const merging of [true, false]) {
    it(`binds as long as it is as it was, ${merging ? 'whatever was decided' : 'in a first cutover too'}`, () => {
      const live = counterpart(group, 900);
      const linked = { ...group, link: linkTo(live) };
      const candidate = merging ? decided(linked, 'Staff', { resolution: 'skip' }) : linked;
      const step = build([candidate], [live], { merging, live: new Map([['tenant_group:staff', [live]]]) })(
        1,
      );
      assert.equal(told(step), 'planned bind already_migrated');
      assert.deepEqual(step.binding, { resource_id: stepId(900), fingerprint: 'f900', incomplete: [] });
    });
  }

  it('is left to people when it was changed there since', () => {
    const live = counterpart(group, 900);
    const linked = { ...group, link: { ...linkTo(live), fingerprint: 'former' } };
    const assignment = assignmentCandidate(5, app, linked);
    const step = build([linked, app, assignment], [live], { merging: false });
    assert.equal(told(step(1)), 'manual_follow_up none linked_resource_changed');
    assert.equal(told(step(5)), 'manual_follow_up none dependency_not_planned');
  });

  it('is made again when it is gone', () => {
    const linked = { ...group, link: linkTo(counterpart(group, 900)) };
    assert.equal(told(build([linked], [], { merging: false })(1)), 'planned create');
  });

  it('says what has come to it at the incumbent since', () => {
    const live = counterpart(app, 900, { redirect_uris: [] });
    const step = build([{ ...app, link: linkTo(live) }], [live], { merging: false })(2);
    assert.deepEqual(step.binding?.incomplete, ['Add the redirect URI https://payroll.example/cb.']);
  });

  it('stays for people when it may not move any more', () => {
    const live = counterpart(group, 900);
    const blocked = groupCandidate(1, 'Staff', { compatibilityClass: 'blocked', link: linkTo(live) });
    assert.equal(told(build([blocked], [live])(1)), 'blocked none blocked');
  });
});

describe('an assignment between what is at the target', () => {
  const [liveApp, liveGroup] = [counterpart(app, 901), counterpart(group, 902)];
  const linkedApp = { ...app, link: linkTo(liveApp) };
  const linkedGroup = { ...group, link: linkTo(liveGroup) };
  const key = `tenant_app_assignment:${stepId(901)}/${stepId(902)}`;
  const there: LiveResource = {
    contract: 'tenant_app_assignment',
    payload: { application: { resource_id: stepId(901) }, group: { resource_id: stepId(902) } },
    resourceId: stepId(903),
    name: 'a',
    fingerprint: 'f903',
    group: null,
  };
  const plan = (assignment: Candidate, live: readonly LiveResource[], merging = false) =>
    build([linkedApp, linkedGroup, assignment], [liveApp, liveGroup], {
      merging,
      live: new Map(live.length > 0 ? [[key, live]] : []),
    })(5);

  for (const merging of [true, false]) {
    it(`is bound, and not made twice, where it is live ${merging ? 'in a merge' : 'in a first cutover'}`, () => {
      const step = plan(assignmentCandidate(5, linkedApp, linkedGroup), [there], merging);
      assert.equal(told(step), 'planned bind already_assigned');
      assert.deepEqual(
        [step.binding, step.dependsOn],
        [{ resource_id: stepId(903), fingerprint: 'f903', incomplete: [] }, [stepId(2), stepId(1)]],
      );
    });
  }

  it('is told to be ours where an earlier cutover made it', () => {
    const ours = assignmentCandidate(5, linkedApp, linkedGroup, { link: linkTo(there) });
    assert.equal(told(plan(ours, [there])), 'planned bind already_migrated');
    assert.equal(told(plan(ours, [])), 'planned create', 'it was removed since');
  });

  it('is made between them where it is not, under the key that the target would know it by', () => {
    const step = plan(assignmentCandidate(5, linkedApp, linkedGroup), []);
    assert.equal(told(step), 'planned create');
    assert.deepEqual([step.targetPayload, step.targetKeys], [there.payload, [key]]);
    assert.deepEqual(step.dependsOn, [stepId(2), stepId(1)]);
  });

  it('is made between what is bound and what is created', () => {
    const assignment = assignmentCandidate(5, app, linkedGroup);
    const step = build([app, linkedGroup, assignment], [liveGroup], { merging: false })(5);
    assert.deepEqual(step.targetPayload, {
      application: { step_id: stepId(2) },
      group: { resource_id: stepId(902) },
    });
  });
});

describe('a plan of a part of the assessment', () => {
  const out = { inScope: false };
  const [outApp, outGroup] = [applicationCandidate(2, undefined, out), groupCandidate(1, 'Staff', out)];

  it('leaves out what is not in it, whatever its class, and still has a step for it', () => {
    const blocked = groupCandidate(6, 'Blocked', { ...out, compatibilityClass: 'blocked' });
    const step = build([outApp, blocked, group], []);
    assert.deepEqual(
      [2, 6, 1].map((n) => told(step(n))),
      ['skipped none out_of_scope', 'skipped none out_of_scope', 'planned create'],
    );
  });

  it('plans what needs something outside of it that is at the target already', () => {
    const live = counterpart(outGroup, 902);
    const linked = { ...outGroup, link: linkTo(live) };
    const step = build([app, linked, assignmentCandidate(5, app, linked)], [live])(5);
    assert.equal(told(step), 'planned create');
    assert.deepEqual(
      [step.targetPayload, step.dependsOn],
      [{ application: { step_id: stepId(2) }, group: { resource_id: stepId(902) } }, [stepId(2)]],
    );
  });

  it('says what something needs that is outside of it and nowhere else', () => {
    const step = build([app, outGroup, assignmentCandidate(5, app, outGroup)], [])(5);
    assert.equal(told(step), 'manual_follow_up none dependency_not_planned');
    assert.match(step.reason ?? '', /Staff.*outside the scope of this plan and has not been migrated yet/);
    const live = counterpart(outGroup, 902);
    const changed = { ...outGroup, link: { ...linkTo(live), fingerprint: 'former' } };
    const other = build([app, changed, assignmentCandidate(5, app, changed)], [live])(5);
    assert.match(other.reason ?? '', /changed at the target since/);
  });
});

describe('a plan that is built again after a part of it was applied', () => {
  const live = counterpart(group, 902);
  const [first] = buildPlan(planInput([group]));
  assert.ok(first);
  const appliedGroup = { ...group, link: linkTo(live), applied: { step: first, resourceId: stepId(902) } };

  it('keeps what was applied as it is, though its key is taken now', () => {
    const taken = new Map([['tenant_group:staff', [live]]]);
    const step = build([appliedGroup, app], [live], { merging: false, live: taken })(1);
    assert.deepEqual(step, { ...first, sequence: 1 });
  });

  it('goes on from what the applied steps came to', () => {
    const assignment = assignmentCandidate(5, app, appliedGroup);
    const step = build([appliedGroup, app, assignment], [live], { merging: false })(5);
    assert.deepEqual(step.targetPayload, {
      application: { step_id: stepId(2) },
      group: { resource_id: stepId(902) },
    });
    assert.deepEqual(step.dependsOn, [stepId(2), stepId(1)]);
  });

  it('says when what was applied is gone again', () => {
    const assignment = assignmentCandidate(5, app, appliedGroup);
    const step = build([appliedGroup, app, assignment], [], { merging: false })(5);
    assert.match(step.reason ?? '', /was applied, and is no longer at the target/);
  });
});
