import { DomainError } from '../../domain/errors.ts';
import type { EntraConfig, OktaConfig } from '../../domain/source.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import type { GlobalCloud } from './entra/clouds.ts';
import { openEntraReader } from './entra/reader.ts';
import { openOktaReader } from './okta/reader.ts';
import type { Pacer } from './pace/pacer.ts';
import type { TransportOptions } from './transport.ts';

/** The network that sources are reached on; `globalCloud` stands in for Microsoft's own addresses. */
export type SourceNetwork = Omit<TransportOptions, 'origin'> & { globalCloud?: GlobalCloud };

/** Opens the reader that fits a source, on a network that reaches its hosts and nothing else, at the org's pace. */
export function readersOn(
  { globalCloud = { login: undefined, graph: undefined }, ...network }: SourceNetwork,
  pacer: Pacer,
): ActivityDependencies['openReader'] {
  return (source, secret) => {
    if (source.sourceType === 'okta' && 'api_token' in secret) {
      return openOktaReader(source.config as OktaConfig, secret.api_token, network, pacer);
    }
    if (source.sourceType === 'entra' && 'client_secret' in secret) {
      return openEntraReader(source.config as EntraConfig, secret.client_secret, network, globalCloud, pacer);
    }
    throw new DomainError('source_unusable', 'The credential is of another kind than the source.');
  };
}
