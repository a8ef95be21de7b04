import type { RunningEntra } from './entraSimulator.ts';
import { freshTenant, type Collected } from './inventory.ts';
import type { Road } from './okta.ts';
import type { Service } from './service.ts';

/** A workspace with one Entra source, for a tenant that has neither. */
export async function prepareEntraSource(
  service: Service,
  { simulator }: Pick<RunningEntra, 'simulator'>,
  clientSecret = simulator.clientSecret,
): Promise<Road> {
  const made = await service.call('POST', '/workspaces', {
    body: { name: 'Leaving', mode: 'first_run_adoption' },
  });
  const workspace = String(made.body.id);
  const W = `/workspaces/${workspace}`;
  const source = await service.call('POST', `${W}/sources`, {
    body: {
      name: 'Entra',
      source_type: 'entra',
      connection_mode: 'client_credentials',
      config: { directory_id: simulator.tenantId, client_id: simulator.clientId },
      secret: { client_secret: clientSecret },
    },
  });
  if (source.status !== 201) throw new Error(`no source: ${source.text}`);
  const id = String(source.body.id);
  return { workspace, source: id, W, S: `${W}/sources/${id}` };
}

/** Collects a directory into a tenant of its own. */
export async function collectEntra(
  service: Service,
  entra: RunningEntra,
  clientSecret?: string,
): Promise<Collected> {
  const own = await freshTenant(service);
  const road = await prepareEntraSource(own, entra, clientSecret);
  const answer = await own.call('POST', `${road.S}/snapshots`);
  const latest = await own.call('GET', `${road.S}/snapshots/latest`);
  return { service: own, road, answer, snapshot: latest.body };
}
