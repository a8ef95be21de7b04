// Assessed items as planning gets them, of the forms that Okta's reader makes.
import { completePlan, draftPlan } from '../../../domain/planning/build.ts';
import { isOf, type Candidate, type LiveKeys, type PlanInput } from '../../../domain/planning/candidate.ts';
import { checkPlan, type ItemFacts, type PlanFault } from '../../../domain/planning/check.ts';
import type { PlannedStep } from '../../../domain/planning/plannedStep.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { normalizeApplication } from '../../../activities/sources/okta/normalize/application.ts';
import { normalizeGroup } from '../../../activities/sources/okta/normalize/group.ts';
import { normalizeGroupAssignment } from '../../../activities/sources/okta/normalize/assignment.ts';
import { normalizeProvider } from '../../../activities/sources/okta/normalize/provider.ts';
import { normalizeRoutingRule } from '../../../activities/sources/okta/normalize/routingRule.ts';
import { mergeContractOf, type MatchKey, type MergeDecision } from '../../../domain/merge/decision.ts';
import { matchKeysOf } from '../../../domain/merge/overlap.ts';
import { sourceSideOf } from '../../../domain/merge/source.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
import type { LiveResource, ServiceProvider } from '../../../domain/target.ts';
import type { Body } from '../../support/answer.ts';
import { cleanApplication, cleanGroup } from '../rules/okta/support.ts';

/** A UUID that says what it numbers. */
export const stepId = (n: number): string => `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const candidate = (n: number, item: NormalItem, more: Partial<Candidate>): Candidate => ({
  stepId: stepId(n),
  item: { ...item, id: `item-${n}`, ordinal: BigInt(n) },
  compatibilityClass: 'native_import',
  targetContract: 'none',
  rationale: 'Reason.',
  remedy: 'Remedy.',
  needs: [],
  decision: null,
  inScope: true,
  link: null,
  applied: null,
  ...more,
});

export function groupCandidate(n: number, name: string, more: Partial<Candidate> = {}): Candidate {
  const { raw } = cleanGroup();
  raw.profile.name = name;
  return candidate(n, normalizeGroup(raw), { targetContract: 'tenant_group', ...more });
}

export function applicationCandidate(
  n: number,
  change: (settings: Body, credentials: Body, raw: Body) => void = () => undefined,
  more: Partial<Candidate> = {},
): Candidate {
  const { raw } = cleanApplication();
  raw.label = `Application ${n}`;
  raw.credentials.oauthClient.client_id = `0oa${n}`;
  change(raw.settings.oauthClient, raw.credentials.oauthClient, raw);
  return candidate(n, normalizeApplication(raw), { targetContract: 'tenant_oidc_application', ...more });
}

export function assignmentCandidate(
  n: number,
  application: Candidate | null,
  group: Candidate | null,
  more: Partial<Candidate> = {},
): Candidate {
  const item = normalizeGroupAssignment({ id: '00g1', priority: 0, profile: {} }, '0oa1');
  return candidate(n, item, {
    targetContract: 'tenant_app_assignment',
    needs: [
      { relation: 'application', itemId: application?.item.id ?? null },
      { relation: 'group', itemId: group?.item.id ?? null },
    ],
    ...more,
  });
}

export function providerCandidate(n: number, more: Partial<Candidate> = {}, entityId?: string): Candidate {
  const item = normalizeProvider({
    id: `0oi${n}`,
    type: 'SAML2',
    name: `Partner ${n}`,
    status: 'ACTIVE',
    protocol: {
      type: 'SAML2',
      endpoints: { sso: { url: `https://idp.partner${n}.example/sso`, binding: 'HTTP-POST' } },
      credentials: { trust: { issuer: entityId ?? `https://idp.partner${n}.example/saml`, kid: 'k1' } },
    },
  });
  const certificates = [{ key_id: 'k1', role: 'current' as const, x5c: 'MIIB' }];
  const evidenced = { ...item, normalized: { ...item.normalized, certificates } };
  return candidate(n, evidenced, { targetContract: 'upstream_saml_provider', ...more });
}

export function ruleCandidate(
  n: number,
  provider: Candidate | null,
  domains: readonly string[],
  more: Partial<Candidate> & { priority?: number } = {},
): Candidate {
  const { priority = n, ...rest } = more;
  const item = normalizeRoutingRule({
    id: `0pr${n}`,
    name: `Rule ${n}`,
    status: 'ACTIVE',
    system: false,
    priority,
    type: 'IDP_DISCOVERY',
    conditions: {
      userIdentifier: {
        type: 'IDENTIFIER',
        patterns: domains.map((value) => ({ matchType: 'SUFFIX', value })),
      },
    },
    actions: { idp: { providers: [{ type: 'SAML2', id: provider?.item.externalId ?? 'gone' }] } },
  });
  return candidate(n, item, {
    targetContract: 'federation_routing_rule',
    needs: [{ relation: 'provider', itemId: provider?.item.id ?? null }],
    ...rest,
  });
}

