import { DomainError } from '../../domain/errors.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { ResourceContract } from '../../domain/target.ts';
import { findAssessment } from '../../prisma/store/assessments.ts';
import { findAssessedItem } from '../../prisma/store/verdicts.ts';
import { findEvidence } from '../../prisma/store/evidence.ts';
import { findExecution } from '../../prisma/store/executions.ts';
import { findImpact } from '../../prisma/store/impacts.ts';
import { findItem } from '../../prisma/store/items.ts';
import { findDecision } from '../../prisma/store/mergeDecisions.ts';
import { findPlan } from '../../prisma/store/plans.ts';
import { findResource } from '../../prisma/store/runtime.ts';
import { findSnapshot } from '../../prisma/store/snapshots.ts';
import { findSource } from '../../prisma/store/sources.ts';
import { findStep } from '../../prisma/store/steps.ts';
import { findWorkspace } from '../../prisma/store/workspaces.ts';
import type { Database } from '../../prisma/client.ts';
import type { PathParameter, PathResources } from './route.ts';

/** What has been found so far, by the name of the parameter that gave it. */
type Found = Partial<Record<PathParameter, string>>;

type Finder<Parameter extends PathParameter> = (
  database: Database,
  tenant: TenantId,
  id: string,
  found: Found,
) => Promise<PathResources[Parameter] | null>;

const named = <Name extends string, Value>(name: Name, value: Value | null) =>
  value === null ? null : ({ [name]: value } as Record<Name, Value>);

const resourceOf = (contract: ResourceContract) => async (database: Database, tenant: TenantId, id: string) =>
  named('resource', await findResource(database, tenant, contract, id));

/**
 * Looks an id up under the resources before it in the path. An id of another tenant, workspace or source asks the
 * same question of the database as one that never existed, and gets the same answer.
 */
const finders: { [Parameter in PathParameter]: Finder<Parameter> } = {
  workspace_id: async (db, tenant, id) => named('workspace', await findWorkspace(db, tenant, id)),
  source_id: async (db, tenant, id, { workspace_id = '' }) =>
    named('source', await findSource(db, tenant, workspace_id, id)),
  snapshot_id: async (db, tenant, id, { workspace_id, source_id }) =>
    named(
      'snapshot',
      await findSnapshot(db, tenant, id, {
        ...(workspace_id !== undefined && { workspaceId: workspace_id }),
        ...(source_id !== undefined && { sourceId: source_id }),
      }),
    ),
  item_id: async (db, tenant, id, { snapshot_id = '' }) =>
    named('item', await findItem(db, tenant, snapshot_id, id)),
  evidence_id: async (db, tenant, id, { snapshot_id = '' }) =>
    named('evidence', await findEvidence(db, tenant, snapshot_id, id)),
  assessment_id: async (db, tenant, id, { workspace_id = '' }) =>
    named('assessment', await findAssessment(db, tenant, id, { workspaceId: workspace_id })),
  assessed_item_id: async (db, tenant, id, { assessment_id = '' }) =>
    named('assessedItem', await findAssessedItem(db, tenant, assessment_id, id)),
  impact_id: async (db, tenant, id, { assessment_id = '' }) =>
    named('impact', await findImpact(db, tenant, assessment_id, id)),
  decision_id: async (db, tenant, id, { assessment_id = '' }) =>
    named('decision', await findDecision(db, tenant, assessment_id, id)),
  plan_id: async (db, tenant, id, { workspace_id = '' }) =>
    named('plan', await findPlan(db, tenant, id, { workspaceId: workspace_id })),
  step_id: async (db, tenant, id, { plan_id = '' }) => named('step', await findStep(db, tenant, plan_id, id)),
  execution_id: async (db, tenant, id, { plan_id = '' }) =>
    named('execution', await findExecution(db, tenant, id, { planId: plan_id })),
  provider_id: resourceOf('upstream_saml_provider'),
  routing_rule_id: resourceOf('federation_routing_rule'),
  application_id: resourceOf('tenant_oidc_application'),
  group_id: resourceOf('tenant_group'),
  assignment_id: resourceOf('tenant_app_assignment'),
  auth_policy_id: resourceOf('auth_policy'),
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Resolves every id of a path in order; a malformed, absent or foreign one is `not_found`, all alike. */
export async function resolvePath(
  database: Database,
  tenant: TenantId,
  parameters: readonly [string, string][],
): Promise<object> {
  const scope = {};
  const found: Found = {};
  for (const [name, value] of parameters) {
    const id = value.toLowerCase();
    const parameter = name as PathParameter;
    const resource = uuid.test(id) ? await finders[parameter](database, tenant, id, found) : null;
    if (!resource) throw notFound();
    Object.assign(scope, resource);
    found[parameter] = id;
  }
  return scope;
}

export const notFound = () => new DomainError('not_found', 'There is nothing here, or not for you.');
