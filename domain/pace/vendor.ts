/** A limit that a vendor counts by itself: so many units in a window of time, for a whole org. */
export interface Budget {
  /** The vendor's pattern of paths, or its word for the limit, as people are told it. */
  name: string;
  /** Units in a window: the vendor's documented number, or what is assumed until its headers say. */
  units: number;
  windowMs: number;
  /** The vendor says in every answer how many units there are. */
  announced: boolean;
}

/** What a request takes of a budget. */
export interface Charge {
  budget: Budget;
  units: number;
}

/** How a vendor wants to be asked. */
export interface VendorPace {
  /** The vendor's name, as in "waiting for Okta's limit". */
  vendor: string;
  /** Requests that may be under way at once in a whole org, whoever sends them; null when there is no such limit. */
  simultaneous: number | null;
  /** What a request takes, by its path and query. The vendor's headers are about the first budget. */
  chargesFor(path: string): readonly Charge[];
}