/** What was decided about a candidate that has the key of `name` at the target; pending without a resolution. */
export function decided(of: Candidate, name: string, more: Partial<MergeDecision> = {}): Candidate {
  const contract = mergeContractOf(of.item.itemType);
  if (contract === null) throw new Error('It overlaps with nothing.');
  const payload = { name, client_id: clientIdOf(of) };
  const match_keys: MatchKey[] = [contract === 'tenant_group' ? 'name' : 'client_id'];
  const resource = { resource_type: contract, resource_id: stepId(900), name, payload, match_keys };
  const decision: MergeDecision = {
    id: stepId(800),
    assessmentId: stepId(801),
    itemId: of.item.id,
    ordinal: of.item.ordinal,
    itemType: of.item.itemType,
    externalId: 'x',
    name: of.item.name,
    vendorKind: 'x',
    contract,
    status: more.resolution ? 'resolved' : 'pending',
    matchedResources: [{ ...resource, differences: [], group: null, fingerprint: 'f' }],
    similar: [],
    resolution: null,
    matchedResourceId: null,
    targetOverrides: null,
    allowShared: false,
    note: null,
    resolved: null,
    staleReason: null,
    carriedFrom: null,
    history: [],
    version: 3,
    ...more,
  };
  return { ...of, decision };
}

const clientIdOf = ({ item }: Candidate): string | null =>
  isOf(item, 'application') ? (item.normalized.oidc?.client_id ?? null) : null;

/** The target's own resource that is what an item is, with some members changed. */
export function counterpart(
  candidate: Candidate,
  n: number,
  change: object = {},
  fingerprint = `f${n}`,
): LiveResource {
  const source = sourceSideOf(candidate.item);
  if (!source) throw new Error('It would become nothing.');
  const own = {
    upstream_saml_provider: { service_provider: { entity_id: 'ours' } },
    federation_routing_rule: { provider: { resource_id: stepId(901) } },
    tenant_group: {},
    tenant_oidc_application: {},
  }[source.contract];
  const payload = { ...source.payload, ...own, ...change };
  return {
    contract: source.contract,
    payload,
    resourceId: stepId(n),
    name: payload.name,
    fingerprint,
    group: null,
  } as LiveResource;
}

/** It was decided that an item is a resource, as that was then. */
export function mapped(
  candidate: Candidate,
  live: LiveResource,
  more: Partial<MergeDecision> = {},
): Candidate {
  const source = sourceSideOf(candidate.item);
  if (!source) throw new Error('It would become nothing.');
  const resource = {
    resource_type: source.contract,
    resource_id: live.resourceId,
    name: live.name,
    match_keys: [...matchKeysOf(source, null).values()],
    differences: [],
    group: live.group,
    fingerprint: live.fingerprint,
    payload: live.payload,
  };
  return decided(candidate, live.name, {
    resolution: 'map_to_existing',
    matchedResourceId: live.resourceId,
    matchedResources: [resource],
    ...more,
  });
}

export const linkTo = ({ resourceId, fingerprint }: LiveResource) => ({ resourceId, fingerprint });

/** An item of a type that nothing creates yet. */
export const otherCandidate = (n: number, more: Partial<Candidate> = {}): Candidate => ({
  ...groupCandidate(n, `Policy ${n}`),
  targetContract: 'auth_policy',
  compatibilityClass: 'manual_rebuild_required',
  ...more,
});

const ours: ServiceProvider = {
  entity_id: 'https://target.example/saml',
  acs_url: 'https://target.example/saml/acs',
  metadata_url: 'https://target.example/saml/metadata',
  requests_signed: false,
  request_signing_certificate: null,
};

/** Something of which only matters that it is there. */
const anything = (key: string): LiveResource => ({
  contract: 'tenant_group',
  payload: { name: key, description: null },
  resourceId: stepId(0),
  name: key,
  fingerprint: 'f',
  group: null,
});

/** A first cutover to a target that holds something under these keys; `more` changes that. */
export const planInput = (candidates: readonly Candidate[], ...liveKeys: string[]): PlanInput => ({
  candidates,
  merging: false,
  live: new Map(liveKeys.map((key) => [key, [anything(key)]])),
  resources: new Map(),
  serviceProviders: new Map(candidates.map((each) => [each.stepId, ours])),
  target: builtInTarget,
  newClientId: (id) => `new-${id}`,
});

/** The whole plan; the assignments that the target has are among what is live. */
export const buildPlan = (input: PlanInput, assigned: LiveKeys = input.live): PlannedStep[] =>
  completePlan(draftPlan(input), assigned);

/** What the check knows of candidates. */
export const factsOf = (candidates: readonly Candidate[]): Map<string, ItemFacts> =>
  new Map(
    candidates.map(({ item, applied, ...each }) => [
      item.id,
      {
        ...each,
        appId: isOf(item, 'application') ? (item.normalized.entra?.app_id?.toLowerCase() ?? null) : null,
        appliedAs: applied?.resourceId ?? null,
      },
    ]),
  );

export const faultsOf = (steps: readonly PlannedStep[], candidates: readonly Candidate[]): PlanFault[] =>
  checkPlan(steps, factsOf(candidates));
