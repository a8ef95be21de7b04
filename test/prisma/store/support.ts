// The road of one small org through the store, step by step. What activities decide is decided by the activities
// themselves, run outside of a worker; every test enters where its subject begins.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { applyStep } from '../../../activities/apply/applyStep.ts';
import type { ActivityDependencies } from '../../../activities/dependencies.ts';
import { beginExecution } from '../../../activities/apply/begin.ts';
import { classify } from '../../../activities/assess/classify.ts';
import { findOverlaps } from '../../../activities/assess/findOverlaps.ts';
import { settleAssessment } from '../../../activities/assess/settle.ts';
import { composeInventory } from '../../../activities/collect/compose.ts';
import { buildCutoverPlan } from '../../../activities/plan/build.ts';
import { comparePlan, finishPreview as finishComparedPreview } from '../../../activities/plan/preview.ts';
import { preparePage } from '../../../activities/sources/keep.ts';
import { oktaReaders } from '../../../activities/sources/okta/collections.ts';
import type { Actor } from '../../../domain/access.ts';
import type { Assessment } from '../../../domain/assessment.ts';
import type { OktaCollectionName } from '../../../domain/collections/okta.ts';
import { DomainError } from '../../../domain/errors.ts';
import { TenantId } from '../../../domain/ids.ts';
import type { Execution, Plan, PlanScope, Step } from '../../../domain/plan.ts';
import { runFailure, type Run } from '../../../domain/run.ts';
import type { Snapshot } from '../../../domain/snapshot.ts';
import type { Resource } from '../../../domain/target.ts';
import type { WorkspaceMode } from '../../../domain/workspace.ts';
import { classifierVersion } from '../../../platform/classifier.ts';
import { inTransaction, type Database } from '../../../prisma/client.ts';
import { createAssessment, findAssessment } from '../../../prisma/store/assessments.ts';
import { openChains, openChainsOf, type Chain } from '../../../prisma/store/chains.ts';
import type { Command } from '../../../prisma/store/command.ts';
import { readCover } from '../../../prisma/store/cover.ts';
import { createExecution } from '../../../prisma/store/executions.ts';
import { acknowledgeImpacts, listImpacts } from '../../../prisma/store/impacts.ts';
import { listDecisions } from '../../../prisma/store/mergeDecisions.ts';
import { resolveDecision } from '../../../prisma/store/mergeResolution.ts';
import { commitPages, type PageCommit } from '../../../prisma/store/pages.ts';
import { createPlan, findPlan } from '../../../prisma/store/plans.ts';
import { beginPreview, mintToken, type Preview } from '../../../prisma/store/previews.ts';
import { claimRun } from '../../../prisma/store/runs.ts';
import { createResource, type MadeResource } from '../../../prisma/store/runtime.ts';
import { completeSnapshot, createSnapshot, findSnapshot } from '../../../prisma/store/snapshots.ts';
import { createSource, type Source } from '../../../prisma/store/sources.ts';
import { listSteps } from '../../../prisma/store/steps.ts';
import { createWorkspace, type Workspace } from '../../../prisma/store/workspaces.ts';
import { activityDependencies, runActivity } from '../../support/activities.ts';
import type { Body } from '../../support/answer.ts';

export const edda: Actor = { id: 'edda', type: 'user', tenant: null, kind: 'customer', authenticated: true };

export const commandOf = (more: Partial<Command> = {}): Command => ({
  actor: edda,
  at: new Date(),
  requestId: null,
  ...more,
});

export const newTenant = (): TenantId => TenantId.parse(randomUUID());

export const failureNow = (code = 'test_failure') =>
  runFailure(new Date(), { code, message: 'It failed for the sake of the test.' });

/** The code that a promise is refused with; the value it resolves with makes the assertion fail. */
export async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    const value: unknown = await promise;
    return `not refused: ${String(value)}`;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

/** How each of several things that were done at the same time ended: `done`, or the code of its refusal. */
export async function outcomes(promises: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(promises);
  return settled
    .map((each) => {
      if (each.status === 'fulfilled') return 'done';
      if (each.reason instanceof DomainError) return each.reason.code;
      throw each.reason;
    })
    .sort();
}

// Workspaces and sources

export interface Place {
  database: Database;
  tenant: TenantId;
  workspace: Workspace;
  source: Source;
}

export const newSource = (name: string) => ({
  id: randomUUID(),
  name,
  sourceType: 'okta' as const,
  connectionMode: 'api_token',
  config: { org_url: 'https://acme.okta.com' },
  sealedSecret: 'sealed',
});

