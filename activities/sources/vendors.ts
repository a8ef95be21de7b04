import type { SourceType } from '../../domain/source.ts';
import { entraReaders } from './entra/collections.ts';
import { entraComposers } from './entra/compose.ts';
import { entraDerivations } from './entra/derive.ts';
import { oktaReaders } from './okta/collections.ts';
import { oktaComposers } from './okta/compose.ts';
import type { Collection, Composer, Derivation } from './source.ts';

/** What an inventory of a kind of source is made of, whichever source it is. */
export interface Vendor {
  collections: readonly Collection[];
  composers: readonly Composer[];
  derivations: readonly Derivation[];
}

export const vendors: Readonly<Record<SourceType, Vendor>> = {
  okta: { collections: oktaReaders, composers: oktaComposers, derivations: [] },
  entra: { collections: entraReaders, composers: entraComposers, derivations: entraDerivations },
};
