// Assessed items as planning gets them, of the forms that Okta's reader makes.
import type { Candidate, PlanInput } from '../../../domain/planning/build.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { normalizeApplication } from '../../../activities/sources/okta/normalize/application.ts';
import { normalizeGroup } from '../../../activities/sources/okta/normalize/group.ts';
import { normalizeGroupAssignment } from '../../../activities/sources/okta/normalize/assignment.ts';
import type { ApplicationForm } from '../../../domain/inventory/application.ts';
import { mergeContractOf, type MatchKey, type MergeDecision } from '../../../domain/merge/decision.ts';
import type { NormalItem } from '../../../domain/inventory/item.ts';
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
  item.itemType === 'application' ? ((item.normalized as ApplicationForm).oidc?.client_id ?? null) : null;

/** An item of a type that nothing creates yet. */
export const otherCandidate = (n: number, more: Partial<Candidate> = {}): Candidate => ({
  ...groupCandidate(n, `Policy ${n}`),
  targetContract: 'auth_policy',
  compatibilityClass: 'manual_rebuild_required',
  ...more,
});

export const planInput = (candidates: readonly Candidate[], ...liveKeys: string[]): PlanInput => ({
  candidates,
  merging: false,
  live: new Map(liveKeys.map((key) => [key, [{ resourceId: stepId(0) }]])),
  target: builtInTarget,
  newClientId: (id) => `new-${id}`,
});
