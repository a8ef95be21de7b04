import { beginExecution, finishExecution, loadOutstandingSteps } from './apply/begin.ts';
import { applyStep, recordStepFailure } from './apply/applyStep.ts';
import { classify } from './assess/classify.ts';
import { findOverlaps } from './assess/findOverlaps.ts';
import { failRefreshRun, refreshOverlaps } from './assess/refreshOverlaps.ts';
import { failAssessmentRun, settleAssessment } from './assess/settle.ts';
import { composeInventory } from './collect/compose.ts';
import { readCollection } from './collect/readCollection.ts';
import { beginCollection, failCollection, settleCollection } from './collect/settle.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { MirrorDependencies } from './mirror/dependencies.ts';
import { mirrorHistories } from './mirror/mirrorHistories.ts';
import { buildCutoverPlan, failPlanBuild } from './plan/build.ts';
import { compareWithSource } from './plan/compareSource.ts';
import { comparePlan, failPreviewRun, finishPreview } from './plan/preview.ts';
import { failRotationRun, rotateSecret } from './rotate/rotateSecret.ts';
import { claim } from './runs.ts';
import { checkCredential } from './verify/checkCredential.ts';
import { failCheck } from './verify/settle.ts';

/** Transactions on our database: claims, settling, judging, planning, and the effects on the built-in target. */
export const createDatabaseActivities = (deps: ActivityDependencies) => ({
  claim: claim(deps),
  beginCollection: beginCollection(deps),
  composeInventory: composeInventory(deps),
  settleCollection: settleCollection(deps),
  failCollection: failCollection(deps),
  failCheck: failCheck(deps),
  classify: classify(deps),
  findOverlaps: findOverlaps(deps),
  settleAssessment: settleAssessment(deps),
  failAssessment: failAssessmentRun(deps),
  refreshOverlaps: refreshOverlaps(deps),
  failRefresh: failRefreshRun(deps),
  buildPlan: buildCutoverPlan(deps),
  failPlan: failPlanBuild(deps),
  comparePlan: comparePlan(deps),
  finishPreview: finishPreview(deps),
  failPreview: failPreviewRun(deps),
  beginExecution: beginExecution(deps),
  loadOutstandingSteps: loadOutstandingSteps(deps),
  applyStep: applyStep(deps),
  recordStepFailure: recordStepFailure(deps),
  finishExecution: finishExecution(deps),
  rotateSecret: rotateSecret(deps),
  failRotation: failRotationRun(deps),
});
export type DatabaseActivities = ReturnType<typeof createDatabaseActivities>;

/** Reads of the incumbents. */
export const createSourceActivities = (deps: ActivityDependencies) => ({
  readCollection: readCollection(deps),
  checkCredential: checkCredential(deps),
  compareWithSource: compareWithSource(deps),
});
export type SourceActivities = ReturnType<typeof createSourceActivities>;

/** The mirror of Temporal's histories. */
export const createMirrorActivities = (deps: MirrorDependencies) => ({
  mirrorHistories: mirrorHistories(deps),
});
export type MirrorActivities = ReturnType<typeof createMirrorActivities>;
