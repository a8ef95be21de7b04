import assert from 'node:assert/strict';
import { impactMarks } from '../../domain/impactMarks.ts';
import { severities, type Severity } from '../../domain/impacts.ts';
import type { Count, ImpactDefinition, ItemSelection } from '../../domain/impacts/definition.ts';
import { impactDefinitions, impactTypes } from '../../domain/impacts/definitions.ts';
import { describeImpacts } from '../../domain/impacts/describe.ts';
import { markedRules, rulesMarked } from '../../domain/impacts/marks.ts';
import { mostNamed, tellImpact, type ReadObject, type Support } from '../../domain/impacts/tell.ts';
import { entraObjects, oktaObjects } from '../../domain/inventory/objects.ts';
import { ruleSets } from '../../domain/rules/ruleSets.ts';

const isSelection = (count: Count | undefined): count is ItemSelection => typeof count === 'object';

const selectionsOf = ({ items, rises, counts = {}, numbers = {} }: ImpactDefinition): ItemSelection[] => [
  ...items,
  ...(rises ? [rises.when] : []),
  ...Object.values(counts).filter(isSelection),
  ...Object.values(numbers).filter(isSelection),
];

const definitionOf = (type: string, audience?: string): ImpactDefinition => {
  const found = impactDefinitions.find(
    (each) => each.type === type && (audience === undefined || each.audience === audience),
  );
  assert.ok(found, type);
  return found;
};

/** Objects of which the first of each kind supports a change and the second, nearly equal, does not. */
const pairsOfObjects: Readonly<Record<string, [object, object]>> = {
  [oktaObjects.inlineHook]: [
    { name: 'Claims', type: 'com.okta.oauth2.tokens.transform', status: 'ACTIVE' },
    { name: 'Imports', type: 'com.okta.import.transform', status: 'ACTIVE' },
  ],
  [oktaObjects.eventHook]: [
    { name: 'Watch', type: 'EVENT_TYPE', status: 'ACTIVE' },
    { name: 'Watch', type: 'EVENT_TYPE', status: 'INACTIVE' },
  ],
  [oktaObjects.logStream]: [
    { name: 'Stream', type: 'aws_eventbridge', status: 'ACTIVE' },
    { name: 'Stream', type: 'aws_eventbridge', status: null },
  ],
  [entraObjects.securityDefaults]: [{ enabled: true }, { enabled: null }],
  [entraObjects.identityProvider]: [
    { name: 'Google', type: 'Google' },
    { name: 'Email One Time Passcode', type: 'EmailOTP' },
  ],
  [entraObjects.crossTenantPartner]: [{ service_provider: null }, { service_provider: true }],
  [entraObjects.organization]: [
    { name: 'Ossenby', plans: [{ service: 'exchange', id: 'e' }] },
    { name: 'Ossenby', plans: [{ service: 'AADPremiumService', id: 'p' }] },
  ],
};

const object = (data: unknown, externalId = 'o1'): ReadObject => ({
  externalId,
  data,
  evidence: { id: '00000000-0000-4000-8000-000000000001', index: 3, role: 'object' },
});

const support = (more: Partial<Support> = {}): Support => ({
  items: 0,
  raising: 0,
  counts: {},
  objects: {},
  unread: false,
  ...more,
});

/** Found of a definition: `n` of each of what it counts. */
const foundOf = (definition: ImpactDefinition, n: number): Support => {
  const names = Object.keys({ ...definition.counts, ...definition.numbers });
  const objects = (definition.objects ?? []).map(({ kind }) => [
    kind,
    Array.from({ length: n }, (_, i) => object(pairsOfObjects[kind]?.[0], `o${i}`)),
  ]);
  return support({
    items: definition.items.length === 0 ? 0 : n,
    raising: definition.rises ? n : 0,
    counts: Object.fromEntries(names.map((name) => [name, n])),
    objects: Object.fromEntries(objects) as Support['objects'],
  });
};

