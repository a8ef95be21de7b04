import { setImmediate } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { NormalItem, StoredItem } from '../../domain/inventory/item.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import type { TargetChange } from '../../domain/plan.ts';
import { sourceChange } from '../../domain/sourceChange.ts';
import type { Database } from '../../prisma/client.ts';
import { findItems } from '../../prisma/store/items.ts';
import { listStepsToApply, type StepToApply } from '../../prisma/store/stepsToApply.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { saveSourceFindings, type SourceFindings } from '../../prisma/store/previewFindings.ts';
import { findPreview } from '../../prisma/store/previews.ts';
import { partsOf } from '../collect/compose.ts';
import { acting, heartbeating } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { SourceFailure } from '../sources/failure.ts';
import { fingerprintOf } from '../sources/keep.ts';
import { openSource } from '../sources/openSource.ts';
import type { ChainSeed, SourceReader } from '../sources/source.ts';
import { vendors } from '../sources/vendors.ts';
import type { PreviewInput } from './preview.ts';
import { ReadAgain, rereads } from './readAgain.ts';

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
      const steps = await listStepsToApply(database, tenant, plan.id);
      const findings: SourceFindings = { changes: [], warnings: [] };
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
  steps: readonly StepToApply[],
  signal: AbortSignal,
): Promise<SourceFindings> {
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
  steps: readonly StepToApply[],
  signal: AbortSignal,
): Promise<SourceFindings> {
  const changes: TargetChange[] = [];
  const warnings: SourceFindings['warnings'][number][] = [];
  const applications = new Set(steps.flatMap((step) => step.assignedTo ?? []));
  const again = new ReadAgain(reader, (seed) => isWanted(seed, applications), signal);
  const reading = rereads[reader.sourceType].flatMap(({ itemTypes, collections }) => {
    const asked = steps.filter((step) => itemTypes.includes(step.itemType));
    return asked.length > 0 ? [readFor(asked, again, collections, signal)] : [];
  });
  const snapshot = { database, tenant, snapshotId };
  for (const { asked, unreadable } of await Promise.all(reading)) {
    if (unreadable !== null) {
      warnings.push(unread(asked, unreadable));
      continue;
    }
    for (const { step, is } of await liveItems(snapshot, reader, again, asked)) {
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
  asked: readonly StepToApply[],
  again: ReadAgain,
  collections: readonly string[],
  signal: AbortSignal,
): Promise<{ asked: readonly StepToApply[]; unreadable: string | null }> {
  try {
    for (const collection of collections) await again.read(collection);
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

interface Snapshotted {
  database: Database;
  tenant: TenantId;
  snapshotId: string;
}

interface Compared {
  step: StepToApply;
  /** As the incumbent has it now, composed as an inventory composes it; null when it is gone. */
  is: (NormalItem & { fingerprint: string }) | null;
}

/** Items composed in one go. */
const itemsAtATime = 1000;

async function liveItems(
  snapshot: Snapshotted,
  reader: SourceReader,
  again: ReadAgain,
  steps: readonly StepToApply[],
): Promise<Compared[]> {
  const derived = derivedItems(reader, again);
  const compared: Compared[] = [];
  for (const itemType of new Set(steps.map((step) => step.itemType))) {
    const ofType = steps.filter((step) => step.itemType === itemType);
    const composeAll = await composing(snapshot, reader, again, itemType);
    for (let from = 0; from < ofType.length; from += itemsAtATime) {
      const batch = ofType.slice(from, from + itemsAtATime).map((step) => {
        const key = ReadAgain.keyOf(itemType, step.externalId);
        const now = again.items.get(key)?.item ?? derived.get(key);
        return { step, now: now && unstored(now) };
      });
      const compose = await composeAll(batch.flatMap(({ now }) => now ?? []));
      for (const { step, now } of batch) {
        const is = now ? { ...now, normalized: compose(now) } : null;
        compared.push({ step, is: is && { ...is, fingerprint: fingerprintOf(is) } });
      }
      await setImmediate();
    }
  }
  return compared;
}

/** An item that was read and not stored, as those take it who work on stored ones. */
const unstored = (item: NormalItem, index = 0): StoredItem => ({
  ...item,
  id: '',
  ordinal: 0n,
  fingerprint: '',
  evidence: [{ id: '', index, role: 'object' }],
});

/** Items that the incumbent lists nowhere, by their keys. */
function derivedItems(reader: SourceReader, again: ReadAgain): Map<string, NormalItem> {
  const items = vendors[reader.sourceType].derivations.flatMap(({ itemType, derive }) => {
    const found = [...again.items.values()].filter(({ item }) => item.itemType === itemType);
    return derive(
      found.map(({ item, index }) => unstored(item, index)),
      (kind) => again.objects.get(kind) ?? [],
    );
  });
  return new Map(items.map(({ item }) => [ReadAgain.keyOf(item.itemType, item.externalId), item]));
}

type Compose = (item: StoredItem) => NormalItem['normalized'];

/**
 * Joins the items of a batch with what belongs to them: objects that were read again where they were, else those of the
 * snapshot.
 */
async function composing(
  snapshot: Snapshotted,
  reader: SourceReader,
  again: ReadAgain,
  itemType: ItemType,
): Promise<(items: readonly StoredItem[]) => Promise<Compose>> {
  const composer = vendors[reader.sourceType].composers.find((each) => each.itemType === itemType);
  if (!composer) return () => Promise.resolve((item) => item.normalized);
  const findFor = await partsOf(snapshot, composer);
  return async (items) => {
    const foundFor = await findFor(items);
    return (item) =>
      composer.compose(item, (kind) => {
        const objects = again.objects.get(kind);
        const part = composer.parts.find((each) => each.objectKind === kind);
        if (!objects || !part) return foundFor(item)(kind);
        const wants = part.wants(item);
        return objects.filter((object) =>
          'parent' in wants ? object.parent === wants.parent : wants.externalIds.includes(object.externalId),
        );
      }).normalized;
  };
}

const unread = (steps: readonly StepToApply[], reason: string) => ({
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

function counted(steps: readonly StepToApply[]): string {
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
