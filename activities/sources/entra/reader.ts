import type { EntraConfig, HostAllowlist } from '../../../domain/source.ts';
import {
  graphPermissionWrites,
  writingDirectoryRoles,
  type WriteRights,
} from '../../../domain/verification.ts';
import { entraOrg } from '../pace/entra.ts';
import type { Pacer } from '../pace/pacer.ts';
import type { SourceReader } from '../source.ts';
import { createTokenTransport, createTransport, type TransportOptions } from '../transport.ts';
import { createGraphClient } from './client.ts';
import { cloudHosts, type GlobalCloud } from './clouds.ts';
import { entraReaders } from './collections.ts';
import { entraMeaning } from './errors.ts';
import { createTokenSource, rightsOf, tokenEndpoint } from './token.ts';

/** Opens a read-only reader of one directory of Microsoft Entra. */
export function openEntraReader(
  config: EntraConfig,
  clientSecret: string,
  network: Omit<TransportOptions, 'origin'>,
  globalCloud: GlobalCloud,
  pacer: Pacer,
): SourceReader {
  const hosts = cloudHosts(config.cloud, globalCloud);
  const reach = { ...network, allowlist: withGlobalCloud(network.allowlist, globalCloud) };
  const login = createTokenTransport({ ...reach, endpoint: tokenEndpoint(config, hosts) });
  const transport = pacer.paced(createTransport({ ...reach, origin: hosts.graph }), entraOrg(config));
  const token = createTokenSource(config, clientSecret, hosts, login);
  const client = createGraphClient(hosts.graph, token, transport);
  return {
    sourceType: 'entra',
    collections: entraReaders,
    fetchPage: (path, signal) => client.fetchPage(path, signal),
    meaningOf: entraMeaning,
    writeRights: async () => writeRightsOf(await token()),
    close: async () => {
      await Promise.all([transport.close(), login.close()]);
    },
  };
}

/** Whoever set an address for the global cloud meant that it be reached, on a private network too. */
const withGlobalCloud = (allowlist: HostAllowlist, { login, graph }: GlobalCloud): HostAllowlist => ({
  allows: (url) => url.origin === login || url.origin === graph || allowlist.allows(url),
});

function writeRightsOf(token: string): WriteRights {
  const rights = rightsOf(token);
  if (!rights) return { rights: [], complete: false };
  const writing = rights.permissions.filter(graphPermissionWrites);
  return { rights: [...writing, ...writingDirectoryRoles(rights.roles)], complete: true };
}
