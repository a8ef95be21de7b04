import { z } from 'zod';
import { Actor } from '../../domain/access.ts';
import { listAudit, type AuditRow } from '../../prisma/store/audit.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import { listOf, Time, time } from '../views/common.ts';

const AuditView = z
  .strictObject({
    sequence: z.int(),
    id: z.string(),
    action: z.string(),
    occurred_at: Time,
    actor: Actor,
    targets: z.record(z.string(), z.string()),
    request_id: z.string().nullable(),
    facts: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditRecord' });

const viewAudit = (row: AuditRow) => ({
  sequence: Number(row.sequence),
  id: row.id,
  action: row.action,
  occurred_at: time(row.occurredAt),
  actor: row.actor,
  targets: row.targets,
  request_id: row.requestId,
  facts: row.facts,
});

export const auditRoutes = [
  route({
    method: 'GET',
    path: '/audit-records',
    permission: 'portal.migrations.view',
    summary: 'List the tenant\u2019s audit records, newest first',
    query: PageQuery,
    replies: { 200: listOf(AuditView) },
    async handle({ services, tenant, query, path }) {
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, { path }, query);
      const before = start === null ? null : BigInt(String(start[0]));
      const rows = await listAudit(services.database, tenant, { before, limit: limit + 1 });
      return {
        status: 200,
        body: pageOf(services, { path }, limit, rows, (row) => [String(row.sequence)], viewAudit),
      };
    },
  }),
];
