import type { GroupForm } from '../../../domain/inventory/group.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import type { PolicyForm, PolicyRule } from '../../../domain/inventory/policy.ts';
import type { Certificate, ProviderForm } from '../../../domain/inventory/provider.ts';
import type { Composer } from '../source.ts';
import { oktaObjects } from './collections.ts';
import { ruleReferences } from './normalize/policy.ts';

/**
 * Joins a provider with the certificates of the keys its trust names. `trust.kid` is the partner's key and is found
 * in `/idps/credentials/keys`; a key id that is not there leaves no certificate, which the rules judge.
 */
const provider: Composer = {
  itemType: 'provider',
  objectKind: oktaObjects.providerKey,
  wants: (item) => ({ externalIds: (item as StoredItem<'provider'>).normalized.key_ids }),
  compose(item, objects) {
    const form: ProviderForm = (item as StoredItem<'provider'>).normalized;
    const keys = new Map(objects.map((object) => [object.externalId, object]));
    const found = form.key_ids.flatMap((kid, position) => {
      const key = keys.get(kid);
      const { x5c } = (key?.data ?? { x5c: null }) as { x5c: string | null };
      const role: Certificate['role'] = position === 0 ? 'current' : 'additional';
      return key && x5c ? [{ certificate: { key_id: kid, role, x5c }, evidence: key.evidence }] : [];
    });
    return {
      normalized: { ...form, certificates: found.map(({ certificate }) => certificate) },
      evidence: found.map(({ evidence }) => ({ ...evidence, role: 'certificate' })),
    };
  },
};

/** Joins a policy with its rules, in the order of evaluation. */
const policy: Composer = {
  itemType: 'policy',
  objectKind: oktaObjects.policyRule,
  listedIn: 'policy_rules',
  wants: (item) => ({ parent: item.externalId }),
  compose(item, objects) {
    const form: PolicyForm = (item as StoredItem<'policy'>).normalized;
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
  objectKind: oktaObjects.groupStatistics,
  wants: (item) => ({ externalIds: [item.externalId] }),
  compose(item, objects) {
    const form: GroupForm = (item as StoredItem<'group'>).normalized;
    const [found] = objects;
    if (!found) return { normalized: form, evidence: [] };
    const { members, applications, has_admin_role } = found.data as GroupStatistics;
    return {
      normalized: { ...form, statistics: { members, applications }, has_admin_role },
      evidence: [found.evidence],
    };
  },
};

interface GroupStatistics {
  members: number | null;
  applications: number | null;
  has_admin_role: boolean | null;
}

export const oktaComposers: readonly Composer[] = [provider, policy, group];
