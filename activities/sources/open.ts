import { DomainError } from '../../domain/errors.ts';
import type { OktaConfig } from '../../domain/source.ts';
import type { ActivityDependencies } from '../dependencies.ts';
import { openOktaReader } from './okta/reader.ts';
import type { TransportOptions } from './transport.ts';

/** Opens the reader that fits a source, on a network that reaches its host and nothing else. */
export function readersOn(network: Omit<TransportOptions, 'origin'>): ActivityDependencies['openReader'] {
  return (source, secret) => {
    if (source.sourceType === 'okta' && 'api_token' in secret) {
      return openOktaReader(source.config as OktaConfig, secret.api_token, network);
    }
    throw new DomainError('source_unusable', 'Inventories of this kind of source are not read yet.');
  };
}