/** A workspace with one source, in a tenant of its own. */
export async function makePlace(
  database: Database,
  mode: WorkspaceMode = 'first_run_adoption',
): Promise<Place> {
  const tenant = newTenant();
  const workspace = await createWorkspace(database, tenant, { name: 'Leaving', mode }, commandOf());
  const source = await createSource(database, tenant, workspace.id, newSource('Okta'), commandOf());
  return { database, tenant, workspace, source };
}

/** Claims a run's row as the first activity of its workflow does; returns the Temporal run that holds it. */
export async function claim(
  { database, tenant }: Pick<Place, 'database' | 'tenant'>,
  { id, workflowId }: Run,
  more: { temporalRunId?: string; continuedFrom?: string | null } = {},
): Promise<string> {
  const { temporalRunId = randomUUID(), continuedFrom = null } = more;
  const claimant = { workflowId, temporalRunId, continuedFrom };
  await inTransaction(database, (tx) => claimRun(tx, tenant, id, claimant, new Date()));
  return temporalRunId;
}

/** Runs an activity as the Temporal run that holds a row; `more` replaces parts of what it touches. */
export function act<Input, Result>(
  { database }: Pick<Place, 'database'>,
  activity: (deps: ActivityDependencies) => (input: Input) => Promise<Result>,
  input: Input,
  run: Run,
  temporalRunId: string,
  more: Partial<ActivityDependencies> = {},
): Promise<Result> {
  const keyRing = { keys: new Map([['test', randomBytes(32)]]) };
  const deps = { ...activityDependencies({ database, keyRing }), ...more };
  return runActivity(activity(deps), input, { workflowId: run.workflowId, runId: temporalRunId });
}

// Collections

export interface Collecting extends Place {
  snapshot: Snapshot;
  temporalRunId: string;
}

/** A collection that has begun and been claimed, without a listing. */
export async function startCollecting(place: Place): Promise<Collecting> {
  const { database, tenant, workspace, source } = place;
  const parent = { workspaceId: workspace.id, sourceId: source.id };
  const snapshot = await createSnapshot(database, tenant, parent, commandOf());
  return { ...place, snapshot, temporalRunId: await claim(place, snapshot.run) };
}

/** Opens a listing of a collection and returns it where it stands. */
export async function openChain(
  at: Pick<Collecting, 'database' | 'tenant' | 'snapshot'>,
  collection: OktaCollectionName,
  key = '',
  context: Record<string, string> = {},
): Promise<Chain> {
  const { database, tenant, snapshot } = at;
  const seed = { collection, key, path: `/api/v1/${collection}?limit=200`, context };
  await inTransaction(database, (tx) => openChains(tx, tenant, snapshot.id, [seed], new Date()));
  return chainNow(at, { collection, key });
}

/** A listing as the database has it now. */
export async function chainNow(
  { database, tenant, snapshot }: Pick<Collecting, 'database' | 'tenant' | 'snapshot'>,
  { collection, key }: Pick<Chain, 'collection' | 'key'>,
): Promise<Chain> {
  const chains = await openChainsOf(database, tenant, snapshot.id, collection, 1000);
  const chain = chains.find((each) => each.key === key);
  assert.ok(chain, `no open listing ${collection} ${key}`);
  return chain;
}

/** What a reader makes of a page that a listing gave. */
export async function pageOf(
  chain: Chain,
  entries: readonly unknown[],
  next: string | null = null,
): Promise<PageCommit> {
  const reader = oktaReaders.find((each) => each.name === chain.collection);
  assert.ok(reader);
  const body = Buffer.from(
    JSON.stringify(reader.entriesAt === '' ? entries : { [reader.entriesAt.slice(1)]: entries }),
  );
  const page = {
    body,
    httpStatus: 200,
    next: () => next,
    vendorRequestId: null,
    vendorDate: null,
    fetchedAt: new Date(),
    elapsedMs: 1,
  };
  return preparePage(reader, chain, chain.cursor ?? chain.path, page, 1);
}

export const commit = (
  { database, tenant, snapshot, temporalRunId }: Collecting,
  ...pages: readonly PageCommit[]
): Promise<void> => commitPages(database, tenant, snapshot.id, temporalRunId, pages, new Date());

export const group = (id: string, name = `Group ${id}`): Body => ({
  id,
  type: 'OKTA_GROUP',
  profile: { name, description: null },
});

export const application = (id: string, more: { type?: string; method?: string } = {}): Body => {
  const { type = 'web', method = 'client_secret_basic' } = more;
  return {
    id,
    name: 'oidc_client',
    label: `Application ${id}`,
    status: 'ACTIVE',
    signOnMode: 'OPENID_CONNECT',
    features: [],
    credentials: {
      oauthClient: { client_id: id, token_endpoint_auth_method: method, pkce_required: method === 'none' },
    },
    settings: {
      oauthClient: {
        application_type: type,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: ['https://app.example/cb'],
      },
    },
  };
};

