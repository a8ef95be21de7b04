import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { TargetChange } from '../../domain/plan.ts';
import { sourceChange } from '../../domain/sourceChange.ts';
import type { Database } from '../../prisma/client.ts';
import { findItems } from '../../prisma/store/items.ts';
import { listItemsToApply, type ItemToApply } from '../../prisma/store/stepsToApply.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { saveSourceFindings, type Findings } from '../../prisma/store/previewFindings.ts';
import { findPreview } from '../../prisma/store/previews.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { SourceFailure } from '../sources/failure.ts';
import { openSource } from '../sources/openSource.ts';
import type { ChainSeed, SourceReader } from '../sources/source.ts';
import { LiveItems } from './liveItems.ts';
import type { PreviewInput } from './preview.ts';
import { rereads } from './readAgain.ts';

/**
 * Reads at the incumbent what is planned once more and compares it with the snapshot: a certificate that was replaced
 * since is the classic outage of a cutover. For a few seconds; what was not read by then, or is refused, is said to be
 * unknown and keeps nobody from going on.
 */
export function compareWithSource(deps: ActivityDependencies) {
  return async (input: PreviewInput): Promise<void> =>
    heartbeating(async (signal) => {
      const { tenant, temporalRunId } = acting(input);
      const { database } = deps;
      const preview = await findPreview(database, tenant, input.previewId);
      const plan = preview && (await findPlan(database, tenant, preview.planId));
      if (!plan) throw new DomainError('execution_superseded', 'The preview is gone.');
      const steps = await listItemsToApply(database, tenant, plan.id);
      const findings: Findings = { changes: [], warnings: [] };
      if (steps.length > 0) {
        const within = AbortSignal.any([signal, AbortSignal.timeout(deps.pace.previewReadMs)]);
        const found = await askSource(deps, tenant, plan, steps, within);
        signal.throwIfAborted();
        Object.assign(findings, found);
      }
      await saveSourceFindings(database, tenant, input.previewId, temporalRunId, findings);
    });
}

async function askSource(
  deps: ActivityDependencies,
  tenant: TenantId,
  plan: { sourceId: string; snapshotId: string },
  steps: readonly ItemToApply[],
  signal: AbortSignal,
): Promise<Findings> {
  try {
    const { reader } = await openSource(deps, tenant, plan.sourceId);
    try {
      return await compare(deps.database, tenant, plan.snapshotId, reader, steps, signal);
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { changes: [], warnings: [unread(steps, error.message)] };
  }
}

async function compare(
  database: Database,
  tenant: TenantId,
  snapshotId: string,
  reader: SourceReader,
  steps: readonly ItemToApply[],
  signal: AbortSignal,
): Promise<Findings> {
  const changes: TargetChange[] = [];
  const warnings: Findings['warnings'][number][] = [];
  const applications = new Set(steps.flatMap((step) => step.assignedTo ?? []));
  const snapshot = { database, tenant, snapshotId };
  const wanted = (seed: ChainSeed) => isWanted(seed, applications);
  const live = new LiveItems({ snapshot, reader, items: steps, wanted }, signal);
  const reading = rereads[reader.sourceType].flatMap(({ itemTypes, collections }) => {
    const asked = steps.filter((step) => itemTypes.includes(step.itemType));
    return asked.length > 0 ? [readFor(asked, live, collections, signal)] : [];
  });
  for (const { asked, unreadable } of await Promise.all(reading)) {
    if (unreadable !== null) {
      warnings.push(unread(asked, unreadable));
      continue;
    }
    const liveItem = await live.find(asked);
    for (const step of asked) {
      const is = liveItem(step);
      if (is?.fingerprint === step.fingerprint) continue;
      const was =
        step.itemType === 'provider' ? (await findItems(database, tenant, [step.itemId]))[0] : undefined;
      const change = sourceChange(step, was ?? null, is);
      if (change?.refuses) changes.push(change.change);
      else if (change) {
        warnings.push({ code: 'source_changed', message: change.change.message, step_id: step.id });
      }
    }
  }
  return { changes, warnings };
}

/** Reads what steps stand for, parents before what is listed below them; says why when that cannot be read. */
async function readFor(
  asked: readonly ItemToApply[],
  live: LiveItems,
  collections: readonly string[],
  signal: AbortSignal,
): Promise<{ asked: readonly ItemToApply[]; unreadable: string | null }> {
  try {
    for (const collection of collections) await live.read(collection);
    return { asked, unreadable: null };
  } catch (error) {
    return { asked, unreadable: reasonOf(error, signal) };
  }
}

/** Of Okta's policies only the one that holds the routing rules; of assignments only those of planned applications. */
const isWanted = ({ collection, key, context }: ChainSeed, applications: ReadonlySet<string>): boolean =>
  collection === 'policies'
    ? context.type === 'IDP_DISCOVERY'
    : !['application_groups', 'app_role_assignments'].includes(collection) || applications.has(key);

const unread = (steps: readonly ItemToApply[], reason: string) => ({
  code: 'source_unread' as const,
  message: `Whether ${counted(steps)} changed at the incumbent since the snapshot is unknown: ${reason}`,
  step_id: null,
});

const nouns: Readonly<Record<ItemType, readonly [one: string, many: string]>> = {
  application: ['application', 'applications'],
  provider: ['provider', 'providers'],
  routing_rule: ['routing rule', 'routing rules'],
  policy: ['policy', 'policies'],
  group: ['group', 'groups'],
  assignment: ['assignment', 'assignments'],
  domain: ['domain', 'domains'],
};

function counted(steps: readonly ItemToApply[]): string {
  const types = [...new Set(steps.map((step) => step.itemType))];
  const each = types.map((type) => {
    const count = steps.filter((step) => step.itemType === type).length;
    return `${count} planned ${nouns[type][count === 1 ? 0 : 1]}`;
  });
  return each.join(', ');
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'the source did not answer in time.';
  if (error instanceof SourceFailure) return error.message;
  throw error;
}
