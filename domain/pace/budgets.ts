import type { SourceConfig, SourceType } from '../source.ts';
import { entraPace } from './entra.ts';
import { oktaPace } from './okta.ts';
import type { VendorPace } from './vendor.ts';

export const paceOf: Readonly<Record<SourceType, VendorPace>> = { okta: oktaPace, entra: entraPace };

/** The org whose limits a source falls under: Okta's by its host, Microsoft Graph's by the directory. */
export const orgOf = (config: SourceConfig): string =>
  'org_url' in config ? new URL(config.org_url).host : `${config.cloud}/${config.directory_id}`;

/** The share of a vendor's limits that is used unless SOURCE_RATE_SHARE says otherwise. */
export const defaultRateShare = 0.5;

/** The name of the limit on simultaneous requests, among an org's budgets. */
export const simultaneousRequests = 'simultaneous requests';

/** Units of a budget that may be used in a window: the share of it, and never less than one. */
export const allowanceOf = (units: number, share: number): number => Math.max(1, Math.floor(units * share));

/** "waiting for Okta's limit on /apps until 12:03:20 UTC". */
export function waitingText(sourceType: SourceType, limit: string, until: Date): string {
  const time = until.toISOString().slice(11, 19);
  return `waiting for ${paceOf[sourceType].vendor}'s limit on ${limit} until ${time} UTC`;
}

/** The limit that a path falls under first, as people are told it. */
export const limitOn = (sourceType: SourceType, path: string): string =>
  paceOf[sourceType].chargesFor(path)[0]?.budget.name ?? path;
