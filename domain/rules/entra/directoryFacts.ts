/** What was read of an Entra directory beside its items, and whether it was read at all. */
export interface EntraFacts {
  /** The directory's id: what it owns names it. */
  directoryId: string;
  /** The APIs that delegated grants name, by the object ids of their service principals; null when unread. */
  grantedApis: ReadonlyMap<string, GrantedApi> | null;
  /** The appIds of APIs that registrations of the directory ask for permissions of, in lower case. */
  requestedApis: ReadonlySet<string>;
}

/** An API to which people or administrators let applications speak in their name. */
export interface GrantedApi {
  name: string;
  /** In lower case; null when the snapshot does not hold its service principal. */
  appId: string | null;
}
