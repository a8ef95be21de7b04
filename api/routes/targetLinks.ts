import { z } from 'zod';
import { PlanId, SourceId, type TenantId } from '../../domain/ids.ts';
import { plannableContracts } from '../../domain/target.ts';
import {
  listTargetLinks,
  type LinkFilter,
  type LinkPosition,
  type ToldLink,
} from '../../prisma/store/targetLinks.ts';
import { csvRows } from '../http/csv.ts';
import { defaultLimit, pageOf, pageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { listOf } from '../views/common.ts';
import { linkHeader, linkRow, TargetLinkView, viewTargetLink } from '../views/targetLink.ts';

const LinksQuery = z.object({
  ...pageQuery,
  source_id: SourceId.optional(),
  plan_id: PlanId.optional(),
  target_contract: z.enum(plannableContracts).optional(),
});
type LinksQuery = z.infer<typeof LinksQuery>;

const filterOf = (query: LinksQuery): LinkFilter => ({
  sourceId: query.source_id,
  planId: query.plan_id,
  targetContract: query.target_contract,
});

/** Links that the export reads at a time. */
const batchSize = 1000;

async function* csvOf({ database }: Services, tenant: TenantId, filter: LinkFilter): AsyncGenerator<string> {
  yield csvRows([linkHeader]);
  for (let after: LinkPosition | null = null; ;) {
    const links: ToldLink[] = await listTargetLinks(database, tenant, { after, limit: batchSize, ...filter });
    if (links.length > 0) yield csvRows(links.map(linkRow));
    if (links.length < batchSize) return;
    after = links.at(-1) ?? null;
  }
}

export const targetLinkRoutes = [
  route({
    method: 'GET',
    path: '/target-links',
    permission: 'portal.migrations.view',
    summary: 'List what became of the incumbent\u2019s objects: their ids there and at the target',
    query: LinksQuery,
    replies: { 200: listOf(TargetLinkView) },
    also: {
      'text/csv': {
        handle: ({ services, tenant, query }) =>
          Promise.resolve({
            headers: {
              'Content-Disposition': 'attachment; filename="target-links.csv"',
              'X-Content-Type-Options': 'nosniff',
            },
            content: csvOf(services, tenant, filterOf(query)),
          }),
      },
    },
    async handle({ services, tenant, query, path }) {
      const filter = filterOf(query);
      const list = { path, filters: { ...filter } };
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, list, query);
      const [sourceId = '', targetContract = '', externalId = ''] = (start ?? []).map(String);
      const rows = await listTargetLinks(services.database, tenant, {
        after: start === null ? null : { sourceId, targetContract, externalId },
        limit: limit + 1,
        ...filter,
      });
      const position = (link: ToldLink) => [link.sourceId, link.targetContract, link.externalId];
      return { status: 200, body: pageOf(services, list, limit, rows, position, viewTargetLink) };
    },
  }),
];
