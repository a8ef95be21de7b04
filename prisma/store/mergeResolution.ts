import type { Assessment } from '../../domain/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { MergeDecision } from '../../domain/merge/decision.ts';
import {
  checkResolution,
  providerOf,
  type CheckedResolution,
  type ResolveContext,
  type ResolveRequest,
  type RuleProvider,
} from '../../domain/merge/resolve.ts';
import { sourceSideOf } from '../../domain/merge/source.ts';
import { providerDecidedOtherwise } from '../../domain/merge/stale.ts';
import type { Database, Transaction } from '../client.ts';
import { recordAudit } from './audit.ts';
import type { Command } from './command.ts';
import { inTransaction } from './constraints.ts';
import { requireCompleted } from './impacts.ts';
import { findItems } from './items.ts';
import { json, jsonOrNull } from './json.ts';
import { lock } from './locks.ts';
import {
  appliedItems,
  decisionsOf,
  decisionTargets,
  findDecision,
  formerResolution,
  refuseWhileApplied,
  reopenDecision,
} from './mergeDecisions.ts';
import { findTargetLinks, linksTo } from './targetLinks.ts';
import { lockWorkspace, type Workspace } from './workspaces.ts';

type Reviewed = Pick<Assessment, 'id' | 'workspaceId' | 'sourceId'>;

/**
 * Resolves a decision, again if need be: what was decided before is remembered. Refuses with what `checkResolution`
 * refuses, `merge_not_applicable` where nothing is merged, `workspace_archived`, `handoff_not_ready` while the
 * assessment is not completed, `apply_in_progress`, and `decision_applied` once the item's step has been applied. What
 * was mapped because of a provider's decision is pending again when that one is decided otherwise.
 */
export async function resolveDecision(
  database: Database,
  tenant: TenantId,
  workspace: Pick<Workspace, 'id' | 'mode'>,
  assessment: Reviewed,
  decisionId: string,
  request: ResolveRequest,
  command: Command,
): Promise<MergeDecision> {
  return inTransaction(database, async (tx) => {
    // What the request gets wrong is told before what the state forbids.
    await checkRequest(tx, tenant, assessment, decisionId, request);
    requireMergeMode(workspace);
    await lockWorkspace(tx, tenant, workspace.id, 'rely');
    await lock(tx, tenant, 'assessment', assessment.id, 'write');
    await requireCompleted(tx, assessment.id);
    await refuseWhileApplied(tx, tenant, assessment.id);
    const { decision, checked } = await checkRequest(tx, tenant, assessment, decisionId, request);
    if ((await appliedItems(tx, tenant, assessment.id, [decision.itemId])).size > 0) {
      throw new DomainError(
        'decision_applied',
        'What was decided has been applied; it can no longer change.',
      );
    }
    await tx.mergeDecision.update({
      where: { id: decision.id },
      data: {
        status: 'resolved',
        ...checked,
        targetOverrides: jsonOrNull(checked.targetOverrides),
        resolvedBy: json(command.actor),
        resolvedAt: command.at,
        staleReason: null,
        carriedFrom: null,
        history: json([...decision.history, ...formerResolution(decision, null)]),
        version: { increment: 1 },
      },
    });
    await recordAudit(tx, tenant, {
      ...command,
      action: 'migration.merge_decision.resolved',
      targets: decisionTargets(assessment, decision),
      facts: factsOf(checked),
    });
    if (decision.contract === 'upstream_saml_provider')
      await reopenRules(tx, tenant, assessment, decision, checked.matchedResourceId, command);
    return requireDecision(tx, tenant, assessment.id, decisionId);
  });
}

const factsOf = (checked: CheckedResolution) => ({
  resolution: checked.resolution,
  matched_resource_id: checked.matchedResourceId,
  target_overrides: checked.targetOverrides,
  allow_shared: checked.allowShared,
  note: checked.note,
});

/** Overlaps are looked for and decided in workspaces that merge, and nowhere else. */
export function requireMergeMode(workspace: Pick<Workspace, 'mode'>): void {
  if (workspace.mode === 'merge_into_existing') return;
  throw new DomainError(
    'merge_not_applicable',
    'This workspace adopts what it finds for the first time; there is nothing to merge with.',
  );
}

