import type { ProviderForm } from '../inventory/provider.ts';
import type { SnapshotFacts } from './surroundings.ts';
import { normalHost } from './uris.ts';

/** The host of an https URL in its one spelling; null for anything else. */
export function httpsHost(url: string | null): string | null {
  const authority = /^https:\/\/([^/?#\\\s@]+)(?:[/?#]\S*)?$/i.exec(url ?? '')?.[1];
  return authority === undefined ? null : normalHost(authority.replace(/:\d+$/, ''));
}

/**
 * Whether those who would sign people in are the incumbent itself, another source of the workspace, or the target: a
 * circle, in which nobody could sign in. Microsoft's addresses are everybody's, and name the directory in their path.
 */
export function isCircular(
  { entity_id, sso_url }: Pick<ProviderForm, 'entity_id' | 'sso_url'>,
  { ownTrust, incumbentHosts }: Pick<SnapshotFacts, 'ownTrust' | 'incumbentHosts'>,
): boolean {
  const named = [entity_id, sso_url].filter((each) => each !== null);
  const hosts = named.map(httpsHost).filter((host) => host !== null);
  const inDirectory = (url: string) =>
    url.split('/').some((segment) => ownTrust.directories.has(segment.toLowerCase()));
  return (
    (entity_id !== null && ownTrust.entityIds.has(entity_id)) ||
    hosts.some((host) => ownTrust.hosts.has(host) || incumbentHosts.has(host)) ||
    named.some(inDirectory)
  );
}
