import { z } from 'zod';
import { DomainError, type FieldError } from '../errors.ts';
import { emailDomain, groupNameKey } from '../target.ts';
import { DisplayName, FreeText } from '../workspace.ts';
import {
  resolutions,
  type MatchedResource,
  type MergeContract,
  type MergeDecision,
  type TargetOverrides,
} from './decision.ts';
import type { SourceSide } from './source.ts';

/** What a person asks for. Which overrides there are depends on what the item becomes (`overridesSchemas`). */
export const ResolveRequest = z.strictObject({
  resolution: z.enum(resolutions),
  matched_resource_id: z.uuid().toLowerCase().optional(),
  target_overrides: z.record(z.string(), z.unknown()).optional(),
  allow_shared: z.boolean().optional(),
  note: FreeText.optional(),
});
export type ResolveRequest = z.infer<typeof ResolveRequest>;

const ClientId = z
  .string()
  .min(1)
  .max(200)
  // RFC 6749, A.1: visible characters of ASCII.
  .regex(/^[\x21-\x7e]+$/, 'A client id has no characters but visible ones of ASCII.');

const Domain = z
  .string()
  .transform((text) => emailDomain(text))
  .refine((domain): domain is string => domain !== null, 'This is not a domain.');

/**
 * What a new resource may have instead of what collides. A provider has nothing: a second one with the same entity id
 * can never be created.
 */
export const overridesSchemas = {
  upstream_saml_provider: z.strictObject({}),
  federation_routing_rule: z.strictObject({ domains: z.array(Domain).min(1).max(1000) }),
  tenant_group: z.strictObject({ name: DisplayName }),
  tenant_oidc_application: z.strictObject({ name: DisplayName, client_id: ClientId.optional() }),
} as const satisfies Record<MergeContract, z.ZodType>;

/** What becomes of the provider that an item's routing rule needs. */
export interface RuleProvider {
  name: string;
  /** The live provider it is bound to, by decision or by an earlier migration; null when it is not. */
  boundTo: string | null;
  pending: boolean;
}

export interface ResolveContext {
  decision: Pick<MergeDecision, 'contract' | 'matchedResources'>;
  source: SourceSide;
  /** Other items that are bound to the resource which the request names. */
  holders: readonly { name: string }[];
  /** Null for everything but a routing rule, and for one whose provider is not in the snapshot. */
  ruleProvider: RuleProvider | null;
}

export interface CheckedResolution {
  resolution: ResolveRequest['resolution'];
  matchedResourceId: string | null;
  targetOverrides: TargetOverrides | null;
  allowShared: boolean;
  note: string | null;
}

/**
 * Checks a resolution against its row. Refuses, all 422: `validation_failed` (members that the resolution does not
 * have, malformed overrides), `unknown_reference` (no matched resource of this row), `incompatible_match`,
 * `match_already_bound`. Overrides of a `create_new` need not avoid the collision: without that the item stays for a
 * person to do by hand (`avoidsCollision`).
 */
export function checkResolution(request: ResolveRequest, context: ResolveContext): CheckedResolution {
  const errors = strayMembers(request, context.decision.contract);
  if (errors.length > 0) throw invalid(errors);
  const checked: CheckedResolution = {
    resolution: request.resolution,
    matchedResourceId: request.matched_resource_id ?? null,
    targetOverrides: readOverrides(request, context),
    allowShared: request.allow_shared ?? false,
    note: request.note ?? null,
  };
  if (request.resolution === 'map_to_existing') requireBindable(checked, context);
  return checked;
}

const invalid = (errors: FieldError[]) =>
  new DomainError('validation_failed', 'The resolution has members that are missing, wrong or unknown.', {
    errors,
  });

function strayMembers(request: ResolveRequest, contract: MergeContract): FieldError[] {
  const mapping = request.resolution === 'map_to_existing';
  const errors: FieldError[] = [];
  const refuse = (member: string, message: string) => errors.push({ pointer: `/${member}`, message });
  if (mapping && request.matched_resource_id === undefined)
    refuse('matched_resource_id', 'Name one of the matched resources.');
  if (!mapping && request.matched_resource_id !== undefined)
    refuse('matched_resource_id', 'Only map_to_existing names a resource.');
  if (request.resolution !== 'create_new' && request.target_overrides !== undefined)
    refuse('target_overrides', 'Only create_new has overrides.');
  if (request.allow_shared && !(mapping && contract === 'tenant_group'))
    refuse('allow_shared', 'Only a group can be shared by items that are mapped to it.');
  return errors;
}