async function requireDecision(
  tx: Transaction,
  tenant: TenantId,
  assessmentId: string,
  id: string,
): Promise<MergeDecision> {
  const decision = await findDecision(tx, tenant, assessmentId, id);
  if (!decision) throw new DomainError('not_found', 'There is no such decision.');
  return decision;
}

async function checkRequest(
  tx: Transaction,
  tenant: TenantId,
  assessment: Reviewed,
  decisionId: string,
  request: ResolveRequest,
): Promise<{ decision: MergeDecision; checked: CheckedResolution }> {
  const decision = await requireDecision(tx, tenant, assessment.id, decisionId);
  const [item] = await findItems(tx, tenant, [decision.itemId]);
  const source = item && sourceSideOf(item);
  if (!source) throw new Error(`Item ${decision.itemId} would no longer become anything.`);
  const context: ResolveContext = {
    decision,
    source,
    holders: await holdersOf(tx, tenant, assessment, decision, request.matched_resource_id),
    ruleProvider: await ruleProviderOf(tx, tenant, assessment, decision),
  };
  return { decision, checked: checkResolution(request, context) };
}

/** Other items that have the resource: by a decision of this assessment, or since an earlier cutover. */
async function holdersOf(
  tx: Transaction,
  tenant: TenantId,
  assessment: Reviewed,
  decision: MergeDecision,
  resourceId: string | undefined,
): Promise<ResolveContext['holders']> {
  if (resourceId === undefined) return [];
  const rows = await tx.mergeDecision.findMany({
    where: {
      tenantId: tenant,
      assessmentId: assessment.id,
      matchedResourceId: resourceId,
      id: { not: decision.id },
    },
    orderBy: { ordinal: 'asc' },
    select: { item: { select: { name: true } } },
  });
  const links = await linksTo(tx, tenant, decision.contract, resourceId);
  const others = links.filter(
    (link) => link.sourceId !== assessment.sourceId || link.externalId !== decision.externalId,
  );
  return [...rows.map((row) => row.item.name), ...others.map((link) => link.externalId)].map((name) => ({
    name,
  }));
}

/** What becomes of the provider that a routing rule sends people to; null for everything else. */
async function ruleProviderOf(
  tx: Transaction,
  tenant: TenantId,
  assessment: Reviewed,
  decision: MergeDecision,
): Promise<RuleProvider | null> {
  if (decision.contract !== 'federation_routing_rule') return null;
  const relation = await tx.itemRelation.findFirst({
    where: { tenantId: tenant, fromItemId: decision.itemId, relation: 'provider', toItemId: { not: null } },
    select: { to: { select: { id: true, name: true, externalId: true } } },
  });
  const provider = relation?.to;
  if (!provider) return null;
  const [decided] = await decisionsOf(tx, tenant, assessment.id, [provider.id]);
  if (decided) {
    return {
      name: provider.name,
      boundTo: decided.matchedResourceId,
      pending: decided.status === 'pending',
    };
  }
  const contract = 'upstream_saml_provider';
  const links = await findTargetLinks(tx, tenant, assessment.sourceId, contract, [provider.externalId]);
  return {
    name: provider.name,
    boundTo: links.get(provider.externalId)?.targetResourceId ?? null,
    pending: false,
  };
}

/** A rule stays mapped to a live one only while its own provider is that one's. */
async function reopenRules(
  tx: Transaction,
  tenant: TenantId,
  assessment: Reviewed,
  provider: MergeDecision,
  boundTo: string | null,
  command: Command,
): Promise<void> {
  const relations = await tx.itemRelation.findMany({
    where: { tenantId: tenant, toItemId: provider.itemId, relation: 'provider' },
    select: { fromItemId: true },
  });
  const rules = await decisionsOf(
    tx,
    tenant,
    assessment.id,
    relations.map((relation) => relation.fromItemId),
  );
  for (const rule of rules) {
    const mapped = rule.matchedResources.find((each) => each.resource_id === rule.matchedResourceId);
    if (!mapped || providerOf(mapped) === boundTo) continue;
    const reason = providerDecidedOtherwise(provider.name);
    await reopenDecision(tx, tenant, assessment, rule, reason, command);
  }
}
