import assert from 'node:assert/strict';
import { previewedPlan, type PreviewedPlan } from '../support/cutover.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService } from '../support/service.ts';

describe('cutover evidence', () => {
  const service = useService();

  /** A plan that has been previewed, with ways to read and to change its evidence. */
  async function prepare() {
    const previewed = await previewedPlan(service());
    const path = `${previewed.P}/evidence`;
    const read = () => previewed.own.call('GET', path);
    const tag = async () => (await read()).headers.get('etag') ?? '';
    const patch = async (body: unknown, headers?: Record<string, string>) =>
      previewed.own.call('PATCH', path, { body, headers: headers ?? { 'if-match': await tag() } });
    return { ...previewed, path, read, tag, patch };
  }

  const codesOf = (answer: Answer) => [answer.status, answer.body.code];
  const criterion = (answer: Answer, code: string): Body =>
    answer.body.handoff_criteria.find((each: Body) => each.code === code);
  const metOf = (answer: Answer): string[] =>
    answer.body.handoff_criteria.filter((each: Body) => each.met).map((each: Body) => each.code);
  const evidenceRecords = async ({ own }: PreviewedPlan): Promise<Body[]> =>
    (await own.call('GET', '/audit-records?limit=200')).body.data.filter(
      (each: Body) => each.action === 'migration.cutover_evidence.updated',
    );

  const completion = {
    communications_complete: true,
    communications_summary: 'All owners were told on Monday.',
    artifact_reference: 'CHG-42',
    manual_validation_summary: 'Three applications were tried.',
  };

  it('is changed member by member, by whoever read it as it is, and leaves a record without what people wrote', async () => {
    const at = await prepare();
    const before = await at.read();
    assert.deepEqual([before.body.rollback, before.body.completion.communications_complete], [null, false]);
    const rollback = { summary: 'Back to Okta', owner: 'Edda', steps: ['Switch the issuer back'] };
    const first = await at.patch({ rollback });
    assert.equal(first.status, 200, first.text);
    assert.deepEqual(first.body.rollback, rollback);
    assert.notEqual(first.headers.get('etag'), before.headers.get('etag'));
    const second = await at.patch({ completion, rollback: { steps: ['One', 'Two'], summary: null } });
    assert.deepEqual(second.body.rollback, { summary: null, owner: 'Edda', steps: ['One', 'Two'] });
    assert.deepEqual(second.body.completion, {
      ...completion,
      follow_up_reviewed: false,
      follow_up_summary: null,
    });
    assert.deepEqual(metOf(second), ['communications_complete']);
    assert.deepEqual((await at.read()).body, second.body);
    const [latest, earlier] = await evidenceRecords(at);
    assert.deepEqual(earlier?.facts.changed, ['rollback.summary', 'rollback.owner', 'rollback.steps']);
    assert.deepEqual(latest?.targets.plan_id, at.plan);
    assert.ok(latest?.facts.changed.includes('completion.artifact_reference'));
    assert.ok(!JSON.stringify([latest, earlier]).includes('Edda'));
  });

  it('is not changed without If-Match, by a tag that is not its own any more, or by a body that is wrong', async () => {
    const at = await prepare();
    const body = { completion: { artifact_reference: 'CHG-1' } };
    const old = await at.tag();
    assert.deepEqual(codesOf(await at.patch(body, {})), [428, 'precondition_required']);
    assert.equal((await at.patch(body, { 'if-match': `"nothing", ${old}` })).status, 200);
    for (const tag of [old, `W/${await at.tag()}`, 'x'])
      assert.deepEqual(codesOf(await at.patch(body, { 'if-match': tag })), [412, 'precondition_failed'], tag);
    assert.equal((await at.patch(body, { 'if-match': '*' })).status, 200);
    const wrong = await at.patch({ completion: { artifact: 'x' }, generated_rollback: {} }, {});
    assert.deepEqual(
      codesOf(wrong),
      [422, 'validation_failed'],
      'what is wrong is told before what it goes by',
    );
    assert.equal((await evidenceRecords(at)).length, 2);
  });

  it('is changed by one of two who read the same', async () => {
    const at = await prepare();
    const tag = await at.tag();
    const change = (owner: string) => at.patch({ rollback: { owner } }, { 'if-match': tag });
    const answers = await Promise.all([change('Edda'), change('Finn')]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 412]);
  });

  it('stays as it is once the workspace is archived, and can be written when only the source is', async () => {
    const at = await prepare();
    await at.own.call('POST', `${at.road.S}/archive`);
    assert.equal((await at.patch({ completion })).status, 200);
    await at.own.call('POST', `${at.road.W}/archive`);
    assert.deepEqual(codesOf(await at.patch({ completion: null })), [409, 'workspace_archived']);
    assert.equal((await at.read()).body.completion.artifact_reference, 'CHG-42');
  });

  it('lists what is left over until somebody has reviewed it, and again when something else is', async () => {
    const at = await prepare();
    const review = {
      completion: { follow_up_reviewed: true, follow_up_summary: 'The policy is rebuilt on Friday.' },
    };
    assert.deepEqual(codesOf(await at.patch(review)), [409, 'plan_not_applied']);
    const applied = await at.apply();
    assert.equal(applied.body.status, 'completed_with_follow_up', applied.text);
    const unreviewed = await at.read();
    const { follow_up } = unreviewed.body;
    assert.deepEqual([follow_up.count, follow_up.unreviewed_count, follow_up.review], [1, 1, null]);
    assert.deepEqual(
      follow_up.steps.map((step: Body) => [step.name, step.status, step.reviewed]),
      [['Any two factors', 'manual_follow_up', false]],
    );
    assert.match(criterion(unreviewed, 'follow_up_reviewed').detail, /1 of 8 steps is left over/);
    const reviewed = await at.patch(review);
    assert.ok(criterion(reviewed, 'follow_up_reviewed').met, reviewed.text);
    assert.equal(reviewed.body.follow_up.review.execution_id, applied.body.id);
    assert.deepEqual([reviewed.body.follow_up.count, reviewed.body.follow_up.unreviewed_count], [1, 0]);
    // As if a group had been bound to one that lacks something.
    const group = at.steps.find((step) => step.item.name === 'Workshop');
    await service().database.step.update({
      where: { id: group?.id },
      data: {
        binding: { resource_id: group?.id, fingerprint: 'f', incomplete: ['It lacks its description.'] },
      },
    });
    const again = await at.read();
    assert.equal(again.body.follow_up.unreviewed_count, 1);
    assert.match(
      criterion(again, 'follow_up_reviewed').detail,
      /1 of them is new since the review: \u201cWorkshop\u201d/,
    );
    assert.ok(criterion(await at.patch(review), 'follow_up_reviewed').met);
    const dropped = await at.patch({ completion: { follow_up_reviewed: false } });
    assert.deepEqual(
      [dropped.body.completion.follow_up_reviewed, dropped.body.follow_up.review],
      [false, null],
    );
    const [record] = await evidenceRecords(at);
    assert.deepEqual([record?.facts.follow_up_reviewed, record?.facts.left_over], [false, 2]);
  });

  it('generates how to go back, in order, of what was applied; that is nobody\u2019s guidance yet', async () => {
    const at = await prepare();
    assert.deepEqual((await at.read()).body.generated_rollback.steps.data, []);
    await at.apply();
    const answer = await at.read();
    const { generated_rollback: generated, rollback } = answer.body;
    assert.equal(rollback, null);
    assert.ok(!criterion(answer, 'rollback_guidance_recorded').met);
    assert.deepEqual(
      generated.notes.map((note: Body) => note.code),
      ['sessions', 'refresh_tokens', 'dns_time_to_live', 'administrator'],
    );
    const contracts = generated.steps.data.map((step: Body) => step.target_contract);
    assert.deepEqual(contracts, [
      ...Array(2).fill('tenant_oidc_application'),
      ...Array(3).fill('tenant_app_assignment'),
      ...Array(2).fill('tenant_group'),
    ]);
    const listed: Body[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Body = (
        await at.own.call('GET', `${at.P}/rollback-steps?limit=3${cursor && `&cursor=${cursor}`}`)
      ).body;
      listed.push(...page.data);
      cursor = page.next_cursor;
    }
    assert.deepEqual(listed, generated.steps.data);
    for (const step of listed) assert.ok(step.inverse.includes(step.target_resource_id), step.inverse);
  });
});
