import assert from 'node:assert/strict';
import type { ImpactMark } from '../../../domain/impactMarks.ts';
import type { Impact } from '../../../domain/impacts.ts';
import type { ImpactDefinition } from '../../../domain/impacts/definition.ts';
import { impactDefinitions } from '../../../domain/impacts/definitions.ts';
import { markedRules, rulesMarked } from '../../../domain/impacts/marks.ts';
import { entraObjects, oktaObjects } from '../../../domain/inventory/objects.ts';
import { scopeRuleIds } from '../../../domain/rules/ruleSets.ts';
import { classifierVersion } from '../../../platform/classifier.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { createAssessment } from '../../../prisma/store/assessments.ts';
import { listImpactItems, listImpacts } from '../../../prisma/store/impacts.ts';
import { writeImpacts } from '../../../prisma/store/impactWriting.ts';
import { useDatabase } from '../../support/database.ts';
import { composeSnapshot, judgeComposed, type Composed, type ComposedItem } from './composed.ts';
import { commandOf, makePlace } from './support.ts';

const page = { after: null, limit: 1000 };

const client = (id: string, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id,
  type: 'application',
  contract: 'tenant_oidc_application',
  vendorKind: 'OPENID_CONNECT',
  normalized: { active: true },
  ...more,
});

const group = (id: string, members: number | null, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id,
  type: 'group',
  contract: 'tenant_group',
  vendorKind: 'OKTA_GROUP',
  normalized: { statistics: members === null ? null : { members, applications: null } },
  ...more,
});

/** A group's assignment to an application; it can be planned. */
const assignment = (application: string, to: string, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id: `${application}/group/${to}`,
  type: 'assignment',
  contract: 'tenant_app_assignment',
  vendorKind: 'GROUP',
  normalized: { principal_type: 'group', principal: to },
  refers: { application, group: to },
  ...more,
});

/** A person's own assignment. */
const direct = (application: string, person: string, status: string | null = 'ACTIVE'): ComposedItem => ({
  id: `${application}/user/${person}`,
  type: 'assignment',
  class: 'blocked',
  contract: 'tenant_app_assignment',
  vendorKind: 'USER',
  normalized: { principal_type: 'user', principal: person, assignment_status: status },
  marks: ['direct_assignment_lost'],
  refers: { application },
});

const policy = (id: string, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id,
  type: 'policy',
  class: 'manual_rebuild_required',
  contract: 'auth_policy',
  vendorKind: 'ACCESS_POLICY',
  ...more,
});

const provider = (id: string, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id,
  type: 'provider',
  contract: 'upstream_saml_provider',
  vendorKind: 'SAML2',
  ...more,
});

const domain = (id: string, more: Partial<ComposedItem> = {}): ComposedItem => ({
  id,
  type: 'domain',
  class: 'visibility_only',
  contract: 'verified_domain',
  ...more,
});

interface Pair {
  type: string;
  audience?: string;
  fires: Composed;
  /** Nearly equal, and not told of. */
  near: Composed;
  /** External ids of the items that are listed. */
  lists: string[];
}

/** What is told by an item on which a rule with the mark fires, and not by one on which every other marked rule does. */
const byMark = (type: string, mark: ImpactMark, item: ComposedItem, audience?: string): Pair => ({
  type,
  ...(audience !== undefined && { audience }),
  fires: { items: [{ ...item, marks: [mark] }] },
  near: { items: [{ ...item, rules: otherRules(type, audience) }] },
  lists: [item.id],
});

/** Rules that carry marks, none of which tells this change. */
function otherRules(type: string, audience?: string): string[] {
  const own = impactDefinitions
    .filter((each) => each.type === type && (audience === undefined || each.audience === audience))
    .flatMap(({ items }) => items.flatMap(({ marks = [] }) => rulesMarked(marks)));
  return [...new Set(markedRules.map(({ ruleId }) => ruleId))].filter((id) => !own.includes(id));
}

const manual = { class: 'manual_rebuild_required', contract: 'none' } as const;
const saml = client('s', { ...manual, vendorKind: 'SAML_2_0' });

