import type { NormalItem, StoredItem } from './inventory/item.ts';
import type { ItemType } from './inventory/itemTypes.ts';
import type { ProviderForm } from './inventory/provider.ts';
import type { TargetChange } from './plan.ts';

type Seen = Pick<NormalItem, 'normalized'> & { fingerprint: string };

/**
 * What a planned item has become at the incumbent since its snapshot; null when it is the same. A provider that has
 * changed refuses the preview, because people could no longer sign in through what would be created; the rest is told.
 * `was` is given of a provider, whose certificates are compared.
 */
export function sourceChange(
  step: { id: string; itemId: string; name: string; itemType: ItemType; fingerprint: string },
  was: Pick<StoredItem, 'normalized'> | null,
  is: Seen | null,
): { change: TargetChange; refuses: boolean } | null {
  if (is?.fingerprint === step.fingerprint) return null;
  const isProvider = step.itemType === 'provider';
  const certificates = isProvider && was ? certificateChange(was, is) : null;
  const seen = certificates ?? {
    what: is === null ? 'is no longer at the incumbent' : 'was changed at the incumbent',
    was: { fingerprint: step.fingerprint },
    is: is && { fingerprint: is.fingerprint },
  };
  const message = `\u201c${step.name}\u201d ${seen.what} since the snapshot. Collect a new one, assess it and build the plan again.`;
  const change = { step_id: step.id, item_id: step.itemId, code: 'source_changed', message };
  return { change: { ...change, was: seen.was, is: seen.is }, refuses: isProvider };
}

function certificateChange(was: Pick<StoredItem, 'normalized'>, is: Seen | null) {
  if (!is) return null;
  const [before, now] = [was, is].map(({ normalized }) =>
    (normalized as ProviderForm).certificates.map(({ role, x5c }) => ({ role, x5c })),
  );
  if (JSON.stringify(before) === JSON.stringify(now)) return null;
  return {
    what: 'has another signing certificate at the incumbent',
    was: { certificates: before },
    is: { certificates: now },
  };
}
