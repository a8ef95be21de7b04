/** What went wrong with a read, as far as it decides what to do next. */
export type SourceFailureKind =
  /** The vendor's limit: wait until `retryAt`. */
  | 'rate_limited'
  /** The credential itself is refused: nothing else will work either. */
  | 'credentials'
  /** This one thing is refused; the reading of the rest goes on. */
  | 'refused'
  /** Not there, or not there yet: some of the vendor's replicas may lag behind. */
  | 'absent'
  /** The vendor forgot the cursor: read the listing again from its first page. */
  | 'dead_cursor'
  /** A fault that may pass: network, time-out, 5xx, a body cut short. */
  | 'unavailable'
  /** An answer that cannot be used and will not get better. */
  | 'unusable';

export interface SourceFailureDetail {
  /** Path without query; never a URL with a cursor or a credential in it. */
  endpoint: string;
  httpStatus?: number | undefined;
  vendorCode?: string | undefined;
  vendorRequestId?: string | undefined;
  retryAt?: Date | undefined;
  /** The incumbent said that it is a licence that lacks and no permission. */
  unlicensed?: boolean | undefined;
  /** The vendor's limit that holds it up, as people are told it. */
  limit?: string | undefined;
  cause?: unknown;
}

/** A read of the incumbent that did not give a page. The message holds no body of the vendor's and no secret. */
export class SourceFailure extends Error {
  readonly kind: SourceFailureKind;
  readonly detail: SourceFailureDetail;

  constructor(kind: SourceFailureKind, message: string, detail: SourceFailureDetail) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'SourceFailure';
    this.kind = kind;
    this.detail = detail;
  }
}
