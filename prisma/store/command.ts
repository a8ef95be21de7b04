import type { Actor } from '../../domain/access.ts';

/** Who writes, when, and in answer to which request: what every audit record of a write says. */
export interface Command {
  actor: Actor;
  at: Date;
  requestId: string | null;
  /** The Idempotency-Key of the request, to be kept with what it creates or starts. */
  reservation?: Reservation;
}

/** By what a request is known again: these, its tenant and its actor. */
export interface RequestKey {
  method: string;
  path: string;
  key: string;
}

/** A key, and what a repetition of its request is held against and answered with. */
export interface Reservation extends RequestKey {
  /** HMAC of the body; the body itself is kept nowhere. */
  bodyHmac: Uint8Array<ArrayBuffer>;
  /** HTTP status of the answer when all goes well. */
  httpStatus: number;
  /** Where what was created or started is read. */
  locationOf: (resourceId: string) => string;
}
