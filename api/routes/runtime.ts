import type { z } from 'zod';
import {
  needsSecret,
  resourceContracts,
  resourceKinds,
  resourceSchemas,
  type Resource,
  type ResourceContract,
} from '../../domain/target.ts';
import { newClientSecret } from '../../platform/oneTimeSecret.ts';
import { createResourceByHand, listResources } from '../../prisma/store/runtime.ts';
import { defaultLimit, pageOf, PageQuery, startOf } from '../http/list.ts';
import { route, type Route } from '../http/route.ts';
import { listOf } from '../views/common.ts';
import { createdViews, resourceViews, viewResource } from '../views/runtime.ts';

/** What the path of one resource of a kind names. */
const parameters = {
  upstream_saml_provider: 'provider_id',
  federation_routing_rule: 'routing_rule_id',
  tenant_oidc_application: 'application_id',
  tenant_group: 'group_id',
  tenant_app_assignment: 'assignment_id',
  auth_policy: 'auth_policy_id',
} as const satisfies Record<ResourceContract, string>;

/** What a repetition says of the secret of an application that has one. */
const withheldOf = (contract: ResourceContract) => (body: unknown) =>
  contract === 'tenant_oidc_application' && needsSecret(resourceSchemas[contract].strip().parse(body))
    ? { secrets_withheld: true }
    : {};

/** The target keeps what it is given: the same three routes for every kind, each with the schema of its payload. */
function routesOf(contract: ResourceContract): Route[] {
  const kind = resourceKinds[contract];
  const words = kind.replaceAll('-', ' ');
  const path = `/${kind}` as const;
  // Each of the parameters leads to a resource.
  const one = `/${kind}/:${parameters[contract]}` as `/${string}/:provider_id`;
  const body: z.ZodType<Resource['payload']> = resourceSchemas[contract];
  return [
    route({
      method: 'GET',
      area: 'runtime',
      path,
      permission: 'portal.runtime.view',
      summary: `List the target\u2019s ${words}, oldest first`,
      query: PageQuery,
      replies: { 200: listOf(resourceViews[contract]) },
      async handle({ services, tenant, query, path: scope }) {
        const limit = query.limit ?? defaultLimit;
        const [after = null] = (startOf(services, { path: scope }, query) ?? []) as string[];
        const page = { after, limit: limit + 1 };
        const rows = await listResources(services.database, tenant, contract, page);
        const position = (row: (typeof rows)[number]) => [row.resourceId];
        return { status: 200, body: pageOf(services, { path: scope }, limit, rows, position, viewResource) };
      },
    }),
    route({
      method: 'POST',
      area: 'runtime',
      path,
      permission: 'portal.runtime.manage',
      summary: `Create one of the target\u2019s ${words} by hand`,
      body,
      begins: { reads: one, withholds: withheldOf(contract) },
      replies: { 201: createdViews[contract] },
      async handle({ services, tenant, body: payload, command, locationOf }) {
        const resource = { contract, payload } as Resource;
        const confidential = resource.contract === 'tenant_oidc_application' && needsSecret(resource.payload);
        const made = confidential ? newClientSecret() : null;
        const hash = made?.hash ?? null;
        const stored = await createResourceByHand(services.database, tenant, resource, hash, command);
        return {
          status: 201,
          headers: { Location: locationOf(stored.resourceId) },
          body: { ...viewResource(stored), ...(made && { client_secret: made.secret }) },
        };
      },
    }),
    route({
      method: 'GET',
      area: 'runtime',
      path: one,
      permission: 'portal.runtime.view',
      summary: `Read one of the target\u2019s ${words}`,
      replies: { 200: resourceViews[contract] },
      async handle({ scope }) {
        return { status: 200, body: viewResource(scope.resource) };
      },
    }),
  ];
}

export const runtimeRoutes = resourceContracts.flatMap(routesOf);
