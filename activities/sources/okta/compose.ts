import type { GroupForm } from '../../../domain/inventory/group.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import type { PolicyForm, PolicyRule } from '../../../domain/inventory/policy.ts';
import type { Certificate, ProviderForm } from '../../../domain/inventory/provider.ts';
import type { Composer } from '../source.ts';
import { oktaObjects } from '../../../domain/inventory/objects.ts';
import { ruleReferences } from './normalize/policy.ts';

/**
 * Joins a provider with the certificates of the keys its trust names. `trust.kid` is the partner's key and is found
 * in `/idps/credentials/keys`; a key id that is not there leaves no certificate, which the rules judge.
 */
const provider: Composer = {
  itemType: 'provider',
  parts: [
    {
      objectKind: oktaObjects.providerKey,
      listedIn: ['identity_provider_keys'],
      wants: (item) => ({ externalIds: (item as StoredItem<'provider'>).normalized.key_ids }),
    },
  ],
  compose(item, found) {
    const form: ProviderForm = (item as StoredItem<'provider'>).normalized;
    const keys = new Map(found(oktaObjects.providerKey)?.map((object) => [object.externalId, object]));
    const certificates = form.key_ids.flatMap((kid, position) => {
      const key = keys.get(kid);
      const { x5c } = (key?.data ?? { x5c: null }) as { x5c: string | null };
      const role: Certificate['role'] = position === 0 ? 'current' : 'additional';
      return key && x5c ? [{ certificate: { key_id: kid, role, x5c }, evidence: key.evidence }] : [];
    });
    return {
      normalized: { ...form, certificates: certificates.map(({ certificate }) => certificate) },
      evidence: certificates.map(({ evidence }) => ({ ...evidence, role: 'certificate' })),
    };
  },
};

/** Joins a policy with its rules, in the order of evaluation. */
const policy: Composer = {
  itemType: 'policy',
  parts: [
    {
      objectKind: oktaObjects.policyRule,
      listedIn: ['policy_rules'],
      listedByItem: true,
      wants: (item) => ({ parent: item.externalId }),
    },
  ],
  compose(item, found) {
    const form: PolicyForm = (item as StoredItem<'policy'>).normalized;
    const objects = found(oktaObjects.policyRule);
    if (!objects) return { normalized: form, evidence: [] };
    const rules = objects
      .map((object) => ({ rule: object.data as PolicyRule, evidence: object.evidence }))
      .sort((a, b) => byPriority(a.rule, b.rule));
    const references = [...form.references, ...rules.flatMap(({ rule }) => ruleReferences(rule))];
    const distinct = new Map(references.map((each) => [`${each.relation} ${each.external_id}`, each]));
    return {
      normalized: { ...form, rules: rules.map(({ rule }) => rule), references: [...distinct.values()] },
      evidence: rules.map(({ evidence }) => evidence),
    };
  },
};

const byPriority = (a: PolicyRule, b: PolicyRule) =>
  (a.priority ?? 0) - (b.priority ?? 0) || (a.external_id < b.external_id ? -1 : 1);

/** Joins a group with its statistics, which an ordinary listing does not carry. */
const group: Composer = {
  itemType: 'group',
  parts: [
    {
      objectKind: oktaObjects.groupStatistics,
      listedIn: [],
      wants: (item) => ({ externalIds: [item.externalId] }),
    },
  ],
  compose(item, found) {
    const form: GroupForm = (item as StoredItem<'group'>).normalized;
    // A refused listing may have given some pages: what they say of a group holds.
    const own = found(oktaObjects.groupStatistics)?.[0];
    if (!own) return { normalized: form, evidence: [] };
    const { members, applications, has_admin_role } = own.data as GroupStatistics;
    return {
      normalized: { ...form, statistics: { members, applications }, has_admin_role },
      evidence: [own.evidence],
    };
  },
};

interface GroupStatistics {
  members: number | null;
  applications: number | null;
  has_admin_role: boolean | null;
}

export const oktaComposers: readonly Composer[] = [provider, policy, group];
