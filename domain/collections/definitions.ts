import type { SourceType } from '../source.ts';
import { entraCollections } from './entra.ts';
import type { CollectionDefinition } from './ledger.ts';
import { oktaCollections } from './okta.ts';

/** What an inventory of each kind of source reads. */
export const collectionsOf: Readonly<Record<SourceType, readonly CollectionDefinition[]>> = {
  okta: oktaCollections,
  entra: entraCollections,
};
