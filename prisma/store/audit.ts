import { v7 as uuidv7 } from 'uuid';
import type { Actor } from '../../domain/access.ts';
import type { AuditAction } from '../../domain/audit.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Executor, Transaction } from '../client.ts';
import { json } from './json.ts';

export interface AuditEntry {
  action: AuditAction;
  actor: Actor;
  /** What the change was made to: `{workspace_id, source_id, …}`. */
  targets: Readonly<Record<string, string>>;
  /** Non-secret facts of the configuration that was written. */
  facts?: Readonly<Record<string, unknown>>;
  requestId?: string | null;
  at: Date;
  /** Given where a record may be asked for twice: the second one is not written. */
  uniqueKey?: string;
}

/** Writes audit records in the transaction of the change they tell of. */
export async function recordAudit(
  tx: Transaction,
  tenant: TenantId,
  ...entries: AuditEntry[]
): Promise<void> {
  await tx.auditRecord.createMany({
    data: entries.map((entry) => ({
      id: uuidv7(),
      tenantId: tenant,
      action: entry.action,
      actor: json(entry.actor),
      targets: json(entry.targets),
      requestId: entry.requestId ?? null,
      facts: json(entry.facts ?? {}),
      uniqueKey: entry.uniqueKey ?? null,
      occurredAt: entry.at,
    })),
    skipDuplicates: true,
  });
}

export interface AuditRow {
  sequence: bigint;
  id: string;
  action: string;
  actor: Actor;
  targets: Record<string, string>;
  requestId: string | null;
  facts: Record<string, unknown>;
  occurredAt: Date;
}

/** A tenant's records, newest first, from below `before`. */
export async function listAudit(
  db: Executor,
  tenant: TenantId,
  page: { before: bigint | null; limit: number },
): Promise<AuditRow[]> {
  const rows = await db.auditRecord.findMany({
    where: { tenantId: tenant, ...(page.before === null ? {} : { sequence: { lt: page.before } }) },
    orderBy: { sequence: 'desc' },
    take: page.limit,
  });
  return rows.map((row) => ({
    sequence: row.sequence,
    id: row.id,
    action: row.action,
    actor: row.actor as Actor,
    targets: row.targets as Record<string, string>,
    requestId: row.requestId,
    facts: row.facts as Record<string, unknown>,
    occurredAt: row.occurredAt,
  }));
}
