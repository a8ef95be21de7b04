import type { AuthorizationServerFact, OktaFacts } from '../orgFacts.ts';

/** Whether a custom authorization server makes an application's tokens. */
export type TokenSource = 'none' | 'may_apply' | 'named' | 'unknown';

export interface TokenFacts {
  token_source: TokenSource;
  /** What is known of the servers that name the client, else of those that serve everyone. */
  token: {
    servers: string[];
    audiences: string[];
    /** Null where they were not read. */
    scopes: string[] | null;
    consent_scopes: string[] | null;
    claims: string[] | null;
    hooks: string[];
  };
}

/** Where a client's tokens come from, and what they hold that only that server knows of. */
export function tokenFacts(clientId: string | null, okta: OktaFacts | null): TokenFacts {
  const servers = okta?.authorizationServers ?? null;
  const known = servers?.every(({ clients }) => clients !== null) ?? false;
  const naming = (client: string | null) =>
    client === null ? [] : (servers ?? []).filter(({ clients }) => clients?.has(client));
  const named = naming(clientId);
  const open = naming('ALL_CLIENTS');
  const source = !known ? 'unknown' : named.length > 0 ? 'named' : open.length > 0 ? 'may_apply' : 'none';
  const told = named.length > 0 ? named : known ? open : (servers ?? []);
  // A server for everyone serves also those whom another one names.
  const using = known ? [...new Set([...named, ...open])] : told;
  const of = (from: typeof told, membersOf: Parameters<typeof together>[1]) =>
    servers === null ? null : together(from, membersOf);
  return {
    token_source: source,
    token: {
      servers: told.map(({ name }) => name),
      audiences: distinct(told.flatMap(({ audiences }) => audiences)),
      scopes: of(told, ({ scopes }) => scopes),
      consent_scopes: of(using, ({ consentScopes }) => consentScopes),
      claims: of(told, ({ claims }) => claims),
      hooks: source === 'none' ? [] : [...(okta?.tokenHooks ?? [])],
    },
  };
}

/** What the servers hold between them; null when it was not read of one of them. */
function together(
  servers: readonly AuthorizationServerFact[],
  membersOf: (server: AuthorizationServerFact) => readonly string[] | null,
): string[] | null {
  const members = servers.map(membersOf);
  return members.includes(null) ? null : distinct(members.flatMap((each) => each ?? []));
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)];
