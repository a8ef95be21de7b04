import { canonicalJson } from '../../domain/canonical.ts';
import type { TenantId } from '../../domain/ids.ts';
import {
  targetKeys,
  type TargetReference,
  type TenantAppAssignment,
  type TenantGroup,
  type TenantOidcApplication,
} from '../../domain/target.ts';
import { sha256Hex } from '../../platform/digest.ts';
import type { Transaction } from '../../prisma/client.ts';
import {
  assignmentExists,
  createRuntimeApplication,
  createRuntimeAssignment,
  createRuntimeGroup,
  findByKeys,
} from '../../prisma/store/runtime.ts';
import { TargetRefusal, type CreateRequest, type TargetRuntime } from './target.ts';

/** The target built into the product: Prisma tables with the uniqueness that an identity platform enforces. */
export const builtInRuntime: TargetRuntime = {
  findByKeys,

  async create(tx, tenant, request) {
    const fingerprint = sha256Hex(canonicalJson(request.payload));
    const making = { fingerprint, migratedBy: request.migratedBy, at: request.at };
    switch (request.contract) {
      case 'tenant_group': {
        const payload = request.payload as TenantGroup;
        await requireFree(tx, tenant, targetKeys.tenant_group(payload));
        return { resourceId: await createRuntimeGroup(tx, tenant, payload, making), fingerprint };
      }
      case 'tenant_oidc_application': {
        const payload = request.payload as TenantOidcApplication;
        await requireFree(tx, tenant, targetKeys.tenant_oidc_application(payload));
        const resourceId = await createRuntimeApplication(tx, tenant, payload, request.secretHash, making);
        return { resourceId, fingerprint };
      }
      case 'tenant_app_assignment': {
        const ends = assignmentEnds(request);
        if (await assignmentExists(tx, tenant, ends)) {
          throw new TargetRefusal('collision', 'The group is assigned to the application already.');
        }
        return { resourceId: await createRuntimeAssignment(tx, tenant, ends, making), fingerprint };
      }
    }
  },
};

async function requireFree(tx: Transaction, tenant: TenantId, keys: readonly string[]): Promise<void> {
  const [taken] = (await findByKeys(tx, tenant, keys)).keys();
  if (taken !== undefined) {
    throw new TargetRefusal('collision', `The target already has ${taken}; nothing was overwritten.`);
  }
}

function assignmentEnds(request: CreateRequest): { applicationId: string; groupId: string } {
  const payload = request.payload as TenantAppAssignment;
  return { applicationId: resolved(payload.application), groupId: resolved(payload.group) };
}

function resolved(reference: TargetReference): string {
  if ('resource_id' in reference) return reference.resource_id;
  throw new TargetRefusal('dependency_missing', `Step ${reference.step_id} has made nothing to refer to.`);
}
