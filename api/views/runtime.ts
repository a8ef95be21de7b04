import { z } from 'zod';
import { resourceSchemas, type ResourceContract } from '../../domain/target.ts';
import type { StoredResource } from '../../prisma/store/runtime.ts';
import { SecretsWithheld } from './plan.ts';

/** What the target adds to a payload of its own. */
const added = {
  id: z.string(),
  fingerprint: z.string().meta({ description: 'SHA-256 (hex) of the payload as canonical JSON.' }),
  migrated_by: z
    .strictObject({
      source_id: z.string(),
      external_id: z.string(),
      plan_id: z.string(),
      step_id: z.string(),
      execution_id: z.string(),
    })
    .nullable()
    .meta({ description: 'The step that made it; null when it was made by hand.' }),
};

/** A resource of each kind as it is shown: its payload, and what the target says of it. */
export const resourceViews = {
  upstream_saml_provider: resourceSchemas.upstream_saml_provider
    .extend(added)
    .meta({ id: 'RuntimeProvider' }),
  federation_routing_rule: resourceSchemas.federation_routing_rule
    .extend(added)
    .meta({ id: 'RuntimeRoutingRule' }),
  tenant_oidc_application: resourceSchemas.tenant_oidc_application
    .extend(added)
    .meta({ id: 'RuntimeApplication' }),
  tenant_group: resourceSchemas.tenant_group.extend(added).meta({ id: 'RuntimeGroup' }),
  tenant_app_assignment: resourceSchemas.tenant_app_assignment
    .extend(added)
    .meta({ id: 'RuntimeAssignment' }),
  auth_policy: resourceSchemas.auth_policy.extend(added).meta({ id: 'RuntimeAuthPolicy' }),
} as const satisfies Record<ResourceContract, z.ZodType>;

/** An application in the answer that made it, with the client secret that is shown this once. */
const CreatedApplication = resourceSchemas.tenant_oidc_application
  .extend({
    ...added,
    client_secret: z.string().optional().meta({
      description: 'Of an application that authenticates with one; it is shown here and never again.',
    }),
    secrets_withheld: SecretsWithheld.optional(),
  })
  .meta({ id: 'CreatedRuntimeApplication' });

export const createdViews = { ...resourceViews, tenant_oidc_application: CreatedApplication } as const;

export const viewResource = ({ resourceId, payload, fingerprint, migratedBy }: StoredResource) => ({
  id: resourceId,
  ...payload,
  fingerprint,
  migrated_by: migratedBy,
});
