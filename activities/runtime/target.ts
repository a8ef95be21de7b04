import type { TenantId } from '../../domain/ids.ts';
import type { LiveResource, Resource, ResourceContract, ServiceProvider } from '../../domain/target.ts';
import type { MadeResource, MigratedBy, Resembling } from '../../prisma/store/runtime.ts';
import type { Executor, Transaction } from '../../prisma/client.ts';

/** Why the target refuses to make something, in words a person can act on. */
export class TargetRefusal extends Error {
  readonly code: 'collision' | 'dependency_missing' | 'target_refused';
  constructor(code: TargetRefusal['code'], message: string) {
    super(message);
    this.name = 'TargetRefusal';
    this.code = code;
  }
}

/** What to make, with every reference to a resource that is there. */
export type CreateRequest = Resource & {
  migratedBy: MigratedBy;
  /** SHA-256 of the client secret that was made for it before; null without one. */
  secretHash: Uint8Array | null;
  at: Date;
};

/**
 * What a cutover writes to, and what overlaps are looked for in. The built-in target shares our database, so that an
 * effect and its outcome commit together; another one does not, and uses neither executor nor transaction. A target
 * never overwrites and never adopts what it finds.
 */
export interface TargetRuntime {
  /**
   * What the target holds by each of the keys; a key of nothing is not in the answer. `contract:key` are the natural
   * keys of `targetKeys`, which one resource has at most; `tenant_oidc_application.redirects:` and the SHA-256 (hex)
   * of `redirectsText` finds all applications with that set of redirect URIs.
   */
  findByKeys(db: Executor, tenant: TenantId, keys: readonly string[]): Promise<Map<string, LiveResource[]>>;
  /** What resembles something without being it for certain; never a reason to bind. */
  findSimilar(
    db: Executor,
    tenant: TenantId,
    contract: ResourceContract,
    like: Resembling,
  ): Promise<LiveResource[]>;
  /** Resources of a kind in the order of their ids, from above `after`. */
  list(
    db: Executor,
    tenant: TenantId,
    contract: ResourceContract,
    page: { after: string | null; limit: number },
  ): Promise<LiveResource[]>;
  /** Resources by their ids; one that is gone is not in the answer. */
  read(
    db: Executor,
    tenant: TenantId,
    contract: ResourceContract,
    ids: readonly string[],
  ): Promise<LiveResource[]>;
  /** Makes one resource inside the caller's transaction; throws TargetRefusal, after which the transaction is over. */
  create(tx: Transaction, tenant: TenantId, request: CreateRequest): Promise<MadeResource>;
  /** Its own side of the trust in the provider that a step makes; null while nobody has told where it is reached. */
  serviceProvider(tenant: TenantId, stepId: string): Promise<ServiceProvider | null>;
}
