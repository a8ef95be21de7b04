import type { OktaConfig } from '../../../domain/source.ts';
import { oktaOrg } from '../pace/okta.ts';
import type { Pacer } from '../pace/pacer.ts';
import type { SourceReader } from '../source.ts';
import { createTransport, type TransportOptions } from '../transport.ts';
import { createOktaClient } from './client.ts';
import { oktaReaders } from './collections.ts';
import { oktaMeaning } from './errors.ts';
import { oktaWriteRights } from './writeRights.ts';

/** Opens a read-only reader of one Okta org. */
export function openOktaReader(
  config: OktaConfig,
  apiToken: string,
  network: Omit<TransportOptions, 'origin'>,
  pacer: Pacer,
): SourceReader {
  const transport = pacer.paced(createTransport({ ...network, origin: config.org_url }), oktaOrg(config));
  const client = createOktaClient(config, apiToken, transport);
  return {
    sourceType: 'okta',
    collections: oktaReaders,
    fetchPage: (path, signal) => client.fetchPage(path, signal),
    meaningOf: oktaMeaning,
    writeRights: (signal) => oktaWriteRights(client, signal),
    close: () => transport.close(),
  };
}
