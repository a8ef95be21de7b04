import assert from 'node:assert/strict';
import { recordStepFailure } from '../../../activities/apply/applyStep.ts';
import { settleExecution } from '../../../prisma/store/settleExecution.ts';
import { findPlan } from '../../../prisma/store/plans.ts';
import { useDatabase } from '../../support/database.ts';
import { oidcApplication, routingRule, samlProvider, tenantGroup } from '../../support/target.ts';
import {
  act,
  applyOne,
  makePlace,
  plan,
  startExecution,
  type Executing,
  type Planned,
} from '../../prisma/store/support.ts';
import { madeByOthers, makeBind, makeCreate, stepOf } from './support.ts';

describe('applying a step', () => {
  const opened = useDatabase();
  const db = () => opened().database;
  /** An execution that has begun. What its steps do is rewritten then: a plan like that would not be begun. */
  const begun = async () => startExecution(await plan(await makePlace(db())));
  const group = (at: Planned, word: string) =>
    madeByOthers(at, { contract: 'tenant_group', payload: tenantGroup(word) });
  const linkOf = (at: Planned, externalId: string) =>
    db().targetLink.findFirst({ where: { tenantId: at.tenant, externalId } });
  const settle = (at: Executing) =>
    settleExecution(db(), at.tenant, at.execution.id, { failure: null, at: new Date() });

  it('makes a provider and then a rule that leads to it', async () => {
    const at = await begun();
    const provider = samlProvider('partner');
    const first = await makeCreate(at, 'g2', { contract: 'upstream_saml_provider', payload: provider });
    const { provider: _none, ...rule } = routingRule('partner', first);
    const second = await makeCreate(at, 'a2', {
      contract: 'federation_routing_rule',
      payload: { ...rule, provider: { step_id: first } },
      dependsOn: [first],
    });
    assert.equal(await applyOne(at, first), 'applied');
    assert.equal(await applyOne(at, second), 'applied');
    const [made] = await db().runtimeProvider.findMany({ where: { tenantId: at.tenant } });
    assert.deepEqual(made?.settings, provider);
    const [leads] = await db().runtimeRoutingRule.findMany({ where: { tenantId: at.tenant } });
    assert.equal(leads?.providerId, made.id);
    const { outcome, targetResourceId } = await stepOf(at, 'a2');
    assert.deepEqual([outcome, targetResourceId], ['created', leads.id]);
  });

  it('that binds writes nothing to the target, and what refers to it refers to what is there', async () => {
    const at = await begun();
    const theirs = await group(at, 'theirs');
    const id = await makeBind(at, 'g1', theirs);
    const before = await db().runtimeGroup.findMany({ where: { tenantId: at.tenant } });
    assert.equal(await applyOne(at, id), 'applied');
    assert.deepEqual(await db().runtimeGroup.findMany({ where: { tenantId: at.tenant } }), before);
    const bound = await stepOf(at, 'g1');
    assert.deepEqual([bound.outcome, bound.targetResourceId], ['bound', theirs.resourceId]);
    const link = await linkOf(at, 'g1');
    assert.deepEqual(
      [link?.origin, link?.targetResourceId, link?.fingerprint],
      ['bound', theirs.resourceId, theirs.fingerprint],
    );
    assert.equal(await applyOne(at, (await stepOf(at, 'a1')).id), 'applied');
    assert.equal(await applyOne(at, (await stepOf(at, 'a1/group/g1')).id), 'applied');
    const [assignment] = await db().runtimeAssignment.findMany({ where: { tenantId: at.tenant } });
    assert.equal(assignment?.groupId, theirs.resourceId);
  });

  it('that binds to an application keeps its client id in the link', async () => {
    const at = await begun();
    const payload = oidcApplication('theirs');
    const theirs = await madeByOthers(at, { contract: 'tenant_oidc_application', payload });
    const id = await makeBind(at, 'a1', theirs);
    assert.equal(await applyOne(at, id), 'applied');
    assert.equal((await linkOf(at, 'a1'))?.clientId, payload.client_id);
    assert.equal((await stepOf(at, 'a1')).secretState, 'none');
  });

  it('that binds to an assignment leaves it unchanged', async () => {
    const at = await begun();
    const ends = [
      await madeByOthers(at, { contract: 'tenant_oidc_application', payload: oidcApplication('theirs') }),
      await group(at, 'theirs'),
    ].map(({ resourceId }) => ({ resource_id: resourceId }));
    const [application = { resource_id: '' }, to = { resource_id: '' }] = ends;
    const payload = { application, group: to };
    const there = await madeByOthers(at, { contract: 'tenant_app_assignment', payload });
    const id = await makeBind(at, 'a1/group/g1', there, { reasonCode: 'already_assigned' });
    await db().step.update({ where: { id }, data: { dependsOn: [] } });
    assert.equal(await applyOne(at, id), 'applied');
    const { outcome, targetResourceId } = await stepOf(at, 'a1/group/g1');
    assert.deepEqual([outcome, targetResourceId], ['unchanged', there.resourceId]);
  });

  it('that binds to what the item had become before keeps the link as it was written', async () => {
    const first = await begun();
    assert.equal(await applyOne(first, (await stepOf(first, 'g1')).id), 'applied');
    const link = await linkOf(first, 'g1');
    assert.ok(link);
    const { targetResourceId: resourceId, fingerprint } = link;
    // As a step of another plan: this item again, bound to what it became.
    const id = await makeBind(first, 'g1', { resourceId, fingerprint }, { reasonCode: 'already_migrated' });
    const undone = { status: 'planned', outcome: null, targetResourceId: null };
    await db().step.update({ where: { id }, data: undone });
    assert.equal(await applyOne(first, id), 'applied');
    assert.deepEqual(await linkOf(first, 'g1'), link);
  });

  for (const [what, code] of [
    ['changed', 'bound_resource_changed'],
    ['gone', 'bound_resource_gone'],
  ] as const) {
    it(`fails when what it binds to has ${what === 'gone' ? 'gone' : 'been changed'}, and links nothing`, async () => {
      const at = await begun();
      const theirs = await group(at, 'theirs');
      const id = await makeBind(at, 'g1', theirs);
      const where = { id: theirs.resourceId };
      if (what === 'gone') await db().runtimeGroup.delete({ where });
      else await db().runtimeGroup.update({ where, data: { fingerprint: 'another' } });
      assert.equal(await applyOne(at, id), 'failed');
      const failed = await stepOf(at, 'g1');
      assert.deepEqual([failed.failure?.code, failed.targetResourceId], [code, null]);
      assert.equal(await linkOf(at, 'g1'), null);
      assert.equal(await applyOne(at, (await stepOf(at, 'a1')).id), 'applied');
      assert.equal(await applyOne(at, (await stepOf(at, 'a1/group/g1')).id), 'skipped');
    });
  }

  it('bound to something that lacks a part of its item leaves a follow-up', async () => {
    const at = await begun();
    const { id: planId } = at.plan;
    // What is left of the plan is the one step, so that nothing else asks for a follow-up.
    await db().step.deleteMany({ where: { planId, item: { externalId: { not: 'g1' } } } });
    const theirs = await group(at, 'theirs');
    const id = await makeBind(at, 'g1', theirs, { incomplete: ['It has no description.'] });
    assert.equal(await applyOne(at, id), 'applied');
    assert.equal(await settle(at), 'completed_with_follow_up');
    assert.equal((await findPlan(db(), at.tenant, planId))?.status, 'applied_with_follow_up');
  });

  it('that was settled failed meanwhile writes nothing, however late it commits', async () => {
    const at = await begun();
    const { id } = await stepOf(at, 'g1');
    const input = { tenantId: at.tenant, executionId: at.execution.id, stepId: id };
    const recorded = await act(at, recordStepFailure, input, at.execution.run, at.temporalRunId);
    assert.deepEqual(recorded, { status: 'failed' });
    assert.equal(await applyOne(at, id), 'failed');
    assert.equal(await db().runtimeGroup.count({ where: { tenantId: at.tenant } }), 0);
    assert.equal(await settle(at), 'failed');
  });
});
