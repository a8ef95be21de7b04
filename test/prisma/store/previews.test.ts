import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { comparePlan, finishPreview as finishComparedPreview } from '../../../activities/plan/preview.ts';
import type { TargetChange } from '../../../domain/plan.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit } from '../../../prisma/store/audit.ts';
import { findPlan } from '../../../prisma/store/plans.ts';
import {
  beginPreview,
  failPreview,
  findPreview,
  latestPreview,
  mintToken,
} from '../../../prisma/store/previews.ts';
import { saveSourceFindings } from '../../../prisma/store/previewFindings.ts';
import { createResource } from '../../../prisma/store/runtime.ts';
import { useDatabase } from '../../support/database.ts';
import {
  acknowledgeEverything,
  act,
  applyWith,
  assess,
  claim,
  comparePreview,
  commandOf,
  failureNow,
  finishPlanning,
  finishPreview,
  makePlace,
  mint,
  plan,
  refusal,
  startPlanning,
  stepsOf,
  tokenHash,
  type Planned,
} from './support.ts';

describe('previews', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const stateOf = async ({ tenant }: Planned, id: string) => (await findPreview(db(), tenant, id))?.state;
  const statusOf = async ({ tenant, plan: { id } }: Planned) => (await findPlan(db(), tenant, id))?.status;
  const occupy = ({ tenant }: Planned, name: string) =>
    inTransaction(db(), (tx) =>
      createResource(
        tx,
        tenant,
        { contract: 'tenant_group', payload: { name, description: null } },
        { migratedBy: null, secretHash: null, at: new Date() },
      ),
    );

  it('end ready when the target is as the plan found it, and a token makes the plan previewed', async () => {
    const at = await plan(await makePlace(db()));
    const finished = await finishPreview(at);
    assert.equal(await stateOf(at, finished.id), 'ready');
    assert.equal(await statusOf(at), 'draft');
    const { preview } = await mint(at);
    assert.deepEqual([preview.id, preview.state, preview.mintedBy?.id], [finished.id, 'minted', 'edda']);
    assert.equal(await statusOf(at), 'previewed');
    const [record] = await listAudit(db(), at.tenant, { before: null, limit: 1 });
    assert.equal(record?.action, 'migration.cutover_plan.previewed');
  });

  it('keep no token, only its hash', async () => {
    const at = await plan(await makePlace(db()));
    const { token, preview } = await mint(at);
    const row = await db().preview.findUniqueOrThrow({ where: { id: preview.id } });
    assert.deepEqual(Buffer.from(row.tokenHash ?? []), tokenHash(token));
    const whole = await db().$queryRaw<{ row: string }[]>`
      SELECT p::text || r::text AS row FROM migration_cutover_previews p, migration_audit_records r
       WHERE p.id = ${preview.id}::uuid AND r.tenant_id = ${at.tenant}::uuid`;
    assert.ok(whole.length > 0 && !whole.some(({ row: text }) => text.includes(token)));
  });

  it('that were minted again leave the former token dead', async () => {
    const at = await plan(await makePlace(db()));
    const [first, second] = [await mint(at), await mint(at)];
    assert.equal(await refusal(applyWith(at, first.token)), 'preview_stale');
    await applyWith(at, second.token);
  });

  it('are joined while they run or are fresh, and made anew after a minute', async () => {
    const at = await plan(await makePlace(db()));
    const began = new Date('2026-01-01T00:00:00Z');
    const later = (seconds: number) => commandOf({ at: new Date(Date.now() + seconds * 1000) });
    const running = await beginPreview(db(), at.tenant, at.plan, commandOf({ at: began }));
    assert.equal((await beginPreview(db(), at.tenant, at.plan, commandOf({ at: began }))).id, running.id);
    const finished = await finishPreviewOf(at, running.id);
    assert.equal((await beginPreview(db(), at.tenant, at.plan, later(50))).id, finished);
    const anew = await beginPreview(db(), at.tenant, at.plan, later(70));
    assert.notEqual(anew.id, finished);
    assert.equal((await latestPreview(db(), at.tenant, at.plan))?.id, anew.id);
  });

  /** Ends a preview that has begun. */
  async function finishPreviewOf(at: Planned, id: string): Promise<string> {
    const preview = await findPreview(db(), at.tenant, id);
    assert.ok(preview);
    const run = await claim(at, preview.run);
    await comparePreview(at, preview, run);
    return id;
  }

  it('are one when several are asked for at the same time', async () => {
    const at = await plan(await makePlace(db()));
    const begun = await Promise.all(
      Array.from({ length: 5 }, () => beginPreview(db(), at.tenant, at.plan, commandOf())),
    );
    assert.equal(new Set(begun.map((preview) => preview.id)).size, 1);
  });

  it('refuse, item by item, when the target took a name meanwhile, and mint nothing', async () => {
    const at = await plan(await makePlace(db()));
    await occupy(at, 'GROUP  g1');
    const finished = await finishPreview(at);
    const preview = await findPreview(db(), at.tenant, finished.id);
    assert.equal(preview?.state, 'refused');
    assert.deepEqual(
      preview.changes?.map((change) => [change.code, change.step_id !== null]),
      [['target_collision', true]],
    );
    const minting = mintToken(
      db(),
      at.tenant,
      at.plan,
      finished.id,
      { hash: tokenHash('x'), expiresAt: new Date(Date.now() + 60_000) },
      commandOf(),
    );
    await assert.rejects(minting, (error: { code?: string; members?: { changes?: unknown[] } }) => {
      assert.deepEqual([error.code, error.members?.changes?.length], ['plan_outdated', 1]);
      return true;
    });
    assert.equal(await statusOf(at), 'draft');
  });

  it('that refuse make a plan that was previewed a draft again', async () => {
    const at = await plan(await makePlace(db()));
    await mint(at);
    await occupy(at, 'Group g1');
    await finishPreview(at, commandOf({ at: new Date(Date.now() + 120_000) }));
    assert.equal(await statusOf(at), 'draft');
  });

  it('are not begun for a plan that is not built, or is being built', async () => {
    const assessed = await assess(await makePlace(db()));
    await acknowledgeEverything(assessed);
    const unbuilt = await startPlanning(assessed);
    const begin = (of: Planned) => beginPreview(db(), of.tenant, of.plan, commandOf());
    assert.equal(await refusal(begin(unbuilt)), 'plan_not_built');
    const built = await finishPlanning(unbuilt);
    await startPlanning(built);
    assert.equal(await refusal(begin(built)), 'plan_not_built');
  });

  it('of a revision that was replaced while they ran are superseded', async () => {
    const at = await plan(await makePlace(db()));
    const running = await beginPreview(db(), at.tenant, at.plan, commandOf());
    const run = await claim(at, running.run);
    await finishPlanning(await startPlanning(at));
    const late = comparePreview(at, running, run);
    assert.equal(await refusal(late), 'execution_superseded');
    assert.equal(await stateOf(at, running.id), 'superseded');
    assert.equal(await failPreview(db(), at.tenant, running.id, failureNow()), false);
    assert.ok((await findPreview(db(), at.tenant, running.id))?.run.endedAt);
  });

  it('refuse a plan that would write what its assessment blocks, which only a fault of ours can make', async () => {
    const at = await plan(await makePlace(db()));
    const { itemId } = (await stepsOf(at)).find((step) => step.status === 'planned') ?? { itemId: '' };
    await db().itemAssessment.updateMany({
      where: { assessmentId: at.assessment.id, itemId },
      data: { compatibilityClass: 'blocked' },
    });
    assert.equal(await refusal(finishPreview(at)), 'plan_check_failed');
  });

  it('refuse with what changed rather than with what the check has against a plan that the change outdates', async () => {
    const at = await plan(await makePlace(db()));
    const { id, itemId } = (await stepsOf(at)).find((step) => step.status === 'planned') ?? {
      id: '',
      itemId: '',
    };
    await db().itemAssessment.updateMany({
      where: { assessmentId: at.assessment.id, itemId },
      data: { compatibilityClass: 'blocked' },
    });
    const running = await beginPreview(db(), at.tenant, at.plan, commandOf());
    const run = await claim(at, running.run);
    const about = { step_id: id, item_id: itemId, code: 'source_changed' };
    const change: TargetChange = { ...about, message: 'It is another by now.', was: 'a', is: 'b' };
    await saveSourceFindings(db(), at.tenant, running.id, run, { changes: [change], warnings: [] });
    await comparePreview(at, running, run);
    const preview = await findPreview(db(), at.tenant, running.id);
    assert.deepEqual([preview?.state, preview?.changes], ['refused', [change]]);
  });

  it('come to the same when what a killed worker had done is done again', async () => {
    const at = await plan(await makePlace(db()));
    const running = await beginPreview(db(), at.tenant, at.plan, commandOf());
    const run = await claim(at, running.run);
    const input = { tenantId: at.tenant, previewId: running.id };
    await act(at, comparePlan, input, running.run, run);
    await comparePreview(at, running, run);
    const ended = await findPreview(db(), at.tenant, running.id);
    assert.equal(ended?.state, 'ready');
    await act(at, finishComparedPreview, input, running.run, run);
    assert.deepEqual(await findPreview(db(), at.tenant, running.id), ended);
    assert.equal(await refusal(act(at, comparePlan, input, running.run, run)), 'execution_superseded');
  });

  it('that fail say why, once, and are no hindrance to the next', async () => {
    const at = await plan(await makePlace(db()));
    const running = await beginPreview(db(), at.tenant, at.plan, commandOf());
    assert.equal(await failPreview(db(), at.tenant, running.id, failureNow('internal_error')), true);
    assert.equal(await failPreview(db(), at.tenant, running.id, failureNow('other')), false);
    const failed = await findPreview(db(), at.tenant, running.id);
    assert.deepEqual([failed?.state, failed?.run.failure?.code], ['failed', 'internal_error']);
    const { preview } = await mint(at);
    assert.notEqual(preview.id, running.id);
  });

  it('of another plan or tenant mint nothing here', async () => {
    const [mine, other] = [await plan(await makePlace(db())), await plan(await makePlace(db()))];
    const foreign = await finishPreview(other);
    const token = { hash: tokenHash('x'), expiresAt: new Date(Date.now() + 60_000) };
    for (const id of [foreign.id, randomUUID()]) {
      assert.equal(
        await refusal(mintToken(db(), mine.tenant, mine.plan, id, token, commandOf())),
        'plan_outdated',
      );
    }
  });
});
