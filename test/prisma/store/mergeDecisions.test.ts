import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { classify } from '../../../activities/assess/classify.ts';
import { findOverlaps } from '../../../activities/assess/findOverlaps.ts';
import { refreshOverlaps } from '../../../activities/assess/refreshOverlaps.ts';
import type { MergeDecision } from '../../../domain/merge/decision.ts';
import type { ResolveRequest } from '../../../domain/merge/resolve.ts';
import type { TenantOidcApplication } from '../../../domain/target.ts';
import { failAssessment } from '../../../prisma/store/assessments.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { inTransaction } from '../../../prisma/store/constraints.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { listImpacts, unacknowledgedImpacts } from '../../../prisma/store/impacts.ts';
import { findDecision, listDecisions } from '../../../prisma/store/mergeDecisions.ts';
import { resolveDecision } from '../../../prisma/store/mergeResolution.ts';
import { beginRefresh, failRefresh } from '../../../prisma/store/overlaps.ts';
import type { MadeResource } from '../../../prisma/store/runtime.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { saveTargetLink } from '../../../prisma/store/targetLinks.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  act,
  applyOne,
  assess,
  claim,
  collect,
  commandOf,
  commit,
  edda,
  failureNow,
  finishAssessing,
  finishCollecting,
  finishPlanning,
  group,
  make,
  makePlace,
  mint,
  openChain,
  outcomes,
  pageOf,
  refusal,
  startAssessing,
  startCollecting,
  startExecution,
  startPlanning,
  stepsOf,
  type Assessing,
  type Place,
} from './support.ts';

const application = (change: Partial<TenantOidcApplication> = {}) => ({
  contract: 'tenant_oidc_application' as const,
  payload: {
    name: 'Billing',
    client_id: 'a1',
    client_type: 'confidential' as const,
    application_type: 'web' as const,
    token_endpoint_auth_method: 'client_secret_basic' as const,
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: ['https://elsewhere.example/cb'],
    post_logout_redirect_uris: [],
    jwks: null,
    jwks_uri: null,
    ...change,
  },
});
const liveGroup = (name: string) => ({
  contract: 'tenant_group' as const,
  payload: { name, description: null },
});

