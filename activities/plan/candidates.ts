import { v7 as uuidv7 } from 'uuid';
import type { Verdict } from '../../domain/assessment.ts';
import type { Plan } from '../../domain/plan.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { MergeDecision } from '../../domain/merge/decision.ts';
import { isMovable, type Candidate, type Linked } from '../../domain/planning/candidate.ts';
import type { LiveResource, ResourceContract, ServiceProvider } from '../../domain/target.ts';
import type { Database } from '../../prisma/client.ts';
import { listDecisions } from '../../prisma/store/mergeDecisions.ts';
import { findPlannedItems, itemsOfWave } from '../../prisma/store/planning.ts';
import { appliedSteps, stepIds } from '../../prisma/store/steps.ts';
import { linkKey, linksOfSource } from '../../prisma/store/targetLinks.ts';
import { listAssessedItems } from '../../prisma/store/verdicts.ts';
import type { TargetRuntime } from '../runtime/target.ts';

/** Items read in one go. */
const readBatch = 2000;
/** Resources read by their ids in one go. */
const resourceBatch = 5000;

/** Reads every item of a plan's assessment with what people decided of it and what former cutovers made of it. */
export async function readCandidates(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const [known, records, inScope] = await Promise.all([
    stepIds(database, tenant, plan.id),
    readRecords(database, tenant, plan, signal),
    scopeOf(database, tenant, plan),
  ]);
  const candidates: Candidate[] = [];
  for (let after: bigint | null = null; ;) {
    signal.throwIfAborted();
    const page: { after: bigint | null; limit: number } = { after, limit: readBatch };
    const assessed = await listAssessedItems(database, tenant, plan.assessmentId, page);
    const ids = assessed.map((each) => each.itemId);
    const items = new Map((await findPlannedItems(database, tenant, ids)).map((item) => [item.id, item]));
    for (const { itemId, verdict } of assessed) {
      const item = items.get(itemId);
      if (!item) continue;
      candidates.push({
        item,
        ...fromVerdict(verdict),
        stepId: known.get(itemId) ?? uuidv7(),
        decision: records.decisions.get(itemId) ?? null,
        inScope: inScope(itemId),
        link: records.links.get(linkKey(verdict.target_contract, item.externalId)) ?? null,
        applied: records.applied.get(itemId) ?? null,
      });
    }
    if (assessed.length < readBatch) return candidates;
    after = assessed.at(-1)?.ordinal ?? null;
  }
}

/** What people decided of a plan's items, and what former cutovers and this plan made of them. */
interface Records {
  /** By item. */
  decisions: ReadonlyMap<string, MergeDecision>;
  /** By `linkKey`. */
  links: ReadonlyMap<string, Linked>;
  /** By item. */
  applied: ReadonlyMap<string, NonNullable<Candidate['applied']>>;
}

export async function readRecords(
  database: Database,
  tenant: TenantId,
  plan: Plan,
  signal: AbortSignal,
): Promise<Records> {
  const [decisions, links, steps] = await Promise.all([
    readDecisions(database, tenant, plan.assessmentId, signal),
    linksOfSource(database, tenant, plan.sourceId),
    appliedSteps(database, tenant, plan.id),
  ]);
  const applied = steps.map(
    ({ targetResourceId: resourceId, ...step }) => [step.itemId, { step, resourceId }] as const,
  );
  return { decisions, links, applied: new Map(applied) };
}

function fromVerdict(verdict: Verdict) {
  const deciding = verdict.findings.filter((finding) => finding.outcome === verdict.compatibility_class);
  return {
    compatibilityClass: verdict.compatibility_class,
    targetContract: verdict.target_contract,
    rationale: verdict.rationale,
    remedy: [...new Set(deciding.map((finding) => finding.remedy))].join(' '),
    needs: verdict.depends_on.map(({ relation, item_id }) => ({ relation, itemId: item_id })),
  };
}

async function readDecisions(
  database: Database,
  tenant: TenantId,
  assessmentId: string,
  signal: AbortSignal,
): Promise<Map<string, MergeDecision>> {
  const found = new Map<string, MergeDecision>();
  for (let after: bigint | null = null; ;) {
    signal.throwIfAborted();
    const decisions = await listDecisions(database, tenant, assessmentId, { after, limit: readBatch });
    for (const decision of decisions) found.set(decision.itemId, decision);
    if (decisions.length < readBatch) return found;
    after = decisions.at(-1)?.ordinal ?? null;
  }
}

export async function scopeOf(
  database: Database,
  tenant: TenantId,
  plan: Plan,
): Promise<(itemId: string) => boolean> {
  const { scope } = plan;
  if (scope.kind === 'all') return () => true;
  const items =
    scope.kind === 'items' ? new Set(scope.item_ids) : await itemsOfWave(database, tenant, plan, scope.wave);
  return (itemId) => items.has(itemId);
}

/** The resources that items are linked or mapped to, as they are now; one that is gone is not in the answer. */
export async function readNamedResources(
  database: Database,
  tenant: TenantId,
  runtime: TargetRuntime,
  candidates: readonly Candidate[],
): Promise<Map<string, LiveResource>> {
  const ids = new Map<ResourceContract, Set<string>>();
  for (const { targetContract: contract, decision, link, applied } of candidates) {
    // Whether an assignment is there is asked by what it is between.
    if (contract === 'none' || contract === 'verified_domain' || contract === 'tenant_app_assignment')
      continue;
    const named = [link?.resourceId, decision?.matchedResourceId, applied?.resourceId];
    for (const id of named) if (id) ids.set(contract, (ids.get(contract) ?? new Set()).add(id));
  }
  const resources = new Map<string, LiveResource>();
  for (const [contract, wanted] of ids) {
    const all = [...wanted];
    for (let from = 0; from < all.length; from += resourceBatch) {
      const read = await runtime.read(database, tenant, contract, all.slice(from, from + resourceBatch));
      for (const resource of read) resources.set(resource.resourceId, resource);
    }
  }
  return resources;
}

/** The target's side of each trust that may be planned, by step. */
export async function readServiceProviders(
  tenant: TenantId,
  runtime: TargetRuntime,
  candidates: readonly Candidate[],
): Promise<Map<string, ServiceProvider | null>> {
  const providers = candidates.filter(
    (candidate) => candidate.targetContract === 'upstream_saml_provider' && isMovable(candidate),
  );
  const sides = await Promise.all(
    providers.map(async ({ stepId }) => [stepId, await runtime.serviceProvider(tenant, stepId)] as const),
  );
  return new Map(sides);
}
