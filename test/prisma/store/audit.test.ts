import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { systemActor } from '../../../domain/access.ts';
import { TenantId } from '../../../domain/ids.ts';
import { inTransaction } from '../../../prisma/client.ts';
import { listAudit, recordAudit, type AuditEntry } from '../../../prisma/store/audit.ts';
import { useDatabase } from '../../support/database.ts';
import { query } from '../support.ts';

const entry = (more: Partial<AuditEntry> = {}): AuditEntry => ({
  action: 'migration.workspace.created',
  actor: systemActor('test'),
  targets: { workspace_id: 'w' },
  at: new Date('2026-01-02T03:04:05.678Z'),
  ...more,
});

describe('the audit trail', () => {
  const opened = useDatabase();
  const newTenant = () => TenantId.parse(randomUUID());
  const record = (tenant: TenantId, ...entries: AuditEntry[]) =>
    inTransaction(opened().database, (tx) => recordAudit(tx, tenant, ...entries));
  const actionsOf = async (tenant: TenantId) => {
    const rows = await listAudit(opened().database, tenant, { before: null, limit: 100 });
    return rows.map((row) => row.action);
  };

  it('keeps what was recorded as it was recorded', async () => {
    const tenant = newTenant();
    await record(tenant, entry({ facts: { name: 'Zoë 😀', n: 1 }, requestId: 'r1' }));
    const [row] = await listAudit(opened().database, tenant, { before: null, limit: 10 });
    assert.ok(row);
    const { sequence: _sequence, id: _id, ...kept } = row;
    assert.deepEqual(kept, {
      action: 'migration.workspace.created',
      actor: systemActor('test'),
      targets: { workspace_id: 'w' },
      requestId: 'r1',
      facts: { name: 'Zoë 😀', n: 1 },
      occurredAt: new Date('2026-01-02T03:04:05.678Z'),
    });
  });

  it('is listed newest first, page by page', async () => {
    const tenant = newTenant();
    const actions = [
      'migration.workspace.created',
      'migration.source.created',
      'migration.source.archived',
    ] as const;
    for (const action of actions) await record(tenant, entry({ action }));
    const page = await listAudit(opened().database, tenant, { before: null, limit: 2 });
    const rest = await listAudit(opened().database, tenant, { before: page[1]?.sequence ?? null, limit: 2 });
    assert.deepEqual(
      [...page, ...rest].map((row) => row.action),
      [...actions].reverse(),
    );
  });

  it('refuses to be changed, shortened or emptied, whoever asks', async () => {
    const tenant = newTenant();
    await record(tenant, entry());
    const { url } = opened();
    for (const statement of [
      `UPDATE migration_audit_records SET facts = '{}' WHERE tenant_id = '${tenant}'`,
      'UPDATE migration_audit_records SET occurred_at = now()',
      `DELETE FROM migration_audit_records WHERE tenant_id = '${tenant}'`,
      'TRUNCATE migration_audit_records',
      'TRUNCATE migration_audit_records CASCADE',
    ]) {
      await assert.rejects(query(url, statement), /audit records are append-only/, statement);
    }
    assert.deepEqual(await actionsOf(tenant), ['migration.workspace.created']);
  });

  it('goes with the change it tells of, or not at all', async () => {
    const tenant = newTenant();
    const failing = inTransaction(opened().database, async (tx) => {
      await recordAudit(tx, tenant, entry());
      throw new Error('the change failed');
    });
    await assert.rejects(failing, /the change failed/);
    assert.deepEqual(await actionsOf(tenant), []);
  });

  it('takes a record that may be asked for twice once a tenant, and the others beside it', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const once = entry({ action: 'migration.cutover_step.applied', uniqueKey: 'x/s/applied' });
    await record(tenant, once);
    await record(tenant, once, entry());
    await record(other, once);
    assert.deepEqual(await actionsOf(tenant), [
      'migration.workspace.created',
      'migration.cutover_step.applied',
    ]);
    assert.deepEqual(await actionsOf(other), ['migration.cutover_step.applied']);
  });

  it('takes it once when two record it at the same time', async () => {
    const tenant = newTenant();
    const once = entry({ uniqueKey: 'race' });
    await Promise.all(Array.from({ length: 5 }, () => record(tenant, once)));
    assert.equal((await actionsOf(tenant)).length, 1);
  });
});
