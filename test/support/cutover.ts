import { TenantId } from '../../domain/ids.ts';
import { inTransaction } from '../../prisma/store/constraints.ts';
import { createResource } from '../../prisma/store/runtime.ts';
import type { OktaTenantData } from '../../simulators/okta/data.ts';
import { collectedSource, type collectAnew } from './collected.ts';
import { freshTenant } from './inventory.ts';
import { everyEntry } from './list.ts';
import { previewToken, smallOrg, startOkta, walkToPlan, type Road } from './okta.ts';
import type { Answer, Body } from './answer.ts';
import type { Service } from './service.ts';

/** A plan that has been previewed, in a tenant of its own. */
export interface PreviewedPlan {
  own: Service;
  road: Road;
  plan: string;
  /** Its path, below the tenant. */
  P: string;
  token: string;
  /** Its steps, in order. */
  steps: Body[];
  apply: (headers?: Record<string, string>) => Promise<Answer>;
}

/** Leads an org (a small one by default) to a previewed plan. */
export async function previewedPlan(
  service: Service,
  data: OktaTenantData = smallOrg(),
  collect: typeof collectedSource | typeof collectAnew = collectedSource,
): Promise<PreviewedPlan> {
  const own = await freshTenant(service);
  const okta = await startOkta({ data });
  try {
    const { road, snapshot } = await collect(own, okta);
    const { plan, P } = await walkToPlan(own, road, snapshot.id);
    const token = await previewToken(own, P);
    const steps = await everyEntry(own, `${P}/steps`);
    const apply = (headers: Record<string, string> = {}) =>
      own.call('POST', `${P}/apply`, { body: { preview_token: token }, headers });
    return { own, road, plan, P, token, steps, apply };
  } finally {
    await okta.close();
  }
}

/** Begins to apply a plan without waiting; returns the execution's id. */
export async function beginApply({ apply }: PreviewedPlan): Promise<string> {
  const { body } = await apply({ prefer: 'wait=0' });
  return (body as { id: string }).id;
}

/** Somebody else makes a group at the target; returns its row. */
export async function makeGroup({ database, tenant }: Pick<Service, 'database' | 'tenant'>, name: string) {
  const payload = { name, description: 'somebody else\u2019s' };
  const making = { migratedBy: null, secretHash: null, at: new Date() };
  const { resourceId } = await inTransaction(database, (tx) =>
    createResource(tx, TenantId.parse(tenant), { contract: 'tenant_group', payload }, making),
  );
  return database.runtimeGroup.findUniqueOrThrow({ where: { id: resourceId } });
}

/** Everything that the built-in target holds for a tenant. */
export async function targetOf({ database, tenant }: Service) {
  const where = { where: { tenantId: tenant } };
  const [groups, applications, assignments] = await Promise.all([
    database.runtimeGroup.findMany(where),
    database.runtimeApplication.findMany(where),
    database.runtimeAssignment.findMany(where),
  ]);
  return { groups, applications, assignments };
}