const pairs: Pair[] = [
  {
    type: 'subject_identifier_changes',
    fires: { items: [client('a'), client('b', { class: 'import_with_approximation' })] },
    near: {
      items: [
        client('a', { class: 'manual_rebuild_required' }),
        client('b', { contract: 'none' }),
        // A service principal may be approximate; a plan leaves it to a person all the same.
        client('c', {
          class: 'import_with_approximation',
          normalized: { active: true, entra: { kind: 'service_principal' } },
        }),
      ],
    },
    lists: ['a', 'b'],
  },
  byMark('client_credentials_reissued', 'client_credentials_reissued', client('a')),
  {
    type: 'client_credentials_reissued',
    fires: { items: [client('a', { marks: ['client_credentials_reissued'] })] },
    near: { items: [client('a', { class: 'blocked', marks: ['client_credentials_reissued'] })] },
    lists: ['a'],
  },
  byMark('issuer_changes', 'issuer_changes', client('a', manual)),
  {
    type: 'issuer_changes',
    fires: { items: [client('a')] },
    near: { items: [client('a', { class: 'manual_rebuild_required' })] },
    lists: ['a'],
  },
  byMark('token_contents_change', 'token_contents_change', client('a', manual)),
  byMark('saml_reconnect', 'saml_reconnect', saml),
  byMark('stored_credentials_lost', 'stored_credentials_lost', saml, 'end_users'),
  byMark('stored_credentials_lost', 'stored_credentials_lost_by_owner', saml, 'application_owners'),
  {
    type: 'application_unreachable',
    fires: { items: [client('a'), group('g', 1), assignment('a', 'g', { class: 'blocked' })] },
    near: {
      items: [
        client('a'),
        group('g', 1),
        assignment('a', 'g'),
        direct('a', 'u'),
        // Nobody's assignment is in force.
        client('b'),
        direct('b', 'u', 'DEPROVISIONED'),
      ],
    },
    lists: ['a'],
  },
  {
    type: 'application_unreachable',
    // Assignments of Entra name the service principal; what a cutover makes is the registration.
    fires: {
      items: [
        client('r'),
        client('sp', { ...manual, refers: { registration: 'r' } }),
        direct('sp', 'u', null),
      ],
    },
    near: {
      items: [
        client('r'),
        client('sp', { ...manual, refers: { registration: 'r' } }),
        direct('sp', 'u', null),
        group('g', 1),
        assignment('sp', 'g', { class: 'import_with_approximation' }),
      ],
    },
    lists: ['r'],
  },
  byMark('password_not_carried', 'password_not_carried', policy('p')),
  byMark('mfa_reenrollment', 'mfa_reenrollment', policy('p')),
  byMark('password_policy_changes', 'password_policy_changes', policy('p')),
  byMark('sign_in_page_changes', 'sign_in_page_changes', domain('d')),
  byMark('launch_link_lost', 'launch_link_lost', saml),
  {
    type: 'direct_assignment_lost',
    fires: { items: [saml, direct('s', 'u1'), direct('s', 'u2', 'PROVISIONED')] },
    near: {
      items: [
        saml,
        direct('s', 'u1', 'DEPROVISIONED'),
        client('off', { normalized: { active: false } }),
        direct('off', 'u1'),
        client('theirs', { class: 'visibility_only', rules: scopeRuleIds.slice(0, 1) }),
        direct('theirs', 'u1'),
        direct('gone', 'u1'),
      ],
    },
    lists: ['s/user/u1', 's/user/u2'],
  },
  byMark('self_registration_lost', 'self_registration_lost', policy('p')),
  byMark('guests_lose_access', 'guests_lose_access', policy('p')),
  byMark('session_lifetime_changes', 'session_lifetime_changes', policy('p')),
  {
    type: 'group_created_empty',
    fires: { items: [group('full', 3), group('unknown', null)] },
    near: { items: [group('empty', 0), group('stays', 3, { class: 'visibility_only' })] },
    lists: ['full', 'unknown'],
  },
  byMark('group_becomes_static', 'group_becomes_static', group('g', 0)),
  byMark('provisioning_stops', 'provisioning_stops', saml),
  byMark('directory_source_lost', 'directory_source_lost', saml),
  byMark('agent_sign_in_stops', 'agent_sign_in_stops', saml),
  byMark('remote_access_stops', 'remote_access_stops', saml),
  byMark('governance_stops', 'governance_stops', saml),
  byMark('microsoft_services_remain', 'microsoft_services_remain', domain('d')),
  byMark('microsoft_365_refederation', 'microsoft_365_refederation', saml),
  {
    type: 'upstream_trust_update',
    fires: { items: [provider('p')] },
    near: { items: [provider('p', { class: 'blocked' }), provider('q', { contract: 'none' })] },
    lists: ['p'],
  },
  byMark('certificate_expiring', 'certificate_expiring', provider('p', manual)),
  byMark('domain_reverification', 'domain_reverification', domain('d')),
  byMark('policy_not_carried', 'policy_not_carried', policy('p')),
  byMark('policy_not_carried', 'policy_with_protection_not_carried', policy('p')),
  byMark('access_widens_or_narrows', 'access_widens', client('a')),
  {
    type: 'access_widens_or_narrows',
    fires: { items: [client('a', { ...manual, marks: ['access_narrows'] })] },
    near: { items: [client('a', { class: 'visibility_only', marks: ['access_narrows'] })] },
    lists: ['a'],
  },
  {
    type: 'monitoring_stops',
    fires: { objects: [{ kind: oktaObjects.eventHook, id: 'h', data: { name: 'H', status: 'ACTIVE' } }] },
    near: { objects: [{ kind: oktaObjects.eventHook, id: 'h', data: { name: 'H', status: 'INACTIVE' } }] },
    lists: [],
  },
  {
    type: 'help_desk_load',
    fires: {
      items: [
        group('all', 40, { class: 'visibility_only', vendorKind: 'BUILT_IN' }),
        group('admins', 2, { class: 'visibility_only', vendorKind: 'BUILT_IN' }),
      ],
    },
    near: {
      items: [
        group('all', null, { class: 'visibility_only', vendorKind: 'BUILT_IN' }),
        group('staff', 40),
        saml,
        direct('s', 'u', 'SUSPENDED'),
      ],
    },
    lists: ['all'],
  },
];

