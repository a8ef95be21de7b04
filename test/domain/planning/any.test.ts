import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compatibilityClasses, targetContracts } from '../../../domain/assessment.ts';
import { sourceSideOf } from '../../../domain/merge/source.ts';
import type { Candidate, PlanInput } from '../../../domain/planning/candidate.ts';
import type { LiveResource } from '../../../domain/target.ts';
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
  otherCandidate,
  planInput,
  providerCandidate,
  ruleCandidate,
} from './support.ts';

/** What became of an item before, or was decided of it. */
const standings = [
  'new',
  'new',
  'linked',
  'changed',
  'gone',
  'outside',
  'linked outside',
  'applied',
  'applied and gone',
  'mapped',
  'mapped and changed',
  'left out',
  'beside',
] as const;
type Standing = (typeof standings)[number];

/** An item of a standing, and what the target has of it. */
function standing(candidate: Candidate, n: number, how: Standing): [Candidate, LiveResource[]] {
  if (!sourceSideOf(candidate.item)) return [candidate, []];
  const live = counterpart(candidate, 500 + n);
  const other = { ...live, fingerprint: 'other' };
  switch (how) {
    case 'new':
      return [candidate, []];
    case 'linked':
      return [{ ...candidate, link: linkTo(live) }, [live]];
    case 'changed':
      return [{ ...candidate, link: linkTo(live) }, [other]];
    case 'gone':
      return [{ ...candidate, link: linkTo(live) }, []];
    case 'outside':
      return [{ ...candidate, inScope: false }, []];
    case 'linked outside':
      return [{ ...candidate, inScope: false, link: linkTo(live) }, [live]];
    case 'applied':
    case 'applied and gone': {
      const [step] = buildPlan(planInput([candidate]));
      if (step?.disposition !== 'planned') return [candidate, []];
      const applied = { step, resourceId: live.resourceId };
      return [{ ...candidate, link: linkTo(live), applied }, how === 'applied' ? [live] : []];
    }
    case 'mapped':
      return [mapped(candidate, live), [live]];
    case 'mapped and changed':
      return [mapped(candidate, live), [other]];
    case 'left out':
      return [decided(candidate, candidate.item.name, { resolution: 'skip' }), []];
    case 'beside':
      return [decided(candidate, candidate.item.name, { resolution: 'create_new' }), []];
  }
}

/** Any mixture of items, with names, client ids and domains so few that they often meet. */
const anyInput = fc
  .record({
    kinds: fc.array(
      fc.record({
        kind: fc.constantFrom('group', 'application', 'provider', 'rule', 'other'),
        how: fc.constantFrom(...standings),
        compatibilityClass: fc.constantFrom('native_import', 'native_import', ...compatibilityClasses),
        name: fc.constantFrom('A', 'a ', '\uff21', 'B', ''),
        clientId: fc.constantFrom('0oa1', '0oa2', '', null),
        type: fc.constantFrom('web', 'browser', 'native', 'service', 'new'),
        method: fc.constantFrom('client_secret_basic', 'none', 'private_key_jwt', 'new'),
        grants: fc.subarray(['authorization_code', 'refresh_token', 'implicit', 'client_credentials']),
        contract: fc.constantFrom(...targetContracts),
        entityId: fc.constantFrom('https://a.example', 'https://b.example', 'https://c.example'),
        domains: fc.subarray(['a.example', 'b.a.example', 'c.example', 'd.c.example'], { minLength: 1 }),
        leadsTo: fc.nat(11),
      }),
      { maxLength: 12 },
    ),
    assignments: fc.array(
      fc.record({
        from: fc.nat(11),
        to: fc.nat(11),
        outside: fc.boolean(),
        compatibilityClass: fc.constantFrom('native_import', ...compatibilityClasses),
      }),
      { maxLength: 8 },
    ),
    taken: fc.subarray([
      'tenant_group:a',
      'tenant_group:b',
      'tenant_oidc_application:0oa1',
      'upstream_saml_provider:https://a.example',
      'federation_routing_rule:c.example',
    ]),
    merging: fc.boolean(),
  })
  .map(({ kinds, assignments, taken, merging }): PlanInput => {
    const plain = kinds.map(({ kind, compatibilityClass, ...given }, n): Candidate => {
      switch (kind) {
        case 'group':
          return groupCandidate(n + 1, given.name, { compatibilityClass });
        case 'provider':
          return providerCandidate(n + 1, { compatibilityClass }, given.entityId);
        case 'application':
          return applicationCandidate(
            n + 1,
            (settings, credentials) => {
              Object.assign(settings, { application_type: given.type, grant_types: given.grants });
              Object.assign(credentials, {
                client_id: given.clientId,
                token_endpoint_auth_method: given.method,
              });
            },
            { compatibilityClass },
          );
        case 'rule':
        case 'other':
          return otherCandidate(n + 1, { compatibilityClass, targetContract: given.contract });
      }
    });
    const withRules = plain.map((each, n) => {
      const { kind, leadsTo, domains, compatibilityClass } = kinds[n] ?? {};
      if (kind !== 'rule' || !domains || !compatibilityClass) return each;
      return ruleCandidate(n + 1, plain[leadsTo ?? 0] ?? null, domains, { compatibilityClass });
    });
    const standingItems = withRules.map((each, n) => standing(each, n + 1, kinds[n]?.how ?? 'new'));
    const items = standingItems.map(([candidate]) => candidate);
    const resources = standingItems.flatMap(([, live]) => live);
    const more = assignments.map(({ from, to, outside, compatibilityClass }, n) =>
      assignmentCandidate(100 + n, items[from] ?? null, items[to] ?? null, {
        compatibilityClass,
        inScope: !outside,
      }),
    );
    return {
      ...planInput([...items, ...more], ...taken),
      merging,
      resources: new Map(resources.map((resource) => [resource.resourceId, resource])),
    };
  });

describe('any plan that is built', () => {
  it('has no fault', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        assert.deepEqual(faultsOf(buildPlan(input), input.candidates), []);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same whatever the order in which its items came', () => {
    const shuffled = anyInput.chain((input) =>
      fc.tuple(
        fc.constant(input),
        fc.shuffledSubarray([...input.candidates], { minLength: input.candidates.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([input, candidates]) => {
        assert.deepEqual(buildPlan({ ...input, candidates }), buildPlan(input));
      }),
      { numRuns: 200 },
    );
  });

  it('says a reason of every step that does not create, and nothing of those that it keeps', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const kept = new Set(input.candidates.flatMap((each) => (each.applied ? [each.stepId] : [])));
        for (const step of buildPlan(input)) {
          if (kept.has(step.id)) continue;
          assert.equal(step.reasonCode === null, step.action === 'create');
          if (step.action !== 'create') assert.match(step.reason ?? '', /\.$/);
        }
      }),
      { numRuns: 100 },
    );
  });
});
