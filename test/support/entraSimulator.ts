import { randomUUID } from 'node:crypto';
import type { SourceNetwork } from '../../activities/sources/open.ts';
import type { Source } from '../../prisma/store/sources.ts';
import { createAuthority } from '../../simulators/certificates.ts';
import { INVENTED_TENANT, loadEntraTenant, type EntraTenantData } from '../../simulators/entra/data.ts';
import {
  createEntraSimulator,
  type EntraSimulator,
  type EntraSimulatorOptions,
} from '../../simulators/entra/server.ts';

export interface RunningEntra {
  url: string;
  /** The file of the authority to trust. */
  caFile: string;
  simulator: EntraSimulator;
  close(): Promise<void>;
}

/** One authority signs for all simulators of a test process; making one costs a key. */
const authority = createAuthority();

/** Simulators that are being served, by the application that reads them. */
const served = new Map<string, string>();

/** The network of a source that a simulator stands for: its addresses, and whom to trust. */
export function simulatedCloud(source: Pick<Source, 'config'>): Partial<SourceNetwork> {
  const url = 'client_id' in source.config ? served.get(source.config.client_id) : undefined;
  return url === undefined ? {} : { ca: authority.ca, globalCloud: { login: url, graph: url } };
}

/**
 * A simulated directory on loopback with limits that no test meets by accident but conditional access's one request a
 * second; the invented company's by default. Each has an id of its own, so that it shares its limits with no other.
 */
export async function startEntra(options: EntraSimulatorOptions = {}): Promise<RunningEntra> {
  const data: EntraTenantData = options.data ?? loadEntraTenant(INVENTED_TENANT);
  const organization = (data.organization.length > 0 ? data.organization : [{}]).map((each) => ({
    ...each,
    id: randomUUID(),
  }));
  const simulator = createEntraSimulator({
    rateLimit: 1_000_000,
    clientId: randomUUID(),
    authority,
    ...options,
    data: { ...data, organization },
  });
  const listening = await simulator.listen();
  served.set(simulator.clientId, listening.url);
  const { url, caFile } = listening;
  return { url, caFile, simulator, close: () => listening.close() };
}
