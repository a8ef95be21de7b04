import type { z } from 'zod';
import type { Actor, Permission } from '../../domain/access.ts';
import type { AssessedItem } from '../../prisma/store/verdicts.ts';
import type { Assessment } from '../../domain/assessment.ts';
import type { Execution, Plan, Step } from '../../domain/plan.ts';
import type { Impact } from '../../domain/impacts.ts';
import type { MergeDecision } from '../../domain/merge/decision.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { Snapshot } from '../../domain/snapshot.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import type { EvidencePage } from '../../prisma/store/evidence.ts';
import type { StoredResource } from '../../prisma/store/runtime.ts';
import type { Command } from '../../prisma/store/command.ts';
import type { Source } from '../../prisma/store/sources.ts';
import type { Workspace } from '../../prisma/store/workspaces.ts';
import type { Services } from '../services.ts';
import type { IfMatch } from './etag.ts';

/** What each id in a path stands for once it has been looked up. */
export interface PathResources {
  workspace_id: { workspace: Workspace };
  source_id: { source: Source };
  snapshot_id: { snapshot: Snapshot };
  item_id: { item: StoredItem };
  evidence_id: { evidence: EvidencePage };
  assessment_id: { assessment: Assessment };
  assessed_item_id: { assessedItem: AssessedItem };
  impact_id: { impact: Impact };
  decision_id: { decision: MergeDecision };
  plan_id: { plan: Plan };
  step_id: { step: Step };
  execution_id: { execution: Execution };
  provider_id: { resource: StoredResource };
  routing_rule_id: { resource: StoredResource };
  application_id: { resource: StoredResource };
  group_id: { resource: StoredResource };
  assignment_id: { resource: StoredResource };
  auth_policy_id: { resource: StoredResource };
}
export type PathParameter = keyof PathResources;

type ParametersOf<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParametersOf<`/${Rest}`>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

type Merged<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** The resources that a path names, all of them there and all of them the tenant's. */
export type ScopeOf<Path extends string> = [ParametersOf<Path> & PathParameter] extends [never]
  ? object
  : Merged<PathResources[ParametersOf<Path> & PathParameter]>;

/** How a call wants long work answered. */
export interface Preference {
  respondAsync: boolean;
  /** Seconds to wait for the result. */
  waitSeconds: number;
}

/** A request that has passed every check up to the state of the resource. */
export interface Request<Path extends string, Query, Body> {
  tenant: TenantId;
  scope: ScopeOf<Path>;
  query: Query;
  body: Body;
  actor: Actor;
  command: Command;
  prefer: Preference;
  /** What If-Match asks for; never null for a PATCH, which must go by what was read. */
  ifMatch: IfMatch | null;
  services: Services;
  /** Path of the request without query, for locations. */
  path: string;
  /** The base path of the route's area, in the tenant. */
  base: string;
  /** Where what this request creates or starts is read; only of a route that says what it begins. */
  locationOf: (resourceId: string) => string;
}

export interface Reply {
  status: number;
  headers?: Record<string, string>;
  /** JSON, validated by the route's schema for the status. */
  body?: unknown;
  /** Bytes instead of JSON. */
  bytes?: { content: Buffer; type: string };
}

/** What the paths below a tenant begin with: its migrations, or what the target holds for it. */
export type Area = 'migrations' | 'runtime';

/** Text that is sent as it is made, however much there will be. */
export interface Streamed {
  headers?: Record<string, string>;
  content: AsyncIterable<string>;
}

/** Another form of what a GET answers with 200, for whoever asks for its media type with Accept. */
export interface Representation<Path extends string = string, Query = unknown> {
  handle(request: Request<Path, Query, unknown>): Promise<Streamed>;
}

/** How what a POST creates or starts is read, and so how the POST is answered when it is repeated. */
export interface Beginning {
  /**
   * Path of the GET that reads it, in the same area. Its last parameter is the id of what was begun, the others are
   * those of the POST.
   */
  reads: string;
  /** What a repetition adds about secrets, which the first answer alone could carry. */
  withholds?: (body: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
}

export interface Route<Path extends string = string, Query = unknown, Body = unknown> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** The migrations where it is not said. */
  area?: Area;
  /** Below the base path of the area. */
  path: Path;
  permission: Permission;
  summary: string;
  query?: z.ZodType<Query>;
  body?: z.ZodType<Body>;
  /** Of a POST that creates or starts something: it heeds Idempotency-Key. */
  begins?: Beginning;
  /** Schema of each status' JSON body. */
  replies: Readonly<Record<number, z.ZodType>>;
  /** Forms other than JSON, by media type. Who asks for none of them, or for anything else, gets JSON. */
  also?: Readonly<Record<string, Representation<Path, Query>>>;
  handle(request: Request<Path, Query, Body>): Promise<Reply>;
}

/**
 * Defines a route. Token, tenant scope, permission, path ids, body and answer are checked by the one mechanism that
 * serves all of them (`api/http/serve.ts`); a route cannot be registered past it.
 */
export const route = <const Path extends string, Query = Record<string, never>, Body = Record<string, never>>(
  definition: Route<Path, Query, Body>,
): Route => definition as unknown as Route;
