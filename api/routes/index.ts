import type { Route } from '../http/route.ts';
import { assessmentReportRoutes } from './assessmentReports.ts';
import { assessmentRoutes } from './assessments.ts';
import { auditRoutes } from './audit.ts';
import { cutoverEvidenceRoutes } from './cutoverEvidence.ts';
import { cutoverSheetRoutes } from './cutoverSheet.ts';
import { executionRoutes } from './executions.ts';
import { itemNoteRoutes } from './itemNotes.ts';
import { mergeDecisionRoutes } from './mergeDecisions.ts';
import { planRoutes } from './plans.ts';
import { runtimeRoutes } from './runtime.ts';
import { secretRoutes } from './secrets.ts';
import { snapshotRoutes } from './snapshots.ts';
import { sourceRoutes } from './sources.ts';
import { targetLinkRoutes } from './targetLinks.ts';
import { workspaceRoutes } from './workspaces.ts';

/** Every route below a tenant. */
export const routes: readonly Route[] = [
  ...workspaceRoutes,
  ...sourceRoutes,
  ...snapshotRoutes,
  ...assessmentRoutes,
  ...assessmentReportRoutes,
  ...itemNoteRoutes,
  ...mergeDecisionRoutes,
  ...planRoutes,
  ...executionRoutes,
  ...secretRoutes,
  ...targetLinkRoutes,
  ...cutoverEvidenceRoutes,
  ...cutoverSheetRoutes,
  ...auditRoutes,
  ...runtimeRoutes,
];