const marksOf = ({ fires, near }: Pair): ImpactMark[] =>
  [fires, near].flatMap(({ items = [] }) => items.flatMap((item) => item.marks ?? []));

describe('the impacts of an assessment', () => {
  const opened = useDatabase();

  /** Composes a snapshot, assesses it, and returns its impacts with the items of each, having checked what holds of all. */
  async function tell(composed: Composed, times = 1) {
    const at = await composeSnapshot(await makePlace(opened().database), composed);
    const runs = [];
    for (let i = 0; i < times; i += 1) {
      const { assessmentId } = await judgeComposed(at, composed);
      const impacts = await listImpacts(at.database, at.tenant, assessmentId);
      const told = [];
      for (const impact of impacts) {
        const items = await listImpactItems(at.database, at.tenant, impact.id, page);
        assert.equal(items.length, impact.itemCount, impact.impactType);
        assert.ok(items.length + impact.evidence.length > 0, `${impact.impactType} without evidence`);
        const ordinals = items.map((item) => item.ordinal);
        assert.ok(ordinals.every((each, index) => index === 0 || each > (ordinals[index - 1] ?? each)));
        assert.ok(!/undefined|NaN|\(\)|\b0 /.test(impact.summary), impact.summary);
        told.push({ ...impact, items: items.map((item) => item.externalId).sort() });
      }
      runs.push(told);
    }
    return runs;
  }

  const once = async (composed: Composed) => (await tell(composed))[0] ?? [];

  const find = <Row extends Impact>(impacts: readonly Row[], type: string, audience?: string) =>
    impacts.find(
      (each) => each.impactType === type && (audience === undefined || each.audience === audience),
    );

  it('are each tried in a pair: what supports it, and what nearly does', () => {
    const named = (definition: ImpactDefinition) =>
      pairs.some(
        ({ type, audience }) =>
          type === definition.type && (audience === undefined || audience === definition.audience),
      );
    assert.deepEqual(
      impactDefinitions.filter((definition) => !named(definition)).map(({ type }) => type),
      [],
    );
  });

  for (const pair of pairs) {
    const { type, audience, fires, near, lists } = pair;
    const by = marksOf(pair);
    const title = [type, audience, ...new Set(by)].filter((word) => word !== undefined).join(', ');

    it(`are told by what supports them and by nothing nearly equal: ${title}`, async () => {
      const told = find(await once(fires), type, audience);
      assert.deepEqual(told?.items, lists);
      assert.equal(find(await once(near), type, audience), undefined);
    });
  }

  it('are none where nothing was read', async () => {
    assert.deepEqual(await once({}), []);
  });

  it('are written alike every time, whatever ran before', async () => {
    const composed: Composed = {
      items: [
        client('a', { marks: ['client_credentials_reissued'] }),
        group('g', 3),
        assignment('a', 'g'),
        direct('a', 'u1'),
      ],
      objects: ['h1', 'h2', 'h3'].map((id) => ({
        kind: oktaObjects.eventHook,
        id,
        data: { name: id, status: 'ACTIVE' },
      })),
    };
    const [first = [], second = []] = await tell(composed, 2);
    const same = (impacts: typeof first) => impacts.map(({ id: _, ...rest }) => rest);
    assert.ok(first.length > 5);
    assert.deepEqual(same(first), same(second));
  });

  it('stand in the order of their definitions, gravest first', async () => {
    const impacts = await once({ items: [client('a'), group('g', 3), assignment('a', 'g')] });
    const order = ['critical', 'high', 'medium', 'low'];
    const position = ({ impactType, audience, severity }: Impact) =>
      order.indexOf(severity) * 1000 +
      impactDefinitions.findIndex((each) => each.type === impactType && each.audience === audience);
    assert.deepEqual(
      impacts.map(position),
      impacts.map(position).sort((a, b) => a - b),
    );
  });

  it('are told of an item that is not the customer\u2019s to move as of any other', async () => {
    const [scope = ''] = scopeRuleIds;
    const composed = {
      items: [client('a', { class: 'visibility_only', rules: [scope], marks: ['provisioning_stops'] })],
    } as const;
    assert.deepEqual(find(await once(composed), 'provisioning_stops')?.items, ['a']);
  });

  it('of people with access of their own count people, assignments and applications apart', async () => {
    const impacts = await once({
      items: [saml, client('a'), direct('s', 'u1'), direct('a', 'u1'), direct('a', 'u2'), direct('a', 'u3')],
    });
    const told = find(impacts, 'direct_assignment_lost');
    assert.equal(told?.itemCount, 4);
    assert.match(told.summary, /^3 people have access to 2 applications by 4 assignments of their own/);
    assert.deepEqual(told.evidence, [
      { name: 'people', value: 3 },
      { name: 'applications', value: 2 },
    ]);
    assert.deepEqual(find(impacts, 'help_desk_load')?.evidence, [{ name: 'assigned', value: 3 }]);
  });

  it('of a group that comes empty are critical when a planned assignment depends on it', async () => {
    const severity = async (more: Partial<ComposedItem>) =>
      find(
        await once({ items: [client('a'), group('g', 3), group('h', 4), assignment('a', 'g', more)] }),
        'group_created_empty',
      );
    const critical = await severity({});
    assert.equal(critical?.severity, 'critical');
    assert.match(critical.summary, /^2 groups .*\(7 memberships known\)\. 1 of them gives access/);
    const high = await severity({ class: 'manual_rebuild_required' });
    assert.equal(high?.severity, 'high');
    assert.doesNotMatch(high.summary, /access/);
  });

  it('of links are low for bookmarks alone', async () => {
    const link = (id: string, vendorKind: string) =>
      client(id, { ...manual, vendorKind, marks: ['launch_link_lost'] });
    const bookmarks = await once({ items: [link('b', 'BOOKMARK')] });
    assert.equal(find(bookmarks, 'launch_link_lost')?.severity, 'low');
    const both = find(
      await once({ items: [link('b', 'BOOKMARK'), link('s', 'SAML_2_0')] }),
      'launch_link_lost',
    );
    assert.equal(both?.severity, 'medium');
    assert.match(both.summary, /the links to 1 application and 1 bookmark/);
  });

  describe('of policies that are not carried over', () => {
    it('list the planned applications that they guard, and are critical when they protect', async () => {
      const told = async (mark: ImpactMark) =>
        find(
          await once({
            items: [
              policy('p', { marks: [mark] }),
              policy('q'),
              client('a', { refers: { access_policy: 'p' } }),
              client('b', { refers: { access_policy: 'q' } }),
              client('c', { class: 'manual_rebuild_required', refers: { access_policy: 'p' } }),
            ],
          }),
          'policy_not_carried',
        );
      const high = await told('policy_not_carried');
      assert.deepEqual([high?.severity, high?.items, high?.itemCount], ['high', ['a', 'p'], 2]);
      assert.match(
        high?.summary ?? '',
        /^1 policy is not carried over\. 1 application that moves is guarded/,
      );
      const critical = await told('policy_with_protection_not_carried');
      assert.deepEqual([critical?.severity, critical?.items], ['critical', ['a', 'p']]);
    });

    it('list registrations that conditional access names, or does not leave out of all', async () => {
      const access = (id: string, includeApplications: string[], excludeApplications: string[]) =>
        policy(id, {
          vendorKind: 'conditionalAccessPolicy',
          marks: ['policy_not_carried'],
          normalized: { conditions: { applications: { includeApplications, excludeApplications } } },
        });
      const registration = (id: string) =>
        client(id, { normalized: { active: true, entra: { kind: 'registration', app_id: `app-${id}` } } });
      const listed = async (...policies: ComposedItem[]) =>
        find(
          await once({ items: [...policies, registration('a'), registration('b'), registration('c')] }),
          'policy_not_carried',
        )?.items;
      assert.deepEqual(await listed(access('p', ['All'], ['app-b'])), ['a', 'c', 'p']);
      assert.deepEqual(await listed(access('p', ['app-b'], [])), ['b', 'p']);
      assert.deepEqual(await listed(access('p', ['Office365'], [])), ['p']);
      assert.deepEqual(await listed(access('p', ['app-b'], []), access('q', ['app-b'], [])), ['b', 'p', 'q']);
    });
  });

  it('of security defaults are told by the object alone: no item, critical, with its page', async () => {
    const defaults = (enabled: boolean) => ({
      objects: [{ kind: entraObjects.securityDefaults, id: 'd', data: { enabled } }],
    });
    const impacts = await once(defaults(true));
    assert.deepEqual(
      impacts.map(({ impactType, severity, itemCount }) => `${impactType} ${severity} ${itemCount}`).sort(),
      ['mfa_reenrollment high 0', 'policy_not_carried critical 0'],
    );
    for (const { evidence } of impacts) {
      const [named] = evidence;
      assert.ok(named && 'kind' in named);
      assert.deepEqual(
        [named.external_id, named.name, named.evidence.role],
        ['d', 'Security defaults', 'object'],
      );
    }
    assert.deepEqual(await once(defaults(false)), []);
  });

  it('of hooks name a hundred and count them all', async () => {
    const hooks = Array.from({ length: 130 }, (_, i) => ({
      kind: oktaObjects.logStream,
      id: `l${i}`,
      data: { name: `L${i}`, status: 'ACTIVE' },
    }));
    const told = find(await once({ objects: hooks }), 'monitoring_stops');
    assert.equal(told?.evidence.filter((each) => 'kind' in each).length, 100);
    assert.deepEqual(told.evidence.at(-1), { name: oktaObjects.logStream, value: 130 });
    assert.match(told.summary, /^130 log streams/);
  });

  it('say what of provisioning could not be read, and tell nothing by that alone', async () => {
    const refused = ['synchronization_jobs'];
    assert.deepEqual(await once({ refused }), []);
    const provisioned = { items: [{ ...saml, marks: ['provisioning_stops'] as const }] };
    const unread = find(await once({ ...provisioned, refused }), 'provisioning_stops');
    assert.match(unread?.summary ?? '', /Not all provisioning jobs could be read/);
    const others = find(await once({ ...provisioned, refused: ['log_streams'] }), 'provisioning_stops');
    assert.doesNotMatch(others?.summary ?? '', /Not all/);
  });

  it('of 12,000 items are written without comparing each with every other', async function () {
    // Nobody told the database's statistics of these rows, as after a real classification; a plan that loops over all
    // of them for each would take minutes.
    this.timeout(60_000);
    const { database } = opened();
    const at = await composeSnapshot(await makePlace(database), {});
    const { tenant, snapshot } = at;
    // Ids are reckoned from numbers, so that relations need no join.
    await database.$executeRaw`
      INSERT INTO "migration_inventory_items" ("id", "tenant_id", "snapshot_id", "chain_id", "pass", "item_type",
        "source_type", "external_id", "name", "vendor_kind", "normalized", "fingerprint", "evidence")
      SELECT md5(${snapshot.id} || n)::uuid, ${tenant}::uuid, ${snapshot.id}::uuid, gen_random_uuid(), 1, kind, 'okta',
             kind || n, 'Item ' || n, 'KIND', jsonb_build_object('active', true, 'principal_type', 'user',
               'principal', 'u' || n % 500, 'statistics', jsonb_build_object('members', 2)), '', '[]'
        FROM generate_series(1, 12000) AS n
       CROSS JOIN LATERAL (SELECT CASE WHEN n <= 800 THEN 'application' WHEN n <= 2000 THEN 'group'
                                       ELSE 'assignment' END AS kind) AS k
       ORDER BY n`;
    await database.$executeRaw`
      INSERT INTO "migration_item_relations"
      SELECT ${tenant}::uuid, ${snapshot.id}::uuid, md5(${snapshot.id} || n)::uuid, kind, kind, kind || other,
             md5(${snapshot.id} || other)::uuid
        FROM generate_series(2001, 12000) AS n
       CROSS JOIN LATERAL (VALUES ('application', 1 + n % 800), ('group', 801 + n % 1200)) AS ends(kind, other)`;
    const assessment = await createAssessment(database, tenant, snapshot, classifierVersion, commandOf());
    const [rule = ''] = rulesMarked(['direct_assignment_lost']);
    await database.$executeRaw`
      INSERT INTO "migration_item_assessments" ("tenant_id", "assessment_id", "item_id", "ordinal", "item_type",
        "compatibility_class", "target_contract", "operator_impact", "user_impact", "evidence", "rule_ids")
      SELECT "tenant_id", ${assessment.id}::uuid, "id", "ordinal", "item_type", 'native_import',
             CASE "item_type" WHEN 'application' THEN 'tenant_oidc_application' WHEN 'group' THEN 'tenant_group'
               ELSE 'tenant_app_assignment' END, 'none', 'none', '{}', ARRAY[${rule}]::text[]
        FROM "migration_inventory_items" WHERE "snapshot_id" = ${snapshot.id}::uuid`;
    await inTransaction(database, (tx) => writeImpacts(tx, tenant, assessment.id));
    const impacts = await listImpacts(database, tenant, assessment.id);
    assert.deepEqual(
      impacts.map(({ impactType, severity, itemCount }) => `${impactType} ${severity} ${itemCount}`),
      [
        'subject_identifier_changes critical 800',
        'group_created_empty critical 1200',
        'issuer_changes high 800',
        'direct_assignment_lost high 10000',
        'sign_in_page_changes medium 800',
        'help_desk_load medium 0',
      ],
    );
    assert.match(
      impacts[3]?.summary ?? '',
      /^500 people have access to 800 applications by 10000 assignments/,
    );
  });
});