/** Somebody has made a resource at the target. */
export const make = ({ database, tenant }: Place, resource: Resource): Promise<MadeResource> =>
  inTransaction(database, (tx) =>
    createResource(tx, tenant, resource, { migratedBy: null, secretHash: null, at: new Date() }),
  );

/** Two groups, a confidential and a public application, three assignments of groups, one of a person, and a policy. */
const org: [OktaCollectionName, string, Body[]][] = [
  ['groups', '', [group('g1'), group('g2')]],
  [
    'group_statistics',
    '',
    ['g1', 'g2'].map((id) => ({
      id,
      _embedded: { stats: { usersCount: 3, appsCount: 1, hasAdminPrivilege: false } },
    })),
  ],
  ['applications', '', [application('a1'), application('a2', { type: 'browser', method: 'none' })]],
  [
    'application_groups',
    'a1',
    [
      { id: 'g1', priority: 0 },
      { id: 'g2', priority: 0 },
    ],
  ],
  ['application_groups', 'a2', [{ id: 'g1', priority: 0 }]],
  [
    'application_users',
    'a1',
    [
      { id: 'u1', scope: 'USER', status: 'ACTIVE' },
      { id: 'u2', scope: 'GROUP' },
    ],
  ],
  ['application_users', 'a2', []],
  ['policies', 'PASSWORD', [{ id: 'p1', type: 'PASSWORD', name: 'Passwords', status: 'ACTIVE' }]],
  ['policy_rules', 'p1', []],
];

/** Items of the org, and how many of them can be planned. */
export const orgItems = 9;
export const orgPlanned = 7;

/** Composes what was read and completes the snapshot. */
export async function finishCollecting(at: Collecting): Promise<void> {
  const { database, tenant, snapshot, temporalRunId } = at;
  const input = { tenantId: tenant, snapshotId: snapshot.id };
  await act(at, composeInventory, input, snapshot.run, temporalRunId);
  await completeSnapshot(database, tenant, snapshot.id, temporalRunId, new Date());
}

/** Collects the small org to its end. */
export async function collect(place: Place): Promise<Collecting> {
  const at = await startCollecting(place);
  for (const [collection, key, entries] of org) {
    const member = collection === 'policy_rules' ? 'policy' : 'application';
    const chain = await openChain(at, collection, key, key === '' ? {} : { [member]: key });
    await commit(at, await pageOf(chain, entries));
  }
  await finishCollecting(at);
  const { database, tenant, snapshot } = at;
  const completed = await findSnapshot(database, tenant, snapshot.id);
  assert.equal(completed?.status, 'completed');
  return { ...at, snapshot: completed };
}

// Assessments

export interface Assessing extends Collecting {
  assessment: Assessment;
}

export async function startAssessing(at: Collecting, carryOver = false): Promise<Assessing> {
  const { database, tenant, snapshot } = at;
  const command = commandOf();
  const assessment = await createAssessment(
    database,
    tenant,
    snapshot,
    classifierVersion,
    command,
    carryOver,
  );
  return { ...at, assessment, temporalRunId: await claim(at, assessment.run) };
}

export async function finishAssessing(at: Assessing): Promise<Assessing> {
  const { database, tenant, assessment, temporalRunId } = at;
  const input = { tenantId: tenant, assessmentId: assessment.id };
  for (const phase of ['first', 'last'] as const) {
    await act(at, classify, { ...input, phase }, assessment.run, temporalRunId);
  }
  await act(at, findOverlaps, input, assessment.run, temporalRunId);
  await act(at, settleAssessment, input, assessment.run, temporalRunId);
  const completed = await findAssessment(database, tenant, assessment.id);
  assert.equal(completed?.status, 'completed');
  return { ...at, assessment: completed };
}

/** Collects and assesses the small org. */
export const assess = async (place: Place): Promise<Assessing> =>
  finishAssessing(await startAssessing(await collect(place)));

export async function acknowledgeEverything({ database, tenant, assessment }: Assessing): Promise<void> {
  const impacts = await listImpacts(database, tenant, assessment.id);
  const impactIds = impacts.map((impact) => impact.id);
  await acknowledgeImpacts(database, tenant, assessment, { impactIds, note: null }, commandOf());
}

// Plans, previews, executions

export interface Planned extends Assessing {
  plan: Plan;
}

