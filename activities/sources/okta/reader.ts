import type { OktaConfig } from '../../../domain/source.ts';
import type { SourceReader } from '../source.ts';
import { createTransport, type TransportOptions } from '../transport.ts';
import { createOktaClient } from './client.ts';
import { oktaReaders } from './collections.ts';
import { oktaComposers } from './compose.ts';
import { oktaMeaning } from './errors.ts';

/** Opens a read-only reader of one Okta org. */
export function openOktaReader(
  config: OktaConfig,
  apiToken: string,
  network: Omit<TransportOptions, 'origin'>,
): SourceReader {
  const transport = createTransport({ ...network, origin: config.org_url });
  const client = createOktaClient(config, apiToken, transport);
  return {
    collections: oktaReaders,
    composers: oktaComposers,
    fetchPage: (path, signal) => client.fetchPage(path, signal),
    meaningOf: oktaMeaning,
    close: () => transport.close(),
  };
}
