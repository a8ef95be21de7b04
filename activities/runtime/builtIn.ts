import { DomainError } from '../../domain/errors.ts';
import { builtInServiceProvider } from '../../domain/target.ts';
import {
  createResource,
  findByKeys,
  findSimilar,
  listResources,
  readResources,
  replaceSecretHash,
} from '../../prisma/store/runtime.ts';
import { TargetRefusal, type TransactionalTarget } from './target.ts';

/**
 * The target built into the product: Prisma tables with the uniqueness that an identity platform enforces. `baseUrl`
 * is where its sign-in is reached, without a slash at its end; null when nobody has told. It verifies no domains.
 */
export const builtInRuntime = (baseUrl: string | null): TransactionalTarget => ({
  transactional: true,
  findByKeys,
  findSimilar,
  list: listResources,
  read: readResources,
  domainStandings: () => Promise.resolve(null),

  async create(tx, tenant, { migratedBy, secret, at, ...resource }) {
    try {
      return await createResource(tx, tenant, resource, {
        migratedBy,
        secretHash: secret?.hash ?? null,
        at,
      });
    } catch (error) {
      throw refusalOf(error) ?? error;
    }
  },

  async replaceSecret(db, tenant, applicationId, { hash }) {
    if (await replaceSecretHash(db, tenant, applicationId, hash)) return;
    throw new TargetRefusal('gone', 'The target has no such application any more.');
  },

  serviceProvider: (tenant) =>
    Promise.resolve(baseUrl === null ? null : builtInServiceProvider(baseUrl, tenant)),
});

function refusalOf(error: unknown): TargetRefusal | null {
  if (!(error instanceof DomainError)) return null;
  if (error.code === 'target_collision') return new TargetRefusal('collision', error.message);
  if (error.code === 'unknown_reference') return new TargetRefusal('gone', error.message);
  return null;
}
