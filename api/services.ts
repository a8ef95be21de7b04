import type { Client } from '@temporalio/client';
import type { KeyRing } from '../platform/sealing.ts';
import type { Logger } from '../platform/log.ts';
import type { Database } from '../prisma/client.ts';
import type { HostAllowlist } from '../domain/source.ts';
import type { Cursors } from './http/cursor.ts';

/** Everything a route may use, given to it once. */
export interface Services {
  database: Database;
  temporal: Client;
  temporalUiUrl: string | null;
  keyRing: KeyRing;
  sourceHosts: HostAllowlist;
  cursors: Cursors;
  syncWaitSeconds: number;
  previewTtlMinutes: number;
  maxSnapshotAgeHours: number;
  /** Where the built-in target's sign-in is reached; null when nobody has told. */
  runtimeBaseUrl: string | null;
  now: () => Date;
  log: Logger;
}
