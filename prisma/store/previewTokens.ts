import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Plan, TargetChange } from '../../domain/plan.ts';
import type { PreviewCover, StoredCover } from '../../domain/previewCover.ts';
import type { Executor, Transaction } from '../client.ts';
import { coverChanges } from './cover.ts';
import { toPreview, type Preview } from './previews.ts';

/**
 * Finds the preview that a token lets apply, in the transaction that consumes it. `preview_stale` unless the token is
 * the latest of this plan, alive, and everything it covers as it was; `changes` then says what is another, item by item.
 * `cover` reads what is now.
 */
export async function redeemToken(
  tx: Transaction,
  tenant: TenantId,
  plan: Plan,
  tokenHash: Uint8Array,
  cover: (tx: Transaction, plan: Plan) => Promise<StoredCover>,
  at: Date,
): Promise<Preview> {
  const row = await tx.preview.findFirst({
    where: { tenantId: tenant, planId: plan.id, tokenHash: { equals: new Uint8Array(tokenHash) } },
    include: { run: true },
  });
  const preview = row && toPreview(row);
  const rebuilt = preview?.state === 'superseded' && preview.revision !== plan.revision;
  if (!preview?.expiresAt || (preview.state !== 'minted' && !rebuilt))
    throw stale([], 'The preview token is not the latest one of this plan.');
  if (preview.expiresAt <= at) throw stale([], 'The preview token has expired.');
  const was = row?.covers as unknown as PreviewCover;
  const changes = await coverChanges(tx, tenant, plan, was, await cover(tx, plan));
  if (changes.length > 0) throw stale(changes, 'What was previewed has changed.');
  return preview;
}

const stale = (changes: readonly TargetChange[], message: string) =>
  new DomainError('preview_stale', `${message} Preview the plan again.`, { members: { changes } });

/** What a preview vouches for; null while it has not been finished. */
export async function findPreviewCover(
  db: Executor,
  tenant: TenantId,
  id: string,
): Promise<PreviewCover | null> {
  const row = await db.preview.findFirst({ where: { tenantId: tenant, id }, select: { covers: true } });
  return (row?.covers ?? null) as unknown as PreviewCover | null;
}
