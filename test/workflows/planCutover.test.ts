import assert from 'node:assert/strict';
import { faultOfStoredPlan } from '../../activities/plan/check.ts';
import { TenantId } from '../../domain/ids.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import type { Body } from '../support/answer.ts';
import { collectAnew } from '../support/collected.ts';
import { previewedPlan, type PreviewedPlan } from '../support/cutover.ts';
import { itemsOf } from '../support/inventory.ts';
import { largeOrg } from '../support/okta.ts';
import { useService } from '../support/service.ts';

describe('The workflow planCutover, of an org of ten thousand items,', function () {
  this.timeout(120_000);
  const service = useService({ syncWaitSeconds: 100 });
  const org = largeOrg({ applications: 60, groups: 4_000, groupAssignments: 3_000, userAssignments: 3_000 });
  let plan: PreviewedPlan;
  let stepOf: Map<string, Body>;

  before(async () => {
    plan = await previewedPlan(service(), org, collectAnew);
    stepOf = new Map(plan.steps.map((step) => [String(step.id), step]));
  });

  const nameOf = ({ item }: Body) => `${String(item.item_type)}/${String(item.external_id)}`;

  const summary = async (): Promise<Body> => (await plan.own.call('GET', plan.P)).body.summary;

  const tally = (member: string): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const step of plan.steps) counts[step[member]] = (counts[step[member]] ?? 0) + 1;
    return counts;
  };

  it('makes one step an item, and a list gives each of them once, in their order', () => {
    const items = Object.entries(itemsOf(org)).flatMap(([type, ids]) => ids.map((id) => `${type}/${id}`));
    assert.ok(items.length > 10_000, `${items.length} items are few`);
    assert.deepEqual(plan.steps.map(nameOf).sort(), items.sort());
    assert.equal(stepOf.size, items.length);
    assert.deepEqual(
      plan.steps.map(({ sequence }) => Number(sequence)),
      plan.steps.map((_, index) => index + 1),
    );
  });

  it('counts what the list holds', async () => {
    const { total, by_disposition, by_action } = await summary();
    assert.equal(total, plan.steps.length);
    const listed = tally('disposition');
    assert.ok((listed.planned ?? 0) > 4_000, `${listed.planned} planned steps are few`);
    assert.deepEqual(by_disposition, { skipped: 0, ...listed });
    assert.deepEqual(by_action, { bind: 0, ...tally('action') });
  });

  it('makes a plan that the independent check has nothing against', async () => {
    const { database, tenant } = plan.own;
    const stored = await findPlan(database, TenantId.parse(tenant), plan.plan);
    assert.ok(stored);
    const { signal } = new AbortController();
    assert.equal(await faultOfStoredPlan(database, TenantId.parse(tenant), stored, signal), null);
  });

  it('joins steps to those that they need, each before it: an assignment to its application and its group', async () => {
    const { body: graph } = await plan.own.call('GET', `${plan.P}/graph`);
    assert.deepEqual(
      graph.nodes,
      plan.steps.map(({ id }) => String(id)),
    );
    const edges = (graph.edges as Body[]).map(({ from, to, relation }) => {
      const [waiting, needed] = [stepOf.get(from), stepOf.get(to)];
      assert.ok(needed.sequence < waiting.sequence, `${from} comes before ${to}`);
      return { from: waiting, text: [nameOf(waiting), relation, nameOf(needed)].join(' ') };
    });
    const needs = plan.steps.flatMap((step) =>
      (step.depends_on as string[]).map((id) => `${nameOf(step)} ${nameOf(stepOf.get(id))}`),
    );
    const joined = edges.map(({ text }) => text.replace(/ (application|group|provider|order) /, ' '));
    assert.deepEqual(joined.sort(), needs.sort());
    const ofAssignments = edges.filter(({ from }) => from.item.item_type === 'assignment');
    const planned = plan.steps.filter(
      ({ item, disposition }) => item.item_type === 'assignment' && disposition === 'planned',
    );
    assert.ok(planned.length > 500, `${planned.length} assignments are few`);
    const expected = planned.flatMap((step) => {
      const [application, , group] = String(step.item.external_id).split('/');
      return [
        `${nameOf(step)} application application/${application}`,
        `${nameOf(step)} group group/${group}`,
      ];
    });
    assert.deepEqual(ofAssignments.map(({ text }) => text).sort(), expected.sort());
  });

  it('makes a plan whose preview gives a token that would be taken', async () => {
    assert.ok(plan.token.length > 20);
    const { status, preview } = (await plan.own.call('GET', plan.P)).body;
    assert.deepEqual([status, preview.state], ['previewed', 'current']);
  });
});