export async function startPlanning(at: Assessing, scope?: PlanScope): Promise<Planned> {
  const { database, tenant, assessment } = at;
  const input = { assessment, name: 'Cutover', rollback: null, ...(scope && { scope }) };
  const { plan } = await createPlan(database, tenant, input, commandOf());
  return { ...at, plan, temporalRunId: await claim(at, plan.buildRun) };
}

export async function finishPlanning(at: Planned): Promise<Planned> {
  const { database, tenant, plan, temporalRunId } = at;
  await act(at, buildCutoverPlan, { tenantId: tenant, planId: plan.id }, plan.buildRun, temporalRunId);
  const built = await findPlan(database, tenant, plan.id);
  assert.ok(built?.builtAt);
  return { ...at, plan: built };
}

/** Everything up to a built plan. */
export async function plan(place: Place): Promise<Planned> {
  const assessed = await assess(place);
  await acknowledgeEverything(assessed);
  return finishPlanning(await startPlanning(assessed));
}

/** A workspace that merges, in which group g1 was decided to be one that the target has; the plan is built. */
export async function decidedGroup(database: Database) {
  const place = await makePlace(database, 'merge_into_existing');
  const { resourceId } = await make(place, {
    contract: 'tenant_group',
    payload: { name: 'group G1', description: null },
  });
  const at = await assess(place);
  await acknowledgeEverything(at);
  const { tenant, workspace, assessment } = at;
  const decisions = () => listDecisions(database, tenant, assessment.id, { after: null, limit: 9 });
  const [decision] = await decisions();
  assert.ok(decision);
  const request = { resolution: 'map_to_existing', matched_resource_id: resourceId } as const;
  const decide = () =>
    resolveDecision(database, tenant, workspace, assessment, decision.id, request, commandOf());
  await decide();
  return { at: await finishPlanning(await startPlanning(at)), resourceId, decisions, decide };
}

export const stepsOf = ({ database, tenant, plan: { id } }: Planned): Promise<Step[]> =>
  listSteps(database, tenant, id, { after: null, limit: 100 });

export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Previews a plan to its end, as the workflow does; `more` as in `act`. */
export async function finishPreview(
  at: Planned,
  command = commandOf(),
  more: Partial<ActivityDependencies> = {},
): Promise<Preview> {
  const preview = await beginPreview(at.database, at.tenant, at.plan, command);
  if (preview.state !== 'running') return preview;
  const run = await claim(at, preview.run);
  await comparePreview(at, preview, run, more);
  return preview;
}

/** Compares and ends a preview that was claimed; nobody asks the source. `more` as in `act`. */
export async function comparePreview(
  at: Planned,
  preview: Preview,
  run: string,
  more: Partial<ActivityDependencies> = {},
): Promise<void> {
  const input = { tenantId: at.tenant, previewId: preview.id };
  await act(at, comparePlan, input, preview.run, run, more);
  await act(at, finishComparedPreview, input, preview.run, run, more);
}

/** Previews a plan and mints a token for it; `more` as in `act`. */
export async function mint(
  at: Planned,
  command = commandOf(),
  more: Partial<ActivityDependencies> = {},
): Promise<{ token: string; preview: Preview }> {
  const finished = await finishPreview(at, command, more);
  const token = randomUUID();
  const expiresAt = new Date(command.at.getTime() + 60_000);
  const minted = { hash: tokenHash(token), expiresAt };
  const preview = await mintToken(at.database, at.tenant, at.plan, finished.id, minted, command);
  return { token, preview };
}

export const applyWith = (
  { database, tenant, plan: planned }: Planned,
  token: string,
  command = commandOf(),
): Promise<Execution> =>
  createExecution(
    database,
    tenant,
    planned,
    { tokenHash: tokenHash(token), recipientJwk: null, cover: (tx, locked) => readCover(tx, tenant, locked) },
    command,
  );

export interface Executing extends Planned {
  execution: Execution;
}

/** An execution that has been claimed and has taken its steps; nothing is applied yet. */
export async function startExecution(at: Planned): Promise<Executing> {
  const { token } = await mint(at);
  const execution = await applyWith(at, token);
  const temporalRunId = await claim(at, execution.run);
  const input = { tenantId: at.tenant, executionId: execution.id };
  assert.deepEqual(await act(at, beginExecution, input, execution.run, temporalRunId), { stale: false });
  return { ...at, execution, temporalRunId };
}

/** Applies one step, and says the status that it has then. */
export async function applyOne(at: Executing, stepId: string): Promise<string> {
  const { tenant, execution, temporalRunId } = at;
  const input = { tenantId: tenant, executionId: execution.id, stepId };
  const { status } = await act(at, applyStep, input, execution.run, temporalRunId);
  return status;
}
