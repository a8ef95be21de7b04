import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, textMember, type ApiObject } from './members.ts';

/** A whole tenant as the vendor's API would list it, one array a collection. */
export type TenantData<Name extends string> = Record<Name, ApiObject[]>;

/** The relation that puts a child below each parent with `answersTo(parent) === named(child)`. */
export interface Parent<Name extends string> {
  collection: Name;
  noun: string;
  named(child: ApiObject): string | undefined;
  answersTo(parent: ApiObject): string | undefined;
}

/** How the objects of a collection are told apart and which object each of them hangs below. */
export interface CollectionShape<Name extends string> {
  /** The member every object must have. */
  key: string;
  /** What a person calls one of them. */
  noun: string;
  /** There is one of it, and only the first of the file is served. */
  single?: true;
  parent?: Parent<Name>;
  /** A second relation that leads to the same objects. */
  alsoBelow?: Parent<Name>;
  /**
   * The member that names the parent. Its file may hold an object in place of the array: lists of children (or
   * single ones) keyed by their parent, whose key becomes this member.
   */
  keyedBy?: string;
}

/** The collections of a vendor's tenant and the files they are kept in. */
export interface TenantShape<Name extends string> {
  names: readonly Name[];
  shapes: Readonly<Record<Name, CollectionShape<Name>>>;
  fileOf: (name: Name) => string;
}

/** How large a tenant to generate. The same figures give the same tenant, byte for byte. */
export interface TenantSize {
  applications: number;
  groups: number;
  groupAssignments: number;
  userAssignments: number;
  seed: number;
}

/** The data of a tenant cannot be used; the message names the file and the object. */
export class TenantDataError extends Error {}

/** A tenant without anything in it. */
export function emptyData<Name extends string>(names: readonly Name[]): TenantData<Name> {
  const entries = names.map((name): [Name, ApiObject[]] => [name, []]);
  return Object.fromEntries(entries) as TenantData<Name>;
}

/**
 * Reads a folder of one JSON array a file, named by collection. A missing file is an empty collection; files
 * of other names (`*.doc-examples.json`, `errors.json`, …) are left alone.
 *
 * @throws {TenantDataError} when the folder is not there or a file does not hold what its name promises
 */
export function loadTenant<Name extends string>(folder: string, tenant: TenantShape<Name>): TenantData<Name> {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new TenantDataError(
      `${folder} is not a folder: name one that holds groups.json, domains.json and so on`,
    );
  }
  const data = emptyData(tenant.names);
  for (const name of tenant.names) {
    const path = join(folder, tenant.fileOf(name));
    if (existsSync(path)) data[name] = readCollection(path, tenant.shapes[name]);
  }
  return data;
}

function readCollection<Name extends string>(path: string, shape: CollectionShape<Name>): ApiObject[] {
  const { key, noun, keyedBy } = shape;
  const parsed = parse(path);
  const objects = keyedBy !== undefined && isObject(parsed) ? unfold(parsed, keyedBy) : parsed;
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

/** Lists of children keyed by their parent as one list whose elements name their parent. */
function unfold(byParent: ApiObject, keyedBy: string): unknown[] {
  return Object.entries(byParent).flatMap(([parent, children]) =>
    (Array.isArray(children) ? (children as unknown[]) : [children]).map((child) =>
      isObject(child) ? { [keyedBy]: parent, ...child } : child,
    ),
  );
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
export interface UnreachableObject<Name extends string> {
  collection: Name;
  index: number;
  /** One line for a person: file, place and cause. */
  message: string;
}

/**
 * The children whose parent is missing and the second and later of what there is one of, in the order of the
 * files. Recordings of many tenants have some of both.
 */
export function unreachableIn<Name extends string>(
  data: TenantData<Name>,
  { names, shapes, fileOf }: TenantShape<Name>,
): UnreachableObject<Name>[] {
  return names.flatMap((collection) => {
    const unreachable = unreachableCause(data, shapes[collection]);
    return data[collection].flatMap((object, index) => {
      const cause = unreachable(object, index);
      if (cause === undefined) return [];
      const which = `the ${shapes[collection].noun} at index ${index}`;
      return [{ collection, index, message: `${fileOf(collection)}: ${which} is served nowhere: ${cause}` }];
    });
  });
}

/** Makes the function that says why an object of a collection cannot be reached, if it cannot. */
function unreachableCause<Name extends string>(
  data: TenantData<Name>,
  { parent, alsoBelow, single }: CollectionShape<Name>,
): (object: ApiObject, index: number) => string | undefined {
  if (single) return (_object, index) => (index === 0 ? undefined : 'there is one, and the first is taken');
  if (parent === undefined) return () => undefined;
  const first = lacking(data, parent);
  const second = alsoBelow === undefined ? first : lacking(data, alsoBelow);
  return (child) => (second(child) === undefined ? undefined : first(child));
}

function lacking<Name extends string>(
  data: TenantData<Name>,
  parent: Parent<Name>,
): (child: ApiObject) => string | undefined {
  const known = new Set(data[parent.collection].map((candidate) => parent.answersTo(candidate)));
  return (child) => {
    const named = parent.named(child);
    if (named === undefined) return `it names no ${parent.noun}`;
    return known.has(named) ? undefined : `no ${parent.noun} answers to ${named}`;
  };
}

/** A child that names its parent's id in one of its members. */
export function named<Name extends string>(collection: Name, noun: string, member: string): Parent<Name> {
  return {
    collection,
    noun,
    named: (child) => textMember(child, member),
    answersTo: (parent) => textMember(parent, 'id'),
  };
}
