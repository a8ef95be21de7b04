/** What was read of an Entra directory beside its items, and whether it was read at all. */
export interface EntraFacts {
  /** The directory's id: what it owns names it. */
  directoryId: string;
}
