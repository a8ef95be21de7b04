import { applicationSheet, providerSheet, type ProviderSheet } from '../../domain/cutoverSheet.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/plan.ts';
import { builtInIssuer } from '../../domain/target.ts';
import { readCertificate } from '../../platform/certificates.ts';
import {
  listSheetApplications,
  listSheetProviders,
  type SheetPage,
} from '../../prisma/store/cutoverSheet.ts';
import { csvRows } from '../http/csv.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { route } from '../http/route.ts';
import type { Services } from '../services.ts';
import { sheetHeader, sheetRow, SheetView } from '../views/cutoverSheet.ts';
import { sheetPage, sheetPageHeaders } from '../views/cutoverSheetPage.ts';

/** Rows that a streamed sheet reads at a time. */
const batchSize = 200;

/** Reads in batches, each from after the last one, and tells of each row. */
async function* mapped<Row extends { sequence: number }, Told>(
  read: (page: SheetPage) => Promise<readonly Row[]>,
  tell: (row: Row) => Told,
): AsyncGenerator<Told[]> {
  for (let after: number | null = null; ;) {
    const rows = await read({ after, limit: batchSize });
    yield rows.map(tell);
    if (rows.length < batchSize) return;
    after = rows.at(-1)?.sequence ?? null;
  }
}

/** What a sheet is made of, in batches. */
function sheetOf(services: Services, tenant: TenantId, plan: Plan) {
  const { database, runtimeBaseUrl } = services;
  const issuer = runtimeBaseUrl === null ? null : builtInIssuer(runtimeBaseUrl, tenant);
  const readProviders = (page: SheetPage) => listSheetProviders(database, tenant, plan, page);
  const readApplications = (page: SheetPage) => listSheetApplications(database, tenant, plan, page);
  return {
    issuer,
    providers: () => mapped(readProviders, (each) => providerSheet(each, readCertificate)),
    applications: () => mapped(readApplications, (each) => applicationSheet(each, issuer)),
  };
}

export const cutoverSheetRoutes = [
  route({
    method: 'GET',
    path: '/workspaces/:workspace_id/cutover-plans/:plan_id/sheet',
    permission: 'portal.migrations.view',
    summary:
      'Read the cutover sheet: what owners and partners need at hand, also as CSV and as a page to print',
    query: PageQuery,
    replies: { 200: SheetView },
    also: {
      'text/csv': {
        handle({ services, tenant, scope: { plan } }) {
          const { providers, applications } = sheetOf(services, tenant, plan);
          return Promise.resolve({
            headers: {
              'Content-Disposition': `attachment; filename="cutover-sheet-${plan.id}.csv"`,
              'X-Content-Type-Options': 'nosniff',
            },
            content: (async function* () {
              yield csvRows([sheetHeader]);
              for await (const batch of providers())
                if (batch.length > 0)
                  yield csvRows(batch.map((row) => sheetRow({ kind: 'provider', ...row })));
              for await (const batch of applications())
                if (batch.length > 0)
                  yield csvRows(batch.map((row) => sheetRow({ kind: 'application', ...row })));
            })(),
          });
        },
      },
      'text/html': {
        handle({ services, tenant, scope: { plan } }) {
          const { providers, applications } = sheetOf(services, tenant, plan);
          const content = sheetPage({ plan, printedAt: services.now(), providers, applications });
          return Promise.resolve({ headers: sheetPageHeaders, content });
        },
      },
    },
    async handle({ services, tenant, scope: { plan }, query, path }) {
      const { issuer, providers } = sheetOf(services, tenant, plan);
      const limit = query.limit ?? defaultLimit;
      const start = startOf(services, { path }, query);
      const page = { after: start === null ? null : Number(start[0]), limit: limit + 1 };
      const rows = await listSheetApplications(services.database, tenant, plan, page);
      const all: ProviderSheet[] = [];
      for await (const batch of providers()) all.push(...batch);
      const view = (row: (typeof rows)[number]) => applicationSheet(row, issuer);
      return {
        status: 200,
        body: {
          plan_id: plan.id,
          name: plan.name,
          revision: plan.revision,
          providers: all,
          applications: pageOf(services, { path }, limit, rows, (row) => [row.sequence], view),
        },
      };
    },
  }),
];
