import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import { secretBinding } from '../../domain/source.ts';
import { openSecret } from '../../platform/sealing.ts';
import { findSourceVersion, sealedSecretOf } from '../../prisma/store/sources.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { SourceReader } from './source.ts';

export interface OpenedSource {
  reader: SourceReader;
  /** Whether the source has another credential by now than the one that the reader carries. */
  isOutdated(): Promise<boolean>;
  /** Of the source, whose credential this is. */
  version: number;
}

/** Opens a source with its credential, which is in memory for as long as the reader; `source_archived`. */
export async function openSource(
  deps: ActivityDependencies,
  tenant: TenantId,
  sourceId: string,
): Promise<OpenedSource> {
  const found = await sealedSecretOf(deps.database, tenant, sourceId);
  if (!found) throw new DomainError('source_archived', 'The source is archived or has no credential.');
  const { source, sealed } = found;
  const secret = await openSecret(deps.keyRing, secretBinding(source), sealed);
  return {
    reader: deps.openReader(source, secret),
    isOutdated: async () => (await findSourceVersion(deps.database, tenant, sourceId)) !== source.version,
    version: source.version,
  };
}
