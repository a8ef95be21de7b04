import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { DomainError } from '../../../domain/errors.ts';
import type { TargetChange } from '../../../domain/plan.ts';
import type { ResolveRequest } from '../../../domain/merge/resolve.ts';
import { Prisma } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { listDecisions } from '../../../prisma/store/mergeDecisions.ts';
import { resolveDecision } from '../../../prisma/store/mergeResolution.ts';
import { beginPreview, findPreview, type Preview } from '../../../prisma/store/previews.ts';
import { archiveSource } from '../../../prisma/store/sources.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  applyWith,
  assess,
  claim,
  comparePreview,
  commandOf,
  finishAssessing,
  finishPlanning,
  finishPreview,
  make,
  makePlace,
  mint,
  plan,
  refusal,
  startAssessing,
  startPlanning,
  stepsOf,
  type Assessing,
  type Planned,
} from './support.ts';

const skip: ResolveRequest = { resolution: 'skip' };

describe('a preview token', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  /** What a refusal says has changed. */
  async function changesOf(promise: Promise<unknown>): Promise<TargetChange[]> {
    try {
      await promise;
    } catch (error) {
      assert.ok(error instanceof DomainError);
      assert.equal(error.code, 'preview_stale');
      return error.members.changes as TargetChange[];
    }
    return [];
  }

  /** Nothing was begun and nothing was written by what was refused. */
  async function assertUntouched({ tenant, plan: { id } }: Planned): Promise<void> {
    const where = { where: { tenantId: tenant } };
    const counts = [
      db().execution.count(where),
      db().targetLink.count(where),
      db().runtimeApplication.count(where),
      db().step.count({ where: { planId: id, status: 'applied' } }),
    ];
    assert.deepEqual(await Promise.all(counts), [0, 0, 0, 0]);
  }

  /** A merging plan, of whose groups one is decided about. */
  async function decided(): Promise<
    Planned & { resolve: (request: ResolveRequest) => Promise<unknown>; live: string }
  > {
    const place = await makePlace(db(), 'merge_into_existing');
    const group = { contract: 'tenant_group' as const, payload: { name: 'Group g1', description: null } };
    const { resourceId: live } = await make(place, group);
    const assessed: Assessing = await assess(place);
    await acknowledgeEverything(assessed);
    const [decision] = await listDecisions(db(), place.tenant, assessed.assessment.id, {
      after: null,
      limit: 10,
    });
    assert.ok(decision);
    const resolve = (request: ResolveRequest) =>
      resolveDecision(
        db(),
        place.tenant,
        place.workspace,
        assessed.assessment,
        decision.id,
        request,
        commandOf(),
      );
    await resolve({ resolution: 'map_to_existing', matched_resource_id: live });
    return { ...(await finishPlanning(await startPlanning(assessed))), resolve, live };
  }

  it('is stale when something else was decided about an item, and says what of which', async () => {
    const at = await decided();
    const { token } = await mint(at);
    await at.resolve(skip);
    const [change, ...none] = await changesOf(applyWith(at, token));
    assert.deepEqual(none, []);
    const step = (await stepsOf(at)).find((each) => each.id === change?.step_id);
    assert.deepEqual(
      [step?.name, change?.item_id, change?.code],
      ['Group g1', step?.itemId, 'decision_changed'],
    );
    assert.deepEqual(change?.was, {
      resolution: 'map_to_existing',
      matched_resource_id: at.live,
      version: 2,
    });
    assert.deepEqual(change.is, { resolution: 'skip', matched_resource_id: null, version: 3 });
    assert.match(change.message, /\u201cGroup g1\u201d.*map_to_existing then, skip now/);
    await assertUntouched(at);
  });

  it('is stale when an impact was acknowledged that was not there, and says which', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const [impact] = await db().impact.findMany({ where: { assessmentId: at.assessment.id }, take: 1 });
    assert.ok(impact);
    const later = { ...impact, id: randomUUID(), impactType: 'later', summary: 'Everybody is signed out' };
    await db().impact.create({
      data: { ...later, evidence: [], acknowledgedBy: { id: 'edda' } },
    });
    const [change, ...none] = await changesOf(applyWith(at, token));
    assert.deepEqual(none, []);
    assert.deepEqual(
      [change?.code, change?.was, change?.is],
      [
        'acknowledgement_changed',
        { impact_id: later.id, acknowledged: false },
        { impact_id: later.id, acknowledged: true },
      ],
    );
    assert.match(change?.message ?? '', /Everybody is signed out/);
    await assertUntouched(at);
  });

  it('is stale when a payload is another, and says of which step, with both digests', async () => {
    const at = await plan(await makePlace(db()));
    const { token } = await mint(at);
    const step = (await stepsOf(at)).find((each) => each.targetContract === 'tenant_group');
    assert.ok(step);
    await db().step.update({
      where: { id: step.id },
      data: { targetPayload: { name: 'Admins', description: null } },
    });
    const [change, ...none] = await changesOf(applyWith(at, token));
    assert.deepEqual(none, []);
    assert.deepEqual(
      [change?.code, change?.step_id, change?.item_id],
      ['step_changed', step.id, step.itemId],
    );
    const [was, is] = [change?.was, change?.is] as { digest: string; action: string }[];
    assert.deepEqual([was?.action, is?.action], ['create', 'create']);
    assert.notEqual(was?.digest, is?.digest);
    assert.ok(change?.message.includes(step.name), change?.message);
    await assertUntouched(at);
  });

  it('of a plan that was built again names the revision and every step that is another', async () => {
    const at = await decided();
    const { token } = await mint(at);
    await at.resolve(skip);
    await finishPlanning(await startPlanning(at));
    const changes = await changesOf(applyWith(at, token));
    const codes = new Set(changes.map((change) => change.code));
    assert.ok(codes.has('revision_changed') && codes.has('decision_changed'), [...codes].join(' '));
    const [revision] = changes;
    assert.deepEqual([revision?.was, revision?.is], [1, 2]);
    await assertUntouched(at);
  });

  it('is neither minted nor taken of what is archived or superseded', async () => {
    const steps = async (expected: string, change: (at: Planned) => Promise<unknown>) => {
      const at = await plan(await makePlace(db()));
      const { token } = await mint(at);
      await change(at);
      const begin = beginPreview(db(), at.tenant, at.plan, commandOf());
      assert.deepEqual([await refusal(begin), await refusal(applyWith(at, token))], [expected, expected]);
      await assertUntouched(at);
    };
    await steps('source_archived', (at) =>
      archiveSource(db(), at.tenant, at.workspace.id, at.source.id, commandOf()),
    );
    await steps('workspace_archived', (at) =>
      archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf()),
    );
    await steps('handoff_not_ready', async (at) => finishAssessing(await startAssessing(at)));
  });

  describe('is not minted', () => {
    const refusedBy = async (at: Planned): Promise<TargetChange[]> => {
      const { id } = await finishPreview(at);
      const preview: Preview | null = await findPreview(db(), at.tenant, id);
      assert.equal(preview?.state, 'refused');
      return preview.changes ?? [];
    };
    /** Lets the step of a group bind to what is there, as a plan that merges would. */
    const bindGroup = async (at: Planned, binding: { resource_id: string; fingerprint: string }) => {
      const step = (await stepsOf(at)).find((each) => each.name === 'Group g1');
      assert.ok(step);
      const bound = {
        binding: { ...binding, incomplete: [] },
        action: 'bind',
        status: 'planned',
        disposition: 'planned',
      };
      const data = { ...bound, targetPayload: Prisma.DbNull, targetKeys: [] };
      await db().step.update({ where: { id: step.id }, data });
      return step;
    };

    it('when what a step binds to was changed or has gone', async () => {
      for (const [code, fingerprint] of [
        ['bound_resource_changed', 'as it was'],
        ['bound_resource_gone', null],
      ] as const) {
        const at = await plan(await makePlace(db()));
        const made = await make(at, {
          contract: 'tenant_group',
          payload: { name: 'Live', description: null },
        });
        const binding = {
          resource_id: fingerprint === null ? randomUUID() : made.resourceId,
          fingerprint: 'as it was',
        };
        const step = await bindGroup(at, binding);
        const [change, ...none] = await refusedBy(at);
        assert.deepEqual(none, []);
        assert.deepEqual([change?.code, change?.step_id, change?.was], [code, step.id, binding]);
        const is =
          fingerprint === null ? null : { resource_id: made.resourceId, fingerprint: made.fingerprint };
        assert.deepEqual(change?.is, is);
      }
    });

    it('when a decision no longer holds: it is pending again, with the reason', async () => {
      const at = await decided();
      await db().runtimeGroup.update({
        where: { id: at.live },
        data: { description: 'ours now', fingerprint: 'another' },
      });
      const changes = await refusedBy(at);
      const decision = changes.find((change) => change.code === 'decision_changed');
      assert.match(decision?.message ?? '', /Group g1.*was changed at the target/);
      const [row] = await listDecisions(db(), at.tenant, at.assessment.id, { after: null, limit: 10 });
      assert.deepEqual([row?.status, row?.staleReason], ['pending', decision?.message]);
      const records = await listAudit(db(), at.tenant, { before: null, limit: 5 });
      assert.equal(records.filter((each) => each.action === 'migration.merge_decision.reopened').length, 1);
      assert.equal(await refusal(beginPreview(db(), at.tenant, at.plan, commandOf())), 'handoff_not_ready');
    });

    it('when today\u2019s rules judge something planned worse, and names it with both classes', async () => {
      const at = await plan(await makePlace(db()));
      const step = (await stepsOf(at)).find((each) => each.targetContract === 'tenant_oidc_application');
      assert.ok(step);
      // As if the rules had let it pass when it was assessed.
      await db().assessment.update({ where: { id: at.assessment.id }, data: { classifierVersion: 'older' } });
      await db().$executeRaw`
        UPDATE "migration_inventory_items" SET "normalized" = jsonb_set("normalized", '{oidc}', 'null')
         WHERE "id" = ${step.itemId}::uuid`;
      const [change, ...none] = await refusedBy(at);
      assert.deepEqual(none, []);
      assert.deepEqual([change?.code, change?.step_id], ['verdict_worsened', step.id]);
      assert.notEqual(change?.was, change?.is);
      assert.ok(
        change?.message.includes(step.name) && change.message.includes(String(change.is)),
        change?.message,
      );
    });
  });

  it('is minted with a warning when the rules are newer and nothing planned comes out worse', async () => {
    const at = await plan(await makePlace(db()));
    await db().assessment.update({ where: { id: at.assessment.id }, data: { classifierVersion: 'older' } });
    const { preview } = await mint(at);
    const warnings = preview.warnings.filter((each) => each.code === 'classifier_newer');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]?.message ?? '', /older/);
  });

  it('comes with the warning that the source was not asked, when it was not', async () => {
    const at = await plan(await makePlace(db()));
    const begun = await beginPreview(db(), at.tenant, at.plan, commandOf());
    const run = await claim(at, begun.run);
    await comparePreview(at, begun, run);
    const preview = await findPreview(db(), at.tenant, begun.id);
    assert.ok(preview?.warnings.some((each) => each.code === 'source_unread'));
  });
});
