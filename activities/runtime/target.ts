import type { TenantId } from '../../domain/ids.ts';
import type { LiveResource, Resource, ResourceContract, ServiceProvider } from '../../domain/target.ts';
import type { ClientSecret } from '../../platform/oneTimeSecret.ts';
import type { MadeResource, MigratedBy, Resembling } from '../../prisma/store/runtime.ts';
import type { Executor, Transaction } from '../../prisma/client.ts';

/**
 * Why the target refuses to make something, in words a person can act on: its key is taken, what it refers to is
 * gone, a limit of the target's is reached, or our access does not suffice.
 */
export class TargetRefusal extends Error {
  readonly code: 'collision' | 'gone' | 'quota' | 'denied';
  constructor(code: TargetRefusal['code'], message: string) {
    super(message);
    this.name = 'TargetRefusal';
    this.code = code;
  }
}

/** What to make, with every reference to a resource that is there. */
export type CreateRequest = Resource & {
  migratedBy: MigratedBy;
  /** The client secret that was made for it before; null without one. A target keeps of it what it needs. */
  secret: ClientSecret | null;
  at: Date;
};

/** What another system is asked to make, written down before it is asked. */
export interface Intent {
  /** The id that it is to have, or to carry with it, where the target lets us choose. */
  resourceId: string;
  stepId: string;
  /** Tells one call from another; of calls that overlap, one makes the resource. */
  callId: string;
}

/** A resource that was made by us, and the call that made it; null where the target cannot carry that. */
export type FoundResource = MadeResource & { callId: string | null };

/** A domain that is `taken` is another tenant's, whoever has verified it besides. */
export type DomainStanding = 'verified' | 'taken';

/** What all targets can be asked. One that does not share our database has no use for the executor. */
interface TargetReads {
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
  /**
   * How e-mail domains (A-labels in lower case) stand for the tenant, by the domains as they were asked for; one that
   * nobody has verified is not in the answer. Null of a target that verifies no domains: then nothing can be said.
   */
  domainStandings(
    db: Executor,
    tenant: TenantId,
    domains: readonly string[],
  ): Promise<Map<string, DomainStanding> | null>;
  /** Its own side of the trust in the provider that a step makes; null while nobody has told where it is reached. */
  serviceProvider(tenant: TenantId, stepId: string): Promise<ServiceProvider | null>;
  /** Gives an application another client secret; throws TargetRefusal (`gone`) when there is no such application. */
  replaceSecret(db: Executor, tenant: TenantId, applicationId: string, secret: ClientSecret): Promise<void>;
}

/** A target that shares our database, so that an effect and its outcome commit together. */
export interface TransactionalTarget extends TargetReads {
  readonly transactional: true;
  /** Makes one resource inside the caller's transaction; throws TargetRefusal, after which the transaction is over. */
  create(tx: Transaction, tenant: TenantId, request: CreateRequest): Promise<MadeResource>;
}

/**
 * A target elsewhere, which neither commits with us nor behaves well: a call's answer may be lost, late, or wrong.
 * What a call came to is therefore always read.
 */
export interface OutsideTarget extends TargetReads {
  readonly transactional: false;
  /** Asks for one resource. TargetRefusal says no for certain, but for `collision`, which our own call may have caused. */
  create(tenant: TenantId, request: CreateRequest, intent: Intent): Promise<void>;
  /** The resource that bears our mark or has the id that the intent chose; null while there is none. */
  findMade(tenant: TenantId, contract: ResourceContract, intent: Intent): Promise<FoundResource | null>;
}

/** What a cutover writes to, and what overlaps are looked for in. It never overwrites and never adopts what it finds. */
export type TargetRuntime = TransactionalTarget | OutsideTarget;
