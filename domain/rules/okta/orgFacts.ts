import { oktaObjects } from '../../inventory/objects.ts';

/** What was read of an Okta org beside its items, and whether it was read at all. */
export interface OktaFacts {
  /** Names of the group rules that feed each group, by the group's id; null when the rules were not read. */
  groupRules: ReadonlyMap<string, readonly string[]> | null;
  /** Custom authorization servers; null when they were not read. */
  authorizationServers: readonly AuthorizationServerFact[] | null;
  /** Names of active hooks that change tokens while they are issued. */
  tokenHooks: readonly string[];
}

/** An authorization server that is in use. How long its tokens live stands in rules that are not read. */
export interface AuthorizationServerFact {
  name: string;
  audiences: readonly string[];
  /** Client ids its policies name; `ALL_CLIENTS` stands for everyone. Null when its policies were not read. */
  clients: ReadonlySet<string> | null;
  /** Scopes beyond Okta's own; null when they were not read. */
  scopes: readonly string[] | null;
  /** Scopes, of Okta's own too, for which people are asked; null when they were not read. */
  consentScopes: readonly string[] | null;
  /** Claims beyond Okta's own; null when they were not read. */
  claims: readonly string[] | null;
}

/** Objects of an org that its facts are derived from. Nothing that there is one of for each application is among them. */
export const orgObjectKinds: readonly string[] = [
  oktaObjects.groupRule,
  oktaObjects.inlineHook,
  oktaObjects.authorizationServer,
  oktaObjects.authorizationServerPolicy,
  oktaObjects.authorizationServerScope,
  oktaObjects.authorizationServerClaim,
];

/** An object as it stands beside the items. */
interface StoredObject {
  parent: string;
  externalId: string;
  data: unknown;
}

type OrgObjects = (kind: string) => readonly StoredObject[];

const tokenHook = 'com.okta.oauth2.tokens.transform';

/** What the rules ask of an org as a whole; what was refused is null, so that nothing unread passes for absent. */
export function oktaFactsOf(objects: OrgObjects, refused: ReadonlySet<string>): OktaFacts {
  return {
    groupRules: refused.has('group_rules') ? null : rulesByGroup(objects(oktaObjects.groupRule)),
    authorizationServers: serversOf(objects, refused),
    tokenHooks: objects(oktaObjects.inlineHook).flatMap(({ externalId, data }) => {
      const { name, type, status } = data as Record<'name' | 'type' | 'status', string | null>;
      return type === tokenHook && status !== 'INACTIVE' ? [name ?? externalId] : [];
    }),
  };
}

interface GroupRule {
  /** Absent from snapshots that were taken before it was kept. */
  name?: string | null;
  status: string | null;
  groups: string[];
}

/** The rules that fill each group; an unknown status counts as active. */
function rulesByGroup(rules: readonly StoredObject[]): Map<string, string[]> {
  const feeding = new Map<string, string[]>();
  for (const { externalId, data } of rules) {
    const { name, status, groups } = data as GroupRule;
    if (status === 'INACTIVE') continue;
    for (const group of groups) feeding.set(group, [...(feeding.get(group) ?? []), name ?? externalId]);
  }
  return feeding;
}

function serversOf(objects: OrgObjects, refused: ReadonlySet<string>): AuthorizationServerFact[] | null {
  if (refused.has('authorization_servers')) return null;
  const below = (kind: string, collection: string) => (refused.has(collection) ? null : objects(kind));
  const policies = below(oktaObjects.authorizationServerPolicy, 'authorization_server_policies');
  const scopes = below(oktaObjects.authorizationServerScope, 'authorization_server_scopes');
  const claims = below(oktaObjects.authorizationServerClaim, 'authorization_server_claims');
  const of = ({ externalId }: StoredObject, all: readonly StoredObject[] | null): unknown[] | null =>
    all?.filter(({ parent }) => parent === externalId).map(({ data }) => data) ?? null;
  return objects(oktaObjects.authorizationServer)
    .filter(({ data }) => (data as { status: string | null }).status !== 'INACTIVE')
    .map((server) =>
      serverFact(server, {
        policies: of(server, policies) as ServerPolicy[] | null,
        scopes: of(server, scopes) as Scope[] | null,
        claims: of(server, claims) as Claim[] | null,
      }),
    );
}

interface ServerPolicy {
  status: string | null;
  clients: string[];
}

interface Scope {
  name: string | null;
  system: boolean | null;
  consent: string | null;
}

interface Claim {
  name: string | null;
  status: string | null;
  system: boolean | null;
}

function serverFact(
  { externalId, data }: StoredObject,
  {
    policies,
    scopes,
    claims,
  }: { policies: ServerPolicy[] | null; scopes: Scope[] | null; claims: Claim[] | null },
): AuthorizationServerFact {
  const { name, audiences } = data as { name: string | null; audiences: string[] };
  const active = policies?.filter(({ status }) => status !== 'INACTIVE') ?? null;
  const named = (members: readonly { name: string | null }[] | undefined) =>
    members?.flatMap((member) => member.name ?? []) ?? null;
  return {
    name: name ?? externalId,
    audiences,
    clients: active && new Set(active.flatMap(({ clients }) => clients)),
    scopes: named(scopes?.filter(({ system }) => system !== true)),
    consentScopes: named(scopes?.filter(asksForConsent)),
    claims: named(claims?.filter(({ system, status }) => system !== true && status !== 'INACTIVE')),
  };
}

/** A word that is not known to leave people alone counts as asking them. */
const asksForConsent = ({ consent }: Scope): boolean =>
  consent !== null && consent !== 'IMPLICIT' && consent !== 'FLEXIBLE';