describe('change impacts', () => {
  it('are defined once for each type and audience', () => {
    const pairs = impactDefinitions.map(({ type, audience }) => `${type} ${audience}`);
    assert.equal(new Set(pairs).size, pairs.length);
    assert.deepEqual(impactTypes, [...new Set(impactDefinitions.map(({ type }) => type))]);
  });

  it('have the audience, the severity and the word on avoidability that the rules give them', () => {
    assert.deepEqual(
      impactDefinitions
        .map(({ type, audience, severity, rises, unavoidable }) =>
          [type, audience, severity, rises ? `to ${rises.to}` : '', unavoidable ? 'unavoidable' : '']
            .filter((word) => word !== '')
            .join(' '),
        )
        .sort(),
      [
        'access_widens_or_narrows security critical',
        'agent_sign_in_stops administrators high',
        'application_unreachable end_users critical',
        'certificate_expiring administrators high',
        'client_credentials_reissued application_owners high unavoidable',
        'direct_assignment_lost end_users high unavoidable',
        'directory_source_lost administrators critical',
        'domain_reverification administrators medium unavoidable',
        'governance_stops administrators high',
        'group_becomes_static administrators medium',
        'group_created_empty administrators high to critical unavoidable',
        'guests_lose_access end_users high',
        'help_desk_load help_desk medium',
        'issuer_changes application_owners high unavoidable',
        'launch_link_lost end_users low to medium unavoidable',
        'mfa_reenrollment end_users high',
        'microsoft_365_refederation administrators critical',
        'microsoft_services_remain administrators critical',
        'monitoring_stops security high',
        'password_not_carried end_users critical unavoidable',
        'password_policy_changes end_users medium',
        'policy_not_carried security high to critical',
        'provisioning_stops administrators high',
        'remote_access_stops administrators high',
        'saml_reconnect application_owners high unavoidable',
        'self_registration_lost end_users critical',
        'session_lifetime_changes end_users low',
        'sign_in_page_changes end_users medium unavoidable',
        'stored_credentials_lost application_owners high unavoidable',
        'stored_credentials_lost end_users high unavoidable',
        'subject_identifier_changes application_owners critical unavoidable',
        'token_contents_change application_owners high',
        'upstream_trust_update administrators critical unavoidable',
      ],
    );
  });

  it('tell every mark that a rule may carry, and know no other', () => {
    const told = new Set(
      impactDefinitions.flatMap(selectionsOf).flatMap((selection) => selection.marks ?? []),
    );
    assert.deepEqual([...told].sort(), [...impactMarks].sort());
    assert.deepEqual(
      markedRules.filter(({ mark }) => !impactMarks.includes(mark)),
      [],
    );
  });

  it('find the rules that carry a mark by the rules themselves', () => {
    const { rules } = ruleSets.okta.assignment;
    const carrying = rules.filter((rule) => rule.impacts?.includes('direct_assignment_lost'));
    assert.ok(carrying.length > 0);
    const ids = rulesMarked(['direct_assignment_lost']);
    assert.ok(carrying.every((rule) => ids.includes(rule.id)));
    assert.deepEqual(rulesMarked([]), []);
  });

  it('never touch every item alike', () => {
    assert.deepEqual(
      impactDefinitions.flatMap(selectionsOf).filter((selection) => Object.keys(selection).length === 0),
      [],
    );
    for (const { type, items, objects = [] } of impactDefinitions) {
      assert.ok(items.length + objects.length > 0, type);
    }
  });

  it('raise a severity, never lower it', () => {
    for (const { type, severity, rises } of impactDefinitions) {
      if (rises) assert.ok(severities.indexOf(rises.to) > severities.indexOf(severity), type);
    }
  });

  for (const definition of impactDefinitions) {
    const title = `${definition.type} to ${definition.audience}`;

    it(`say ${title} in sentences that can be forwarded, of one and of two`, () => {
      for (const n of [1, 2]) {
        const told = tellImpact(definition, foundOf(definition, n));
        assert.ok(told);
        const { summary } = told;
        assert.match(summary, /^[A-Z\d]/);
        assert.match(summary, /[.]$/);
        assert.ok(!/undefined|NaN|null|\bfalse\b| {2}|\(\)|\b0 /.test(summary), summary);
        // A number and its noun agree, with or without a word between.
        const nouns =
          'applications|groups|policies|people|persons|domains|items|hooks|streams|bookmarks|partners';
        assert.doesNotMatch(summary, new RegExp(`\\b1 (\\w+ )?(${nouns})\\b`));
        const alone = 'application|group|policy|person|domain|item|event hook|log stream|bookmark';
        assert.doesNotMatch(summary, new RegExp(`\\b2 (\\w+ )?(${alone})\\b`));
        assert.doesNotMatch(summary, /\b2 \w+ (is|has|does|changes|lets|says|relies|signs|moves)\b/);
        assert.doesNotMatch(summary, /\b1 \w+ (are|have|do|change|let|say|rely|sign|move)\b/);
      }
      const [one, two] = [1, 2].map((n) => tellImpact(definition, foundOf(definition, n))?.summary);
      if (definition.type !== 'policy_not_carried') assert.notEqual(one, two);
    });

    it(`do not say ${title} without any support`, () => {
      assert.equal(tellImpact(definition, support()), null);
      assert.equal(
        tellImpact(definition, support({ unread: true })),
        null,
        'what was not read is no evidence',
      );
      for (const { kind } of definition.objects ?? []) {
        const near = { [kind]: [object(pairsOfObjects[kind]?.[1])] };
        assert.equal(tellImpact(definition, support({ objects: near })), null, kind);
      }
    });

    for (const { kind } of definition.objects ?? []) {
      it(`say ${title} by ${kind} alone, naming the object and its page`, () => {
        const found = object(pairsOfObjects[kind]?.[0], 'x1');
        const told = tellImpact(definition, support({ objects: { [kind]: [found] } }));
        assert.ok(told);
        const [first, ...rest] = told.evidence;
        assert.ok(first && 'kind' in first);
        assert.deepEqual([first.kind, first.external_id, first.evidence], [kind, 'x1', found.evidence]);
        assert.ok(first.name.length > 0);
        assert.deepEqual(rest, [{ name: kind, value: 1 }]);
        assert.ok(!/undefined|NaN|\(\)|\b0 /.test(told.summary), told.summary);
      });
    }
  }

  it('name a hundred objects of a kind at most, and how many there are', () => {
    const hooks = Array.from({ length: 250 }, (_, i) =>
      object(pairsOfObjects[oktaObjects.eventHook]?.[0], `h${i}`),
    );
    const told = tellImpact(
      definitionOf('monitoring_stops'),
      support({ objects: { [oktaObjects.eventHook]: hooks } }),
    );
    assert.equal(told?.evidence.filter((each) => 'kind' in each).length, mostNamed);
    assert.deepEqual(told.evidence.at(-1), { name: oktaObjects.eventHook, value: 250 });
    assert.match(told.summary, /^250 event hooks will/);
  });

  it('are as severe as the gravest of what supports them', () => {
    const severityOf = (type: string, more: Partial<Support>): Severity | undefined =>
      tellImpact(definitionOf(type), support(more))?.severity;
    const defaults = { [entraObjects.securityDefaults]: [object({ enabled: true })] };
    assert.equal(severityOf('launch_link_lost', { items: 3 }), 'low');
    assert.equal(severityOf('launch_link_lost', { items: 3, raising: 1 }), 'medium');
    assert.equal(severityOf('group_created_empty', { items: 3 }), 'high');
    assert.equal(severityOf('group_created_empty', { items: 3, raising: 1 }), 'critical');
    assert.equal(severityOf('policy_not_carried', { items: 3 }), 'high');
    assert.equal(severityOf('policy_not_carried', { items: 3, raising: 1 }), 'critical');
    assert.equal(severityOf('policy_not_carried', { items: 3, objects: defaults }), 'critical');
  });

  it('say which way access goes, and only that way', () => {
    const say = (widens: number, narrows: number) =>
      tellImpact(
        definitionOf('access_widens_or_narrows'),
        support({ items: widens + narrows, counts: { widens, narrows } }),
      )?.summary ?? '';
    assert.match(say(1, 0), /widens through 1:/);
    assert.doesNotMatch(say(1, 0), /narrows/);
    assert.match(say(0, 2), /narrows through 2:/);
    assert.doesNotMatch(say(0, 2), /widens/);
    assert.match(say(1, 2), /widens through 1:.*narrows through 2:/);
  });

  it('say that provisioning could not all be read, where something else stops', () => {
    const told = (unread: boolean) =>
      tellImpact(definitionOf('provisioning_stops'), support({ items: 1, unread }))?.summary ?? '';
    assert.match(told(true), /could be read, so there may be more/);
    assert.doesNotMatch(told(false), /could be read, so/);
  });

  it('speak of help desk load by numbers alone', () => {
    const told = tellImpact(
      definitionOf('help_desk_load'),
      support({ items: 1, counts: { members: 1200, assigned: 0 } }),
    );
    assert.match(told?.summary ?? '', /1200 people in the organisation\. Staff/);
    assert.deepEqual(told?.evidence, [{ name: 'members', value: 1200 }]);
  });

  it('have for each mark a rule that carries it', () => {
    assert.deepEqual(
      impactMarks.filter((mark) => rulesMarked([mark]).length === 0),
      [],
    );
  });

  it('are described in a table with a row for each', () => {
    const lines = describeImpacts().split('\n');
    for (const { type, audience } of impactDefinitions) {
      const row = lines.filter((line) => line.startsWith(`| \`${type}\` | ${audience} |`));
      assert.equal(row.length, 1, type);
      assert.equal(row[0]?.split(/(?<!\\)\|/).length, 8, type);
    }
    assert.ok(describeImpacts().includes('`okta.assignment.direct_user_in_use`'));
    assert.equal(describeImpacts(), describeImpacts());
  });
});
