import { setTimeout } from 'node:timers/promises';
import { DomainError } from '../../domain/errors.ts';
import { checkedCollection, writeWarnings, type ListingSeed } from '../../domain/verification.ts';
import { readEstimate } from '../../prisma/store/progress.ts';
import type { StoredVerification } from '../../prisma/store/sources.ts';
import {
  completeVerification,
  CredentialReplaced,
  recordProgress,
  resumeVerification,
  type CheckProgress,
} from '../../prisma/store/verifications.ts';
import { explain } from '../collect/readCollection.ts';
import { RetryLater } from '../collect/walk.ts';
import { acting, heartbeating, type Acting } from '../context.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { SourceFailure } from '../sources/failure.ts';
import { openSource } from '../sources/openSource.ts';
import type { SourceReader } from '../sources/source.ts';
import { askCollection, type Ask, type Asked } from './askCollection.ts';

export interface VerificationInput {
  tenantId: string;
  sourceId: string;
}

/**
 * Asks an incumbent for the first page of every collection, as an inventory would, and notes which of them the
 * credential may read; then what else the credential may do. What was found is kept at once, so that an attempt that
 * waits for the vendor's limit takes up where the former one stood. Begins anew when the credential is replaced.
 */
export function checkCredential(deps: ActivityDependencies) {
  return async (input: VerificationInput): Promise<void> =>
    heartbeating(async (signal) => {
      const act = acting(input);
      for (;;) {
        try {
          await checkOnce(deps, act, input.sourceId, signal);
          return;
        } catch (error) {
          if (!(error instanceof CredentialReplaced)) throw explain(error);
        }
      }
    });
}

async function checkOnce(
  deps: ActivityDependencies,
  act: Acting,
  sourceId: string,
  signal: AbortSignal,
): Promise<void> {
  const { database, now } = deps;
  const { tenant, temporalRunId } = act;
  const { source_version: version, ...begun } = await resumeVerification(
    database,
    tenant,
    sourceId,
    temporalRunId,
  );
  const { reader, version: opened } = await openSource(deps, tenant, sourceId);
  const keep = (found: CheckProgress) =>
    recordProgress(database, tenant, sourceId, temporalRunId, version, found);
  const ask = patiently(deps, signal);
  try {
    if (opened !== version) throw new CredentialReplaced();
    const accepted = await checkCollections(reader, begun, keep, (work) => ask(() => work(signal)));
    const rights = accepted ? await readRights(reader, ask, signal) : null;
    const warnings = rights ? writeWarnings(reader.sourceType, rights) : [];
    const estimate = await readEstimate(database, tenant, sourceId);
    const result = { warnings, estimate };
    await completeVerification(database, tenant, sourceId, temporalRunId, version, result, now());
  } finally {
    await reader.close();
  }
}

/**
 * Checks collection by collection, parents before what is listed below them. Returns whether the incumbent took the
 * credential at all: refused, everything else is refused with it.
 */
async function checkCollections(
  reader: SourceReader,
  begun: Pick<StoredVerification, 'collections' | 'asked'>,
  keep: (found: CheckProgress) => Promise<void>,
  ask: Ask,
): Promise<boolean> {
  const { sourceType, collections } = reader;
  const known = new Set(begun.collections.map(({ collection }) => collection));
  const asked: Asked = {
    get: (listing) => begun.asked[listing],
    keep: (listing, answer) => keep({ asked: { [listing]: answer } }),
  };
  const seeds: ListingSeed[] = [];
  for (const [position, collection] of collections.entries()) {
    try {
      const { outcome, children } = await askCollection(reader, collection, seeds, ask, asked);
      seeds.push(...children);
      if (known.has(collection.name)) continue;
      await keep({ collections: [checkedCollection(sourceType, collection, outcome)] });
    } catch (error) {
      if (!(error instanceof SourceFailure && error.kind === 'credentials')) throw error;
      const { httpStatus: status = null, vendorCode: code = null } = error.detail;
      const refused = { found: 'credential_refused', status, code } as const;
      const rest = collections.slice(position).filter(({ name }) => !known.has(name));
      await keep({ collections: rest.map((each) => checkedCollection(sourceType, each, refused)) });
      return false;
    }
  }
  return true;
}

/** What cannot be found out, whatever the reason, may be anything. */
async function readRights(
  reader: SourceReader,
  ask: <Result>(work: () => Promise<Result>) => Promise<Result>,
  signal: AbortSignal,
) {
  try {
    return await ask(() => reader.writeRights(signal));
  } catch (error) {
    if (error instanceof SourceFailure) return { rights: [], complete: false };
    throw error;
  }
}

/** Failures of one request in a row after which its failure is the answer. */
const mostFailures = 3;

/** A vendor in trouble may name a time to come back at; somebody waits for the answer meanwhile. */
const longestPauseMs = 20_000;

/**
 * Tries a request again when its failure may pass, and waits for the vendor's limit: a short time in place, a longer
 * one by giving way (RetryLater). Throws `source_unusable` when the incumbent cannot be reached at all, and the
 * SourceFailure of anything else.
 */
function patiently({ pace, now }: ActivityDependencies, signal: AbortSignal) {
  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    for (let failures = 0; ;) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SourceFailure)) throw error;
        let delayMs: number;
        if (error.kind === 'rate_limited') {
          delayMs = Math.max(1, (error.detail.retryAt ?? now()).getTime() - now().getTime());
          if (delayMs > pace.shortWaitMs) throw new RetryLater(error, delayMs);
        } else {
          failures += 1;
          if (!mayPass(error) || failures >= mostFailures) throw unreachable(error) ?? error;
          const saidMs = (error.detail.retryAt ?? now()).getTime() - now().getTime();
          delayMs = Math.max(pace.backoffMs * 2 ** (failures - 1), Math.min(saidMs, longestPauseMs));
        }
        await setTimeout(delayMs, undefined, { signal });
      }
    }
  };
}

const mayPass = ({ kind }: SourceFailure) =>
  kind === 'unavailable' || kind === 'unusable' || kind === 'absent';

/** No answer at all says nothing of the credential. */
function unreachable({ kind, message, detail }: SourceFailure): DomainError | null {
  if (kind !== 'unavailable' || detail.httpStatus !== undefined) return null;
  return new DomainError('source_unusable', message, { members: { endpoint: detail.endpoint } });
}
