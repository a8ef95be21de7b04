import type { Actor } from '../../domain/access.ts';

/** Who writes, when, and in answer to which request: what every audit record of a write says. */
export interface Command {
  actor: Actor;
  at: Date;
  requestId: string | null;
}
