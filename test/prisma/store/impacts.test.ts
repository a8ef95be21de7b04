import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { listAudit } from '../../../prisma/store/audit.ts';
import {
  acknowledgeImpacts,
  findImpact,
  listImpactItems,
  listImpacts,
  unacknowledgedImpacts,
} from '../../../prisma/store/impacts.ts';
import { archiveWorkspace } from '../../../prisma/store/workspaces.ts';
import { useDatabase } from '../../support/database.ts';
import {
  application,
  assess,
  collect,
  commandOf,
  commit,
  edda,
  finishAssessing,
  finishCollecting,
  group,
  makePlace,
  openChain,
  pageOf,
  refusal,
  startAssessing,
  startCollecting,
  type Assessing,
} from './support.ts';

const page = { after: null, limit: 100 };

describe('change impacts', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const told = async ({ tenant, assessment }: Assessing) => {
    const impacts = await listImpacts(db(), tenant, assessment.id);
    return impacts
      .map(({ impactType, severity, itemCount }) => `${impactType} ${severity} ${itemCount}`)
      .sort();
  };

  it('are written for what the items of the assessment support, with their numbers', async () => {
    const at = await assess(await makePlace(db()));
    assert.deepEqual(await told(at), [
      'client_credentials_reissued high 1',
      'direct_assignment_lost high 1',
      'group_created_empty critical 2',
      'help_desk_load medium 0',
      'issuer_changes high 2',
      'password_not_carried critical 1',
      'password_policy_changes medium 1',
      'policy_not_carried high 1',
      'sign_in_page_changes medium 2',
      'subject_identifier_changes critical 2',
    ]);
  });

  it('are listed gravest first, and each names its items', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    const impacts = await listImpacts(db(), tenant, assessment.id);
    const order = ['critical', 'high', 'medium', 'low'];
    const ranks = impacts.map((impact) => order.indexOf(impact.severity));
    assert.deepEqual(ranks, [...ranks].sort());
    for (const impact of impacts) {
      const items = await listImpactItems(db(), tenant, impact.id, page);
      assert.equal(items.length, impact.itemCount);
      assert.ok(items.length + impact.evidence.length > 0, impact.impactType);
    }
    const lost = impacts.find((impact) => impact.impactType === 'direct_assignment_lost');
    const items = await listImpactItems(db(), tenant, lost?.id ?? '', page);
    assert.deepEqual(
      items.map((item) => item.externalId),
      ['a1/user/u1'],
    );
  });

  it('say that an application will be out of reach when nobody who uses it can be assigned', async () => {
    const at = await startCollecting(await makePlace(db()));
    const read = async (name: Parameters<typeof openChain>[1], key: string, entries: readonly unknown[]) =>
      commit(at, await pageOf(await openChain(at, name, key, { application: key }), entries));
    await read('groups', '', [group('g1'), { ...group('g2'), type: 'BUILT_IN' }]);
    await read('group_statistics', '', []);
    await read(
      'applications',
      '',
      ['direct', 'everyone', 'mixed', 'idle', 'left'].map((id) => application(id)),
    );
    const users = (id: string, status: string) =>
      read('application_users', id, [{ id: 'u1', scope: 'USER', status }]);
    const groups = (id: string, ...ids: string[]) =>
      read(
        'application_groups',
        id,
        ids.map((each) => ({ id: each, priority: 0 })),
      );
    await users('direct', 'ACTIVE');
    await users('mixed', 'PROVISIONED');
    await users('left', 'DEPROVISIONED');
    await users('everyone', 'SUSPENDED');
    await users('idle', 'INACTIVE');
    await groups('direct');
    await groups('everyone', 'g2');
    await groups('mixed', 'g1', 'g2');
    await groups('idle');
    await groups('left');
    await finishCollecting(at);
    const { tenant, assessment } = await finishAssessing(await startAssessing(at));
    const impact = (await listImpacts(db(), tenant, assessment.id)).find(
      (each) => each.impactType === 'application_unreachable',
    );
    const items = await listImpactItems(db(), tenant, impact?.id ?? randomUUID(), page);
    assert.deepEqual(items.map((item) => item.externalId).sort(), ['direct', 'everyone']);
  });

  it('are acknowledged once: whoever did it first stays, with time and note', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    const [first] = await listImpacts(db(), tenant, assessment.id);
    assert.ok(first);
    const acknowledge = (id: string, note: string, at: string) =>
      acknowledgeImpacts(
        db(),
        tenant,
        assessment,
        { impactIds: [first.id], note },
        commandOf({ actor: { ...edda, id }, at: new Date(at) }),
      );
    assert.deepEqual(await acknowledge('edda', 'Told everybody', '2026-01-01T00:00:00Z'), {
      acknowledged: 1,
    });
    assert.deepEqual(await acknowledge('olaf', 'Me too', '2026-02-01T00:00:00Z'), { acknowledged: 0 });
    const kept = await findImpact(db(), tenant, assessment.id, first.id);
    assert.deepEqual(kept?.acknowledged, {
      by: 'edda',
      at: new Date('2026-01-01T00:00:00Z'),
      note: 'Told everybody',
    });
    const records = await listAudit(db(), tenant, { before: null, limit: 50 });
    assert.equal(
      records.filter((record) => record.action === 'migration.ocm_impacts.acknowledged').length,
      1,
    );
  });

  it('are acknowledged by one of two who do it at the same time', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    const ids = await unacknowledgedImpacts(db(), tenant, assessment.id);
    const input = { impactIds: ids, note: null };
    const done = await Promise.all(
      ['a', 'b', 'c'].map((id) =>
        acknowledgeImpacts(db(), tenant, assessment, input, commandOf({ actor: { ...edda, id } })),
      ),
    );
    assert.deepEqual(done.map((each) => each.acknowledged).sort(), [0, 0, ids.length]);
    const impacts = await listImpacts(db(), tenant, assessment.id);
    assert.equal(new Set(impacts.map((impact) => impact.acknowledged?.by)).size, 1);
  });

  it('have one who acknowledged each when people name overlapping ones at the same time', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    const ids = await unacknowledgedImpacts(db(), tenant, assessment.id);
    assert.ok(ids.length > 3);
    const named = [ids.slice(0, -1), ids.slice(1).reverse(), null];
    const done = await Promise.all(
      named.map((impactIds, person) =>
        acknowledgeImpacts(
          db(),
          tenant,
          assessment,
          { impactIds, note: `By ${person}` },
          commandOf({ actor: { ...edda, id: String(person) } }),
        ),
      ),
    );
    assert.equal(
      done.reduce((sum, each) => sum + each.acknowledged, 0),
      ids.length,
    );
    for (const { acknowledged } of await listImpacts(db(), tenant, assessment.id)) {
      assert.equal(acknowledged?.note, `By ${acknowledged?.by ?? ''}`);
    }
  });

  it('are acknowledged all at once except the critical ones, which need their own ids', async () => {
    const { tenant, assessment } = await assess(await makePlace(db()));
    await acknowledgeImpacts(db(), tenant, assessment, { impactIds: null, note: null }, commandOf());
    const open = (await listImpacts(db(), tenant, assessment.id)).filter((impact) => !impact.acknowledged);
    assert.ok(open.length > 0);
    assert.deepEqual([...new Set(open.map((impact) => impact.severity))], ['critical']);
    const ids = open.map((impact) => impact.id);
    await acknowledgeImpacts(db(), tenant, assessment, { impactIds: ids, note: null }, commandOf());
    assert.deepEqual(await unacknowledgedImpacts(db(), tenant, assessment.id), []);
  });

  it('of another assessment are not known here, and then none is acknowledged', async () => {
    const [mine, other] = [await assess(await makePlace(db())), await assess(await makePlace(db()))];
    const [own] = await unacknowledgedImpacts(db(), mine.tenant, mine.assessment.id);
    const [foreign] = await unacknowledgedImpacts(db(), other.tenant, other.assessment.id);
    for (const wrong of [foreign ?? '', randomUUID()]) {
      const input = { impactIds: [own ?? '', wrong], note: null };
      await assert.rejects(
        acknowledgeImpacts(db(), mine.tenant, mine.assessment, input, commandOf()),
        (error: { code?: string; errors?: { pointer: string }[] }) => {
          assert.equal(error.code, 'unknown_reference');
          assert.deepEqual(
            error.errors?.map((each) => each.pointer),
            ['/impact_ids/1'],
          );
          return true;
        },
      );
    }
    assert.ok((await unacknowledgedImpacts(db(), mine.tenant, mine.assessment.id)).includes(own ?? ''));
  });

  it('are not acknowledged in an archived workspace or before the assessment is completed', async () => {
    const at = await assess(await makePlace(db()));
    const nothing = { impactIds: null, note: null };
    await archiveWorkspace(db(), at.tenant, at.workspace.id, commandOf());
    const late = acknowledgeImpacts(db(), at.tenant, at.assessment, nothing, commandOf());
    assert.equal(await refusal(late), 'workspace_archived');
    const running = await startAssessing(await collect(await makePlace(db())));
    const early = acknowledgeImpacts(db(), running.tenant, running.assessment, nothing, commandOf());
    assert.equal(await refusal(early), 'handoff_not_ready');
  });
});
