import { z } from 'zod';
import type { Assessment, AssessmentSummary } from '../../domain/assessment.ts';
import { changeCauses } from '../../domain/assessmentDiff.ts';
import { DomainError } from '../../domain/errors.ts';
import { AssessmentId, type TenantId } from '../../domain/ids.ts';
import { itemTypes } from '../../domain/inventory/itemTypes.ts';
import { changeKinds } from '../../domain/snapshotDiff.ts';
import {
  countVerdictChanges,
  listVerdictChanges,
  type VerdictChange,
} from '../../prisma/store/assessmentDiff.ts';
import { findAssessment, latestCompletedAssessment } from '../../prisma/store/assessments.ts';
import {
  findAssessedItems,
  listAssessedItems,
  type AssessedItemFilter,
} from '../../prisma/store/verdicts.ts';
import { countDecisions } from '../../prisma/store/mergeDecisions.ts';
import { listImpacts } from '../../prisma/store/impacts.ts';
import { findNotes, itemKey, listOwnedNotes, type OwnedNote } from '../../prisma/store/itemNotes.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { findSource } from '../../prisma/store/sources.ts';
import { listUnlocks } from '../../prisma/store/unlock.ts';
import type { Workspace } from '../../prisma/store/workspaces.ts';
import { csvRows } from '../http/csv.ts';
import { defaultLimit, pageOf, pageQuery, startOf } from '../http/list.ts';
import { notFound } from '../http/resolve.ts';
import { route, type Streamed } from '../http/route.ts';
import type { Services } from '../services.ts';
import { reportHeader, reportRow, type ReportedItem } from '../views/assessmentCsv.ts';
import { AssessmentDiffView, UnlocksView, viewUnlock, viewVerdictChange } from '../views/assessmentDiff.ts';
import { assessmentPage, assessmentPageHeaders } from '../views/assessmentPage.ts';

const A = '/workspaces/:workspace_id/assessments/:assessment_id';

/** Items that a report reads at a time. */
const batchSize = 500;

type Completed = Assessment & { summary: AssessmentSummary };

/** What is told of an assessment as a whole is told of a completed one. */
function requireCompleted(assessment: Assessment): Completed {
  const { id, status, summary } = assessment;
  if (status === 'completed' && summary) return { ...assessment, summary };
  throw new DomainError(
    'assessment_not_completed',
    `Only a completed assessment can be told; this one is ${status}.`,
    {
      members: { assessment_id: id },
    },
  );
}

// Reports

async function* batches(
  services: Services,
  tenant: TenantId,
  { id, sourceId }: Assessment,
  filters: AssessedItemFilter,
): AsyncGenerator<ReportedItem[]> {
  const { database } = services;
  for (let after: bigint | null = null; ;) {
    const items = await listAssessedItems(database, tenant, id, { after, limit: batchSize, ...filters });
    const notes = await findNotes(database, tenant, sourceId, items);
    yield items.map((item) => ({ item, note: notes.get(itemKey(item)) ?? null }));
    if (items.length < batchSize) return;
    after = items.at(-1)?.ordinal ?? null;
  }
}

/** Items that somebody is named for, in the order of their owners; notes of items that are not there are passed by. */
async function* ownedBatches(services: Services, tenant: TenantId, assessment: Assessment) {
  const { database } = services;
  for (let after: OwnedNote | null = null; ;) {
    const notes = await listOwnedNotes(database, tenant, assessment.sourceId, { after, limit: batchSize });
    const items = await findAssessedItems(database, tenant, assessment, notes);
    const byKey = new Map(items.map((item) => [itemKey(item), item]));
    yield notes.flatMap((note) => {
      const item = byKey.get(itemKey(note));
      return item ? [{ item, note, owner: note.ownerContact }] : [];
    });
    if (notes.length < batchSize) return;
    after = notes.at(-1) ?? null;
  }
}

/** An assessment's items as CSV: all that pass the filters, however many pages of a list that is. */
export function itemsAsCsv(
  services: Services,
  tenant: TenantId,
  assessment: Assessment,
  filters: AssessedItemFilter = {},
): Streamed {
  const completed = requireCompleted(assessment);
  return {
    headers: {
      'Content-Disposition': `attachment; filename="assessment-${assessment.id}.csv"`,
      'X-Content-Type-Options': 'nosniff',
    },
    content: (async function* () {
      yield csvRows([reportHeader]);
      for await (const batch of batches(services, tenant, completed, filters)) {
        if (batch.length > 0) yield csvRows(batch.map(reportRow));
      }
    })(),
  };
}

