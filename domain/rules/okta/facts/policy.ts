import type { StoredItem } from '../../../inventory/item.ts';
import type { PolicyRule } from '../../../inventory/policy.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import { excludesNobody, member, text } from './members.ts';
import { readActions, type RuleReading } from './policyActions.ts';

/** The subject that the rules of a policy judge. */
export function policySubject(item: StoredItem<'policy'>, around: Surroundings): Subject {
  const form = item.normalized;
  const type = item.vendorKind;
  const active = (form.rules ?? []).filter((rule) => rule.active);
  const readings = active.map((rule) => ({ rule, reading: readRule(type, rule) }));
  const having = (trait: 'denies' | 'secondFactor' | 'session' | 'registers') =>
    readings.filter(({ reading }) => reading[trait]).map(({ rule }) => nameOf(rule));
  const own = readConditions({ ...form.conditions, authProvider: null });
  return subjectOf(item, {
    in_force: form.active && form.resource_type !== ownAccount && isLinked(type, around),
    linked: isLinked(type, around),
    rules_state: form.rules === null ? 'unread' : active.length === 0 ? 'none' : 'some',
    rule_notes: told(readings, (reading) => reading.notes),
    rule_excess: [
      ...own.excess.map((each) => `the policy itself: ${each}`),
      ...told(readings, (reading) => reading.excess),
    ],
    effective: readings.some(({ reading }) => reading.effective),
    denying: having('denies'),
    second_factors: having('secondFactor'),
    sessions: having('session'),
    registering: having('registers'),
    unparsable_rules: active.filter((rule) => rule.unparsable.length > 0).map(nameOf),
    inactive_rules: (form.rules ?? []).filter((rule) => !rule.active).map(nameOf),
    auth_provider: text(form.conditions, 'authProvider', 'provider'),
    factors: factorsOf(form.settings),
    groups_missing: (['included_group', 'excluded_group'] as const)
      .flatMap((path) => around.named(path))
      .filter(({ verdict }) => verdict === null || unusable.includes(verdict.compatibilityClass))
      .map(({ verdict, externalId }) => verdict?.name ?? externalId),
  });
}

/** The access policy for people's own account in Okta, which guards nothing else. */
const ownAccount = 'END_USER_ACCOUNT_MANAGEMENT';
const unusable: readonly string[] = ['manual_rebuild_required', 'blocked'];

/** Whether anything that stands is guarded by it: an access policy only guards what is linked to it. */
function isLinked(type: string, { naming, snapshot }: Surroundings): boolean {
  if (type !== 'ACCESS_POLICY' || snapshot.refused.has('applications')) return true;
  return naming.some(
    ({ relation, itemType, standing }) =>
      relation === 'access_policy' && itemType === 'application' && standing > 0,
  );
}

const nameOf = ({ name, external_id }: PolicyRule): string => `\u201c${name || external_id}\u201d`;

const told = (
  readings: readonly { rule: PolicyRule; reading: RuleReading }[],
  of: (reading: RuleReading) => readonly string[],
): string[] =>
  readings.flatMap(({ rule, reading }) =>
    of(reading).length === 0 ? [] : [`${nameOf(rule)}: ${of(reading).join(', ')}`],
  );

function readRule(type: string, { conditions, actions }: PolicyRule): RuleReading {
  const when = readConditions(conditions);
  const then = readActions(type, actions);
  const each = (words: readonly string[]) => [...new Set(words)];
  return {
    ...then,
    notes: each([...then.notes, ...when.notes]),
    excess: each([...then.excess, ...when.excess]),
  };
}

/** Whom a policy or a rule is for: groups and networks can be told to the target, everything else is more. */
function readConditions(conditions: Readonly<Record<string, unknown>>): {
  notes: string[];
  excess: string[];
} {
  const notes: string[] = [];
  const excess: string[] = [];
  for (const [name, condition] of Object.entries(conditions)) {
    if (excludesNobody(condition)) continue;
    if (name === 'network') notes.push('in network zones');
    else if (name === 'people') {
      const { groups, ...others } = condition as Record<string, unknown>;
      if (!excludesNobody(groups)) notes.push('for groups');
      if (!excludesNobody(others)) excess.push('single people');
    } else excess.push(wordOf[name] ?? name);
  }
  return { notes, excess };
}

/** What Okta's conditions are called in words. */
const wordOf: Readonly<Record<string, string>> = {
  device: 'the state of the device',
  elCondition: 'an expression',
  platform: 'the platform',
  risk: 'behaviour',
  riskScore: 'risk',
  userType: 'the type of user',
  authContext: 'RADIUS or LDAP sign-in',
  identityProvider: 'the identity provider',
  app: 'the application',
};

/** Factors beside the password that people may or must enrol: as a Classic org and as Identity Engine write them. */
function factorsOf(settings: unknown): string[] {
  const factors = member(settings, 'factors');
  const authenticators = member(settings, 'authenticators');
  const pairs: [unknown, unknown][] = [
    ...Object.entries(typeof factors === 'object' && factors !== null ? factors : {}),
    ...(Array.isArray(authenticators) ? authenticators : []).map((each: unknown): [unknown, unknown] => [
      text(each, 'key'),
      each,
    ]),
  ];
  const allowed = pairs.flatMap(([key, factor]) =>
    typeof key === 'string' &&
    key !== 'okta_password' &&
    (text(factor, 'enroll', 'self') ?? 'NOT_ALLOWED') !== 'NOT_ALLOWED'
      ? [key]
      : [],
  );
  return [...new Set(allowed)];
}
