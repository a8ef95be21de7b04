import { unreachableObjects, type OktaTenantData } from '../../simulators/okta/data.ts';
import { linkedId, type OktaObject } from '../../simulators/okta/members.ts';

const policyTypeOf: Readonly<Record<string, string>> = { SIGN_ON: 'OKTA_SIGN_ON' };

/** Recordings hold children of parents that were not recorded; each is given one, so that it can be asked for. */
export function withParents(data: OktaTenantData): OktaTenantData {
  const policies = new Map<string, OktaObject>();
  const apps = new Map<string, OktaObject>();
  for (const { collection, index } of unreachableObjects(data)) {
    const child = data[collection][index] ?? {};
    if (collection === 'policyRules') {
      const id = linkedId(child, ['self', 'policy'], 'policies') ?? '';
      const type = policyTypeOf[String(child.type)] ?? child.type;
      policies.set(id, { id, type, name: `Policy of ${id}`, status: 'ACTIVE', system: false });
    } else if (collection === 'appUsers' || collection === 'appGroups') {
      const id = linkedId(child, ['app', 'self'], 'apps') ?? '';
      apps.set(id, { id, name: 'bookmark', label: `App of ${id}`, status: 'ACTIVE', signOnMode: 'BOOKMARK' });
    }
  }
  return {
    ...data,
    apps: [...data.apps, ...apps.values()],
    // An org has one policy of routing rules, and the recorded one is it.
    policies: [...data.policies, ...[...policies.values()].filter(({ type }) => type !== 'IDP_DISCOVERY')],
  };
}
