import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { COLLECTIONS, COLLECTION_NAMES, fileOf, type CollectionName } from './collections.ts';
import { isObject, type OktaObject } from './members.ts';

/** A whole Okta org as its API would list it, one array a collection. */
export type OktaTenantData = Record<CollectionName, OktaObject[]>;

/** The folder of the org of an invented company, served when no other data is given. */
export const INVENTED_TENANT = fileURLToPath(new URL('./tenants/tarnhollow-instruments', import.meta.url));

/** The data of a tenant cannot be used; the message names the file and the object. */
export class TenantDataError extends Error {}

/** An org without anything in it. */
export function emptyTenant(): OktaTenantData {
  const entries = COLLECTION_NAMES.map((name): [CollectionName, OktaObject[]] => [name, []]);
  return Object.fromEntries(entries) as OktaTenantData;
}

/**
 * Reads a folder of one JSON array a file, named by collection. A missing file is an empty collection; files
 * of other names (`*.doc-examples.json`, `errors.json`, …) are left alone.
 *
 * @throws {TenantDataError} when the folder is not there or a file does not hold what its name promises
 */
export function loadOktaTenant(folder: string): OktaTenantData {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new TenantDataError(
      `${folder} is not a folder: name one that holds apps.json, groups.json and so on`,
    );
  }
  const data = emptyTenant();
  for (const name of COLLECTION_NAMES) {
    const path = join(folder, fileOf(name));
    if (existsSync(path)) data[name] = readCollection(path, name);
  }
  return data;
}

function readCollection(path: string, name: CollectionName): OktaObject[] {
  const objects = parse(path);
  const { key, noun } = COLLECTIONS[name];
  if (!Array.isArray(objects))
    throw new TenantDataError(`${path} must hold a JSON array, one ${noun} an element`);
  return objects.map((object: unknown, index) => {
    if (!isObject(object)) {
      throw new TenantDataError(
        `${path}: the element at index ${index} is not an object, but a ${noun} must be`,
      );
    }
    if (typeof object[key] !== 'string' || object[key] === '') {
      throw new TenantDataError(`${path}: the ${noun} at index ${index} has no "${key}"`);
    }
    return object;
  });
}

function parse(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The parser quotes the text around the fault, line breaks included.
    throw new TenantDataError(`${path} is not JSON: ${reason.replace(/\s+/g, ' ')}`, { cause: error });
  }
}

/** An object that no request can reach, because what it hangs below is not in the data. */
export interface UnreachableObject {
  collection: CollectionName;
  index: number;
  /** One line for a person: file, place and cause. */
  message: string;
}

/**
 * The children whose parent is missing and the second and later orgs, in the order of the files. Recordings of
 * many orgs have some of both.
 */
export function unreachableObjects(data: OktaTenantData): UnreachableObject[] {
  return COLLECTION_NAMES.flatMap((collection) => {
    const unreachable = unreachableCause(data, collection);
    return data[collection].flatMap((object, index) => {
      const cause = unreachable(object, index);
      if (cause === undefined) return [];
      const which = `the ${COLLECTIONS[collection].noun} at index ${index}`;
      return [{ collection, index, message: `${fileOf(collection)}: ${which} is served nowhere: ${cause}` }];
    });
  });
}

/** Makes the function that says why an object of a collection cannot be reached, if it cannot. */
function unreachableCause(
  data: OktaTenantData,
  collection: CollectionName,
): (object: OktaObject, index: number) => string | undefined {
  const { parent, single } = COLLECTIONS[collection];
  if (single) return (_object, index) => (index === 0 ? undefined : 'there is one, and the first is taken');
  if (parent === undefined) return () => undefined;
  const { noun } = parent;
  const known = new Set(data[parent.collection].map((candidate) => parent.answersTo(candidate)));
  return (child) => {
    const named = parent.named(child);
    if (named === undefined) return `it names no ${noun}`;
    return known.has(named) ? undefined : `no ${noun} answers to ${named}`;
  };
}
