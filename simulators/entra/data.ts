import { fileURLToPath } from 'node:url';
import { textMember } from '../members.ts';
import {
  emptyData,
  loadTenant,
  unreachableIn,
  type TenantData,
  type TenantShape,
  type UnreachableObject,
} from '../tenant.ts';
import {
  COLLECTIONS,
  COLLECTION_NAMES,
  fileOf,
  isFederated,
  type CollectionName,
  type EntraObject,
} from './collections.ts';

export { TenantDataError } from '../tenant.ts';

/** A whole Entra tenant as Microsoft Graph would list it, one array a collection. */
export type EntraTenantData = TenantData<CollectionName>;

/** The folder of the tenant of an invented company, served when no other data is given. */
export const INVENTED_TENANT = fileURLToPath(new URL('./tenants/ossenby-freight', import.meta.url));

const ENTRA: TenantShape<CollectionName> = { names: COLLECTION_NAMES, shapes: COLLECTIONS, fileOf };

/** A tenant without anything in it. */
export function emptyTenant(): EntraTenantData {
  return emptyData(COLLECTION_NAMES);
}

/**
 * Reads a folder of one JSON array a file, named by collection. A missing file is an empty collection. Children
 * that do not name their parent themselves may stand in an object keyed by it, `{"<domain>": [{…}]}`, in place of
 * the array.
 *
 * @throws {TenantDataError} when the folder is not there or a file does not hold what its name promises
 */
export function loadEntraTenant(folder: string): EntraTenantData {
  const data = loadTenant(folder, ENTRA);
  return {
    ...data,
    domainFederationConfigurations: placed(data.domainFederationConfigurations, data.domains),
  };
}

/** The children whose parent is missing and the second and later organizations, in the order of the files. */
export function unreachableObjects(data: EntraTenantData): UnreachableObject<CollectionName>[] {
  return unreachableIn(data, ENTRA);
}

/**
 * Graph's federation configurations do not say which domain they are of. Those that name none are of the federated
 * root domains that no other names, in order, provided that there are as many of the one as of the other.
 */
function placed(configurations: readonly EntraObject[], domains: readonly EntraObject[]): EntraObject[] {
  const taken = new Set(configurations.map((configuration) => configuration.domainId));
  const free = domains.filter(
    (domain) => isFederated(domain) && domain.isRoot !== false && !taken.has(textMember(domain, 'id')),
  );
  const nameless = configurations.filter((configuration) => configuration.domainId === undefined);
  if (nameless.length !== free.length) return [...configurations];
  return configurations.map((configuration) => {
    const index = nameless.indexOf(configuration);
    return index < 0 ? configuration : { domainId: free[index]?.id, ...configuration };
  });
}
