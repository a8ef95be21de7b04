import type { TenantId } from '../../domain/ids.ts';
import type { TargetPayload, CreatableContract } from '../../domain/target.ts';
import type { LiveResource, MigratedBy } from '../../prisma/store/runtime.ts';
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

export interface CreateRequest {
  contract: CreatableContract;
  /** References resolved: only resource ids are left in it. */
  payload: TargetPayload;
  migratedBy: MigratedBy;
  /** SHA-256 of the client secret that was made for it before; null without one. */
  secretHash: Uint8Array | null;
  at: Date;
}

/**
 * What a cutover writes to. The built-in target shares our database, so that an effect and its outcome commit
 * together; it never overwrites and never adopts what it finds.
 */
export interface TargetRuntime {
  /** Which of the natural keys (`contract:key`) are taken. */
  findByKeys(db: Executor, tenant: TenantId, keys: readonly string[]): Promise<Map<string, LiveResource>>;
  /** Makes one resource inside the caller's transaction; throws TargetRefusal. */
  create(tx: Transaction, tenant: TenantId, request: CreateRequest): Promise<LiveResource>;
}