describe('merge decisions', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  const merging = () => makePlace(db(), 'merge_into_existing');

  const decisions = ({ tenant, assessment }: Assessing): Promise<MergeDecision[]> =>
    listDecisions(db(), tenant, assessment.id, { after: null, limit: 100 });
  const only = async (at: Assessing): Promise<MergeDecision> => {
    const [first, ...rest] = await decisions(at);
    assert.ok(first);
    assert.deepEqual(rest, []);
    return first;
  };
  const resolve = (at: Assessing, { id }: MergeDecision, request: ResolveRequest, command = commandOf()) =>
    resolveDecision(db(), at.tenant, at.workspace, at.assessment, id, request, command);
  const map = (resource: MadeResource, more: Partial<ResolveRequest> = {}): ResolveRequest => ({
    resolution: 'map_to_existing',
    matched_resource_id: resource.resourceId,
    ...more,
  });
  const skip: ResolveRequest = { resolution: 'skip' };
  const recordsOf = async (at: Place, action: string) =>
    (await listAudit(db(), at.tenant, { before: null, limit: 100 })).filter(
      (record) => record.action === `migration.merge_decision.${action}`,
    );

  /** A snapshot whose groups have these names. */
  async function collectGroups(place: Place, names: Readonly<Record<string, string>>) {
    const at = await startCollecting(place);
    const entries = Object.entries(names).map(([id, name]) => group(id, name));
    await commit(at, await pageOf(await openChain(at, 'groups'), entries));
    const statistics = Object.keys(names).map((id) => ({
      id,
      _embedded: { stats: { usersCount: 3, appsCount: 1, hasAdminPrivilege: false } },
    }));
    await commit(at, await pageOf(await openChain(at, 'group_statistics'), statistics));
    await finishCollecting(at);
    return at;
  }
  const assessGroups = async (place: Place, names: Readonly<Record<string, string>>) =>
    finishAssessing(await startAssessing(await collectGroups(place, names)));

  async function refresh(at: Assessing): Promise<void> {
    const run = await beginRefresh(db(), at.tenant, at.assessment, commandOf());
    const temporalRunId = await claim(at, run);
    const input = { tenantId: at.tenant, assessmentId: at.assessment.id };
    await act(at, refreshOverlaps, input, run, temporalRunId);
  }

  describe('are found', () => {
    it('for what the target has already, in the order of the inventory, and nowhere else', async () => {
      const place = await merging();
      const billing = await make(place, application());
      const team = await make(place, liveGroup('GROUP  g2'));
      await make(place, liveGroup('Somebody else'));
      const found = await decisions(await assess(place));
      assert.deepEqual(
        found.map((each) => [
          each.externalId,
          each.status,
          each.matchedResources.map((resource) => [resource.resource_id, resource.match_keys]),
        ]),
        [
          ['g2', 'pending', [[team.resourceId, ['name']]]],
          ['a1', 'pending', [[billing.resourceId, ['client_id']]]],
        ],
      );
      assert.deepEqual(
        found[1]?.matchedResources[0]?.differences.map((difference) => difference.field),
        ['name', 'redirect_uris'],
      );
    });

    it('not in a workspace that adopts for the first time', async () => {
      const place = await makePlace(db());
      await make(place, liveGroup('Group g1'));
      assert.deepEqual(await decisions(await assess(place)), []);
    });

    it('not by a set of redirect URIs that two applications have', async () => {
      const place = await merging();
      await make(place, application({ client_id: 'x', redirect_uris: ['https://app.example/cb'] }));
      assert.deepEqual(await decisions(await assess(place)), []);
    });

    it('not for what an earlier cutover of this source brought there, while it is there', async () => {
      const place = await merging();
      const ours = await make(place, liveGroup('Group g1'));
      const link = (resourceId: string) =>
        inTransaction(db(), (tx) =>
          saveTargetLink(tx, place.tenant, {
            source_id: place.source.id,
            external_id: 'g1',
            plan_id: randomUUID(),
            step_id: randomUUID(),
            execution_id: randomUUID(),
            targetContract: 'tenant_group',
            resourceId,
            fingerprint: ours.fingerprint,
            origin: 'created',
            clientId: null,
            at: new Date(),
          }),
        );
      await link(ours.resourceId);
      const at = await assess(place);
      assert.deepEqual(await decisions(at), []);
      await refresh(at);
      assert.deepEqual(await decisions(at), []);
      await link(randomUUID());
      assert.equal((await only(await assess(place))).externalId, 'g1');
    });

    it('once, however often the looking is attempted, and by nobody but the run that holds the row', async () => {
      const place = await merging();
      await make(place, liveGroup('Group g1'));
      await make(place, application());
      const at = await startAssessing(await collect(place));
      const { run, id: assessmentId } = at.assessment;
      const input = { tenantId: at.tenant, assessmentId };
      for (const phase of ['first', 'last'] as const) {
        await act(at, classify, { ...input, phase }, run, at.temporalRunId);
      }
      const look = (as = at.temporalRunId) => act(at, findOverlaps, input, run, as);
      const found = () =>
        db().mergeDecision.findMany({ where: { assessmentId }, orderBy: { ordinal: 'asc' } });
      assert.equal(await refusal(look(randomUUID())), 'execution_superseded');
      await look();
      const [g1, a1] = await found();
      assert.ok(g1 && a1);
      await look();
      // An attempt that was interrupted has left what comes first.
      await db().mergeDecision.delete({ where: { id: a1.id } });
      await look();
      const again = await found();
      assert.deepEqual(
        again.map((row) => [row.itemId, row.id === g1.id]),
        [
          [g1.itemId, true],
          [a1.itemId, false],
        ],
      );
    });

    it('and forgotten with a run that fails', async () => {
      const place = await merging();
      await make(place, liveGroup('Group g1'));
      const at = await startAssessing(await collect(place));
      const { assessment, tenant } = await finishAssessing(at);
      assert.equal(await db().mergeDecision.count({ where: { assessmentId: assessment.id } }), 1);
      const second = await startAssessing(at);
      await db().$executeRaw`
        INSERT INTO "migration_merge_decisions"
          ("id", "tenant_id", "assessment_id", "item_id", "ordinal", "status", "matched_resources", "similar")
        SELECT gen_random_uuid(), "tenant_id", ${second.assessment.id}::uuid, "item_id", "ordinal", 'pending', '[]', '[]'
          FROM "migration_merge_decisions" WHERE "assessment_id" = ${assessment.id}::uuid`;
      assert.deepEqual(await decisions(second), [], 'not shown while it runs');
      await failAssessment(db(), tenant, second.assessment.id, failureNow());
      assert.equal(await db().mergeDecision.count({ where: { assessmentId: second.assessment.id } }), 0);
    });
  });

  describe('are resolved', () => {
    it('again and again, and remember every former resolution with whoever made it', async () => {
      const place = await merging();
      const there = await make(place, liveGroup('Group g1'));
      const at = await assess(place);
      const decision = await only(at);
      const by = (id: string, time: string) => commandOf({ actor: { ...edda, id }, at: new Date(time) });
      await resolve(at, decision, map(there, { note: 'The same.' }), by('anna', '2026-01-01T00:00:00Z'));
      const last = await resolve(at, decision, skip, by('berta', '2026-01-02T00:00:00Z'));
      assert.deepEqual(
        [last.status, last.resolution, last.matchedResourceId, last.note, last.resolved?.by],
        ['resolved', 'skip', null, null, 'berta'],
      );
      assert.deepEqual(last.history, [
        {
          resolution: 'map_to_existing',
          matched_resource_id: there.resourceId,
          target_overrides: null,
          allow_shared: false,
          note: 'The same.',
          resolved: { by: 'anna', at: '2026-01-01T00:00:00.000Z' },
          stale_reason: null,
        },
      ]);
      const records = await recordsOf(at, 'resolved');
      assert.deepEqual(
        records.map(({ actor, facts, targets }) => [actor.id, facts.resolution, targets.merge_decision_id]),
        [
          ['berta', 'skip', decision.id],
          ['anna', 'map_to_existing', decision.id],
        ],
      );
    });

    it('by two at the same time one after the other: none is lost', async () => {
      const place = await merging();
      const there = await make(place, liveGroup('Group g1'));
      const at = await assess(place);
      const decision = await only(at);
      await Promise.all([resolve(at, decision, map(there)), resolve(at, decision, skip)]);
      const kept = await findDecision(db(), at.tenant, at.assessment.id, decision.id);
      const all = [kept?.resolution, ...(kept?.history ?? []).map((each) => each.resolution)];
      assert.deepEqual(all.sort(), ['map_to_existing', 'skip']);
    });

    it('to one resource by one of two items that want it at the same time, unless they share it', async () => {
      const place = await merging();
      const there = await make(place, liveGroup('VPN'));
      const at = await assessGroups(place, { g1: 'VPN', g2: 'vpn' });
      const both = await decisions(at);
      assert.equal(both.length, 2);
      const settled = await outcomes(both.map((decision) => resolve(at, decision, map(there))));
      assert.deepEqual(settled, ['done', 'match_already_bound']);
      const shared = both.map((decision) => resolve(at, decision, map(there, { allow_shared: true })));
      assert.deepEqual(await outcomes(shared), ['done', 'done']);
    });

    it('not to what an earlier cutover made of something else', async () => {
      const place = await merging();
      const there = await make(place, application());
      const at = await assess(place);
      await inTransaction(db(), (tx) =>
        saveTargetLink(tx, place.tenant, {
          source_id: place.source.id,
          external_id: 'another',
          plan_id: randomUUID(),
          step_id: randomUUID(),
          execution_id: randomUUID(),
          targetContract: 'tenant_oidc_application',
          resourceId: there.resourceId,
          fingerprint: there.fingerprint,
          origin: 'created',
          clientId: 'a1',
          at: new Date(),
        }),
      );
      assert.equal(await refusal(resolve(at, await only(at), map(there))), 'match_already_bound');
    });

    it('to nothing else than what they matched, as that was found', async () => {
      const place = await merging();
      const there = await make(
        place,
        application({ client_type: 'public', token_endpoint_auth_method: 'none' }),
      );
      const at = await assess(place);
      const decision = await only(at);
      assert.equal(await refusal(resolve(at, decision, map(there))), 'incompatible_match');
      const other = { ...map(there), matched_resource_id: randomUUID() };
      assert.equal(await refusal(resolve(at, decision, other)), 'unknown_reference');
      assert.equal((await only(at)).status, 'pending');
    });

    it('not in an archived workspace, where a wrong request is still the first thing told', async () => {
      const place = await merging();
      await make(place, liveGroup('Group g1'));
      const at = await assess(place);
      const decision = await only(at);
      await archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf());
      assert.equal(await refusal(resolve(at, decision, skip)), 'workspace_archived');
      const wrong: ResolveRequest = { resolution: 'map_to_existing' };
      assert.equal(await refusal(resolve(at, decision, wrong)), 'validation_failed');
    });
  });

  /** A plan of the small org in which one group is created beside the one that is there. */
  async function planned() {
    const place = await merging();
    await make(place, liveGroup('Group g1'));
    const at = await assess(place);
    const decision = await only(at);
    await resolve(at, decision, { resolution: 'create_new', target_overrides: { name: 'Group g1 (Okta)' } });
    await acknowledgeEverything(at);
    return { decision, at: await finishPlanning(await startPlanning(at)) };
  }

  describe('and plans', () => {
    const stepOf = async (at: Awaited<ReturnType<typeof planned>>['at'], externalId: string) => {
      const step = (await stepsOf(at)).find((each) => each.externalId === externalId);
      assert.ok(step);
      return step;
    };

    it('create beside what is there under the name that was decided', async () => {
      const { at } = await planned();
      const step = await stepOf(at, 'g1');
      assert.deepEqual(
        [step.disposition, step.targetPayload, step.targetKeys],
        ['planned', { name: 'Group g1 (Okta)', description: null }, ['tenant_group:group g1 (okta)']],
      );
    });

    it('are outdated by another decision, item by item, and built anew by it', async () => {
      const { at, decision } = await planned();
      const { token } = await mint(at);
      assert.ok(token);
      await resolve(at, decision, skip);
      const step = await stepOf(at, 'g1');
      await assert.rejects(
        mint(at, commandOf({ at: new Date(Date.now() + 120_000) })),
        (error: { code?: string; members?: { changes: { code: string; step_id: string }[] } }) => {
          assert.equal(error.code, 'plan_outdated');
          assert.deepEqual(
            error.members?.changes.map((change) => [change.code, change.step_id]),
            [['decision_changed', step.id]],
          );
          return true;
        },
      );
      const rebuilt = await finishPlanning(await startPlanning(at));
      const steps = await stepsOf(rebuilt);
      assert.deepEqual(
        steps
          .filter((each) => each.reasonCode === 'decision_skip')
          .map((each) => [each.externalId, each.status]),
        [
          ['g1', 'skipped'],
          ['a1/group/g1', 'skipped'],
          ['a2/group/g1', 'skipped'],
        ],
      );
    });

    it('hold a decision while they are applied, and for good once its step is', async () => {
      const { at, decision } = await planned();
      const running = await startExecution(at);
      assert.equal(await refusal(resolve(at, decision, skip)), 'apply_in_progress');
      assert.equal(
        await refusal(beginRefresh(db(), at.tenant, at.assessment, commandOf())),
        'apply_in_progress',
      );
      assert.equal(await applyOne(running, (await stepOf(at, 'g1')).id), 'applied');
      const end = { failure: failureNow('run_stopped'), at: new Date() };
      await settleExecution(db(), at.tenant, running.execution.id, end);
      assert.equal(await refusal(resolve(at, decision, skip)), 'decision_applied');
    });
  });

  describe('are looked at again', () => {
    it('and are pending again when what they stand on was changed or has gone, and say so', async () => {
      const place = await merging();
      const team = await make(place, liveGroup('Group g1'));
      const other = await make(place, liveGroup('Group g2'));
      const billing = await make(place, application());
      const at = await assess(place);
      const [g1, g2, a1] = await decisions(at);
      assert.ok(g1 && g2 && a1);
      await resolve(at, g1, map(team, { note: 'Ours.' }));
      await resolve(at, g2, skip);
      await resolve(at, a1, map(billing));
      await db().runtimeGroup.update({
        where: { id: team.resourceId },
        data: { description: 'new', fingerprint: 'changed' },
      });
      await db().runtimeGroup.delete({ where: { id: other.resourceId } });
      await refresh(at);
      const now = await decisions(at);
      assert.deepEqual(
        now.map((each) => [each.externalId, each.status, each.staleReason, each.matchedResources.length]),
        [
          ['g1', 'pending', 'The group \u201cGroup g1\u201d was changed at the target: description.', 1],
          ['g2', 'pending', 'The group \u201cGroup g2\u201d is no longer at the target.', 0],
          ['a1', 'resolved', null, 1],
        ],
      );
      assert.deepEqual(
        now[0]?.history.map(({ resolution, note, stale_reason }) => [resolution, note, stale_reason]),
        [['map_to_existing', 'Ours.', now[0]?.staleReason]],
      );
      const records = await recordsOf(at, 'reopened');
      assert.deepEqual(
        records.map((record) => [record.targets.item_id, record.facts.resolution]).sort(),
        [
          [g1.itemId, 'map_to_existing'],
          [g2.itemId, 'skip'],
        ].sort(),
      );
      assert.ok(records.every((record) => record.actor.id === 'edda'));
      const renewed = await resolve(at, g1, map(team));
      assert.deepEqual([renewed.status, renewed.staleReason], ['resolved', null]);
      await refresh(at);
      assert.equal((await findDecision(db(), at.tenant, at.assessment.id, g1.id))?.status, 'resolved');
    });

    it('and joined by what the items collide with by now', async () => {
      const place = await merging();
      const at = await assess(place);
      assert.deepEqual(await decisions(at), []);
      await make(place, liveGroup('Group g1'));
      await refresh(at);
      const decision = await only(at);
      assert.deepEqual([decision.externalId, decision.status, decision.staleReason], ['g1', 'pending', null]);
      await refresh(at);
      assert.equal((await only(at)).version, decision.version, 'nothing is written that has not changed');
    });

    it('by one run at a time, which whoever asks meanwhile joins, and during which nothing is archived', async () => {
      const at = await assess(await merging());
      const begin = () => beginRefresh(db(), at.tenant, at.assessment, commandOf());
      const [one, two] = await Promise.all([begin(), begin()]);
      assert.equal(one.id, two.id);
      const archive = archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf());
      assert.equal(await refusal(archive), 'run_in_progress');
      assert.equal(await failRefresh(db(), at.tenant, at.assessment.id, one.id, failureNow()), true);
      assert.equal(await failRefresh(db(), at.tenant, at.assessment.id, one.id, failureNow()), false);
      assert.notEqual((await begin()).id, one.id);
    });

    it('by nobody but the run that holds the row', async () => {
      const at = await assess(await merging());
      const run = await beginRefresh(db(), at.tenant, at.assessment, commandOf());
      await claim(at, run);
      const input = { tenantId: at.tenant, assessmentId: at.assessment.id };
      const strange = act(at, refreshOverlaps, input, run, randomUUID());
      assert.equal(await refusal(strange), 'execution_superseded');
    });

    it('not where nothing is merged, before all is judged, or of an archived source', async () => {
      const begin = (at: Assessing) => beginRefresh(db(), at.tenant, at.assessment, commandOf());
      assert.equal(await refusal(begin(await assess(await makePlace(db())))), 'merge_not_applicable');
      const early = await startAssessing(await collect(await merging()));
      assert.equal(await refusal(begin(early)), 'handoff_not_ready');
      const late = await assess(await merging());
      await archiveSource(db(), late.tenant, late.workspace.id, late.source.id, commandOf());
      assert.equal(await refusal(begin(late)), 'source_archived');
      await archiveWorkspace(db(), late.tenant, late.workspace.id, commandOf());
      assert.equal(await refusal(begin(late)), 'workspace_archived');
    });
  });

  describe('of a former assessment', () => {
    async function reviewed() {
      const place = await merging();
      const [team, other] = [
        await make(place, liveGroup('Group g1')),
        await make(place, liveGroup('Group g2')),
      ];
      const at = await assess(place);
      const [g1, g2] = await decisions(at);
      assert.ok(g1 && g2);
      await resolve(at, g1, map(team, { note: 'Ours.' }), commandOf({ actor: { ...edda, id: 'anna' } }));
      await resolve(at, g2, skip);
      await acknowledgeEverything(at);
      return { at, team, other, g1, g2 };
    }
    const again = async (at: Assessing, carryOver: boolean) =>
      finishAssessing(await startAssessing(at, carryOver));

    it('are not taken over unless asked to', async () => {
      const { at } = await reviewed();
      const next = await again(at, false);
      assert.deepEqual(
        (await decisions(next)).map((each) => [each.status, each.carriedFrom]),
        [
          ['pending', null],
          ['pending', null],
        ],
      );
      assert.notDeepEqual(await unacknowledgedImpacts(db(), next.tenant, next.assessment.id), []);
    });

    it('are taken over with who decided, also from another snapshot of the same, and leave records', async () => {
      const { at, g1, g2, team } = await reviewed();
      const next = await finishAssessing(await startAssessing(await collect(at), true));
      const [first, second] = await decisions(next);
      assert.deepEqual(
        [first?.status, first?.matchedResourceId, first?.note, first?.resolved?.by, first?.carriedFrom],
        ['resolved', team.resourceId, 'Ours.', 'anna', g1.id],
      );
      assert.deepEqual([second?.resolution, second?.carriedFrom], ['skip', g2.id]);
      const records = await recordsOf(at, 'carried_over');
      assert.deepEqual(records.map((record) => record.facts.carried_from).sort(), [g1.id, g2.id].sort());
      assert.deepEqual(await unacknowledgedImpacts(db(), next.tenant, next.assessment.id), []);
      const impacts = await listImpacts(db(), next.tenant, next.assessment.id);
      assert.ok(impacts.every((impact) => impact.acknowledged?.by === 'edda'));
    });

    it('are not taken over where the resource has changed, or another is there as well', async () => {
      const { at, team, g2 } = await reviewed();
      await db().runtimeGroup.update({ where: { id: team.resourceId }, data: { fingerprint: 'changed' } });
      const next = await again(at, true);
      assert.deepEqual(
        (await decisions(next)).map((each) => each.carriedFrom),
        [null, g2.id],
      );
    });

    it('are not taken over for an item that has changed', async () => {
      const place = await merging();
      await make(place, liveGroup('VPN'));
      const at = await assessGroups(place, { g1: 'VPN', g2: 'Other' });
      await resolve(at, await only(at), skip);
      await acknowledgeEverything(at);
      const renamed = await collectGroups(place, { g1: 'vpn', g2: 'Other' });
      assert.equal((await only(await again({ ...at, ...renamed }, true))).status, 'pending');
    });

    it('nor are acknowledgements, where the items of the change are others', async () => {
      const place = await merging();
      const at = await assessGroups(place, { g1: 'One', g2: 'Two' });
      await acknowledgeEverything(at);
      const carried = async (names: Readonly<Record<string, string>>) => {
        const next = await collectGroups(place, names);
        const { tenant, assessment } = await again({ ...at, ...next }, true);
        return (await unacknowledgedImpacts(db(), tenant, assessment.id)).length === 0;
      };
      assert.equal(await carried({ g1: 'One', g2: 'Two (renamed)' }), true);
      assert.equal(await carried({ g1: 'One', g3: 'Two' }), false);
    });
  });
});
