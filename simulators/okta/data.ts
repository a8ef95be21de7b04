import { fileURLToPath } from 'node:url';
import {
  emptyData,
  loadTenant,
  unreachableIn,
  type TenantData,
  type TenantShape,
  type UnreachableObject,
} from '../tenant.ts';
import { COLLECTIONS, COLLECTION_NAMES, fileOf, type CollectionName } from './collections.ts';

export { TenantDataError } from '../tenant.ts';

/** A whole Okta org as its API would list it, one array a collection. */
export type OktaTenantData = TenantData<CollectionName>;

/** The folder of the org of an invented company, served when no other data is given. */
export const INVENTED_TENANT = fileURLToPath(new URL('./tenants/tarnhollow-instruments', import.meta.url));

const OKTA: TenantShape<CollectionName> = { names: COLLECTION_NAMES, shapes: COLLECTIONS, fileOf };

/** An org without anything in it. */
export function emptyTenant(): OktaTenantData {
  return emptyData(COLLECTION_NAMES);
}

/**
 * Reads a folder of one JSON array a file, named by collection. A missing file is an empty collection.
 *
 * @throws {TenantDataError} when the folder is not there or a file does not hold what its name promises
 */
export function loadOktaTenant(folder: string): OktaTenantData {
  return loadTenant(folder, OKTA);
}

/** The children whose parent is missing and the second and later orgs, in the order of the files. */
export function unreachableObjects(data: OktaTenantData): UnreachableObject<CollectionName>[] {
  return unreachableIn(data, OKTA);
}
