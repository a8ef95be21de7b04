/** What was read of an Okta org beside its items, and whether it was read at all. */
export interface OktaFacts {
  /** Groups that a group rule feeds; null when the rules were not read. */
  groupsFedByRules: ReadonlySet<string> | null;
  /** Custom authorization servers and which clients their policies name; null when they were not read. */
  authorizationServers: readonly AuthorizationServerFact[] | null;
}

export interface AuthorizationServerFact {
  name: string;
  /** Client ids its policies name; `ALL_CLIENTS` stands for everyone. Null when its policies were not read. */
  clients: readonly string[] | null;
}