function readOverrides(
  request: ResolveRequest,
  { decision, source }: ResolveContext,
): TargetOverrides | null {
  if (request.target_overrides === undefined) return null;
  const parsed = overridesSchemas[decision.contract].safeParse(request.target_overrides);
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.map((issue) => ({
        pointer: ['', 'target_overrides', ...issue.path.map(String)].join('/'),
        message:
          issue.code === 'unrecognized_keys'
            ? `There is no such override: ${issue.keys.join(', ')}.`
            : issue.message,
      })),
    );
  }
  const overrides: TargetOverrides = parsed.data;
  if (source.contract === 'federation_routing_rule') {
    const own = new Set(source.payload.domains);
    const strange = overrides.domains?.findIndex((domain) => !own.has(domain)) ?? -1;
    if (strange !== -1) {
      const message = 'The rule at the incumbent does not have this domain.';
      throw invalid([{ pointer: `/target_overrides/domains/${strange}`, message }]);
    }
  }
  return overrides;
}

function requireBindable(checked: CheckedResolution, context: ResolveContext): void {
  const { decision, source, holders, ruleProvider } = context;
  const resource = decision.matchedResources.find((each) => each.resource_id === checked.matchedResourceId);
  const pointer = '/matched_resource_id';
  if (!resource) {
    throw new DomainError('unknown_reference', 'The resource is not one that this item was matched with.', {
      errors: [{ pointer, message: 'It is none of the matched_resources of this decision.' }],
    });
  }
  const reasons = [...incompatibilities(source, resource), ...ruleFaults(source, resource, ruleProvider)];
  if (reasons.length > 0) {
    throw new DomainError('incompatible_match', reasons.join(' '), {
      errors: reasons.map((message) => ({ pointer, message })),
    });
  }
  const [holder] = holders;
  const shared = decision.contract === 'tenant_group' && checked.allowShared;
  if (holder && !shared) {
    const how =
      decision.contract === 'tenant_group' ? ' Say allow_shared if both are to be this one group.' : '';
    const message = `\u201c${holder.name}\u201d is bound to it already.${how}`;
    throw new DomainError('match_already_bound', message, { errors: [{ pointer, message }] });
  }
}

/** Why an item must not become a resource, whatever a person thinks of it; none when it may. */
export function incompatibilities(source: SourceSide, resource: MatchedResource): string[] {
  const reasons: string[] = [];
  const { payload } = resource;
  if (source.contract === 'tenant_oidc_application' && payload.client_type !== source.payload.client_type) {
    reasons.push(
      `The application here is ${source.payload.client_type}, the one at the target ${String(payload.client_type)}.`,
    );
  }
  if (payload.enabled === false) reasons.push('It is disabled at the target.');
  if (resource.group?.privileged === true)
    reasons.push('The group has a privileged role at the target, which whoever is in it would have.');
  return reasons;
}

/** A rule at the target stands for the item only when it sends the same people, or more, to the same provider. */
export function ruleFaults(
  source: SourceSide,
  resource: MatchedResource,
  provider: RuleProvider | null,
): string[] {
  if (source.contract !== 'federation_routing_rule') return [];
  const reasons: string[] = [];
  const live = new Set(textsOf(resource.payload.domains));
  const missing = source.payload.domains.filter((domain) => !live.has(domain));
  if (missing.length > 0) reasons.push(`The rule at the target does not have ${missing.join(', ')}.`);
  if (provider?.pending) {
    reasons.push(`Decide first what becomes of its provider \u201c${provider.name}\u201d.`);
  } else if (!provider?.boundTo || provider.boundTo !== providerOf(resource)) {
    reasons.push('The rule at the target sends people to another provider than this item\u2019s.');
  }
  return reasons;
}

/** The live provider that a live rule sends people to. */
export const providerOf = ({ payload }: MatchedResource): string | null =>
  (payload.provider as { resource_id?: string } | undefined)?.resource_id ?? null;

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

/**
 * Whether what was captured would not collide with a new resource of these overrides. Whether it is free indeed is
 * looked up again by preview and apply.
 */
export function avoidsCollision(
  decision: Pick<MergeDecision, 'contract' | 'name' | 'matchedResources' | 'similar' | 'targetOverrides'>,
): boolean {
  const { matchedResources: matched, similar, targetOverrides: overrides } = decision;
  switch (decision.contract) {
    case 'upstream_saml_provider':
      return matched.length === 0 && similar.every((each) => !each.resembles.includes('entity_id'));
    case 'federation_routing_rule': {
      const taken = new Set(matched.flatMap((each) => textsOf(each.payload.domains)));
      return matched.length === 0 || (overrides?.domains?.every((domain) => !taken.has(domain)) ?? false);
    }
    case 'tenant_group': {
      const taken = [...matched, ...similar].map((each) => groupNameKey(each.name));
      return !taken.includes(groupNameKey(overrides?.name ?? decision.name));
    }
    case 'tenant_oidc_application': {
      if (matched.length === 0) return true;
      const names = [...matched, ...similar].map((each) => groupNameKey(each.name));
      const clientIds = matched.map((each) => each.payload.client_id);
      const byClientId = matched.some((each) => each.match_keys.includes('client_id'));
      const renamed = overrides?.name !== undefined && !names.includes(groupNameKey(overrides.name));
      const other = overrides?.client_id !== undefined && !clientIds.includes(overrides.client_id);
      return renamed && (!byClientId || other);
    }
  }
}