/** An assessment as a page that can be printed. */
export async function assessmentAsPage(
  services: Services,
  tenant: TenantId,
  workspace: Workspace,
  assessment: Assessment,
): Promise<Streamed> {
  const { database } = services;
  const completed = requireCompleted(assessment);
  const [source, snapshot, latest, impacts, decisions] = await Promise.all([
    findSource(database, tenant, workspace.id, assessment.sourceId),
    findSnapshot(database, tenant, assessment.snapshotId),
    latestCompletedAssessment(database, tenant, assessment.sourceId),
    listImpacts(database, tenant, assessment.id),
    countDecisions(database, tenant, assessment.id),
  ]);
  if (!source || !snapshot) throw notFound();
  return {
    headers: assessmentPageHeaders,
    content: assessmentPage({
      assessment: completed,
      workspaceName: workspace.name,
      source,
      snapshotEndedAt: snapshot.run.endedAt,
      superseded: latest !== null && latest.id !== assessment.id,
      impacts,
      decisions,
      itemsOfClass: (compatibilityClass) => batches(services, tenant, completed, { compatibilityClass }),
      ownedItems: () => ownedBatches(services, tenant, completed),
    }),
  };
}

// Comparison

const DiffQuery = z.object({
  ...pageQuery,
  against: AssessmentId,
  change: z.enum(changeKinds).optional(),
  item_type: z.enum(itemTypes).optional(),
  because: z.enum(changeCauses).optional(),
});
type DiffQuery = z.infer<typeof DiffQuery>;

/** The two sides of a comparison: assessments of one source, both completed, because a part differs anyhow. */
async function requireComparable(
  services: Services,
  tenant: TenantId,
  assessment: Assessment,
  against: string,
) {
  const { workspaceId, sourceId } = assessment;
  const other = await findAssessment(services.database, tenant, against, { workspaceId });
  if (other?.sourceId !== sourceId) {
    throw new DomainError('unknown_reference', 'The assessment to compare with is not one of this source.', {
      errors: [{ pointer: '/query/against', message: 'There is no such assessment of this source.' }],
    });
  }
  return { assessment: requireCompleted(assessment), against: requireCompleted(other) };
}

async function diffPage(
  services: Services,
  tenant: TenantId,
  compared: { assessment: Completed; against: Completed },
  path: string,
  query: DiffQuery,
) {
  const { database } = services;
  const { against, change, item_type: itemType, because } = query;
  const list = { path, filters: { against, change, itemType, because } };
  const limit = query.limit ?? defaultLimit;
  const start = startOf(services, list, query);
  const after = start === null ? null : String(start[0]);
  const page = { after, limit: limit + 1, change, itemType, because };
  const [rows, summary] = await Promise.all([
    listVerdictChanges(database, tenant, compared, page),
    after === null ? countVerdictChanges(database, tenant, compared) : null,
  ]);
  const position = ({ itemId, againstItemId }: VerdictChange) => [itemId ?? againstItemId ?? ''];
  return {
    assessment_id: compared.assessment.id,
    against: compared.against.id,
    classifier_version: {
      before: compared.against.classifierVersion,
      after: compared.assessment.classifierVersion,
    },
    summary,
    ...pageOf(services, list, limit, rows, position, viewVerdictChange),
  };
}

export const assessmentReportRoutes = [
  route({
    method: 'GET',
    path: `${A}/diff`,
    permission: 'portal.migrations.view',
    summary:
      'Compare an assessment with another of its source: which verdicts are others than in that one, and why',
    query: DiffQuery,
    replies: { 200: AssessmentDiffView },
    async handle({ services, tenant, scope, query, path }) {
      const compared = await requireComparable(services, tenant, scope.assessment, query.against);
      return { status: 200, body: await diffPage(services, tenant, compared, path, query) };
    },
  }),
  route({
    method: 'GET',
    path: `${A}/unlock`,
    permission: 'portal.migrations.view',
    summary: 'Tell for each remedy how many items it would lift and to what, most useful first',
    replies: { 200: UnlocksView },
    async handle({ services, tenant, scope }) {
      const { id } = requireCompleted(scope.assessment);
      const unlocks = await listUnlocks(services.database, tenant, id);
      return { status: 200, body: { data: unlocks.map(viewUnlock), next_cursor: null } };
    },
  }),
];
