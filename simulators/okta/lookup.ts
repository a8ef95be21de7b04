import { COLLECTIONS, COLLECTION_NAMES, type CollectionName } from './collections.ts';
import type { OktaTenantData } from './data.ts';
import type { OktaObject } from './members.ts';

type Index = ReadonlyMap<string, readonly OktaObject[]>;

/** Finds objects without walking a collection for each request. */
export interface Lookup {
  /** A collection in the order it is paged in. */
  all(name: CollectionName): readonly OktaObject[];
  /** The first object with that key. */
  find(name: CollectionName, key: string): OktaObject | undefined;
  /** The objects of a child collection that hang below `parent`. */
  children(name: CollectionName, parent: OktaObject): readonly OktaObject[];
  /** The objects grouped by whatever `by` reads from them; `label` must be its own for each `by`. */
  grouped(name: CollectionName, label: string, by: (object: OktaObject) => string | undefined): Index;
  /** The place of an object in the order of paging: later objects have greater ones, for as long as it lives. */
  ordinal(object: OktaObject): number;
}

/**
 * Makes a tenant changeable while it is served. `data.apps.push(…)`, `splice`, an assignment to an element or
 * to a whole collection are seen by the next request; so are changed members of an object, except those that
 * place it (its id and the link to its parent), which are read once per change of the collection.
 */
export function watchTenant(source: OktaTenantData): { data: OktaTenantData; lookup: Lookup } {
  const arrays = { ...source };
  const versions = new Map<CollectionName, number>();
  const changed = (name: CollectionName): void => void versions.set(name, (versions.get(name) ?? 0) + 1);

  const watch = (name: CollectionName, list: readonly OktaObject[]): OktaObject[] => {
    // A copy: two simulators of one tenant must not see each other's changes.
    arrays[name] = [...list];
    changed(name);
    return new Proxy(arrays[name], {
      set(target, property, value) {
        changed(name);
        return Reflect.set(target, property, value);
      },
      deleteProperty(target, property) {
        changed(name);
        return Reflect.deleteProperty(target, property);
      },
    });
  };

  const watched = { ...source };
  for (const name of COLLECTION_NAMES) watched[name] = watch(name, source[name]);
  const data = new Proxy(watched, {
    set: (target, name: CollectionName, list: OktaObject[]) => Reflect.set(target, name, watch(name, list)),
  });
  return { data, lookup: createLookup(arrays, (name) => versions.get(name) ?? 0) };
}

function createLookup(arrays: OktaTenantData, version: (name: CollectionName) => number): Lookup {
  const memo = createMemo(version);
  const { ordinal, place } = createOrdinals();

  const grouped: Lookup['grouped'] = (name, label, by) =>
    memo(name, `by ${label}`, () => {
      const index = new Map<string, OktaObject[]>();
      for (const object of place(arrays[name])) {
        const key = by(object);
        if (key === undefined) continue;
        const bucket = index.get(key);
        if (bucket === undefined) index.set(key, [object]);
        else bucket.push(object);
      }
      return index;
    });

  return {
    ordinal,
    grouped,
    all: (name) => memo(name, 'all', () => place(arrays[name])),
    find: (name, key) =>
      grouped(name, 'key', (object) => String(object[COLLECTIONS[name].key])).get(key)?.[0],
    children(name, parent) {
      const relation = COLLECTIONS[name].parent;
      const key = relation?.answersTo(parent);
      if (relation === undefined || key === undefined) return [];
      return grouped(name, 'parent', (child) => relation.named(child)).get(key) ?? [];
    },
  };
}

/** Keeps what was computed from a collection until that collection changes. */
function createMemo(version: (name: CollectionName) => number) {
  const kept = new Map<string, { version: number; value: unknown }>();
  return <T>(name: CollectionName, label: string, compute: () => T): T => {
    const id = `${name} ${label}`;
    const found = kept.get(id);
    if (found?.version === version(name)) return found.value as T;
    const value = compute();
    kept.set(id, { version: version(name), value });
    return value;
  };
}

/**
 * Okta pages by an internal key: an object deleted between two pages moves no other object, and one created
 * meanwhile comes after all older ones. Numbering objects when they are first seen gives the same.
 */
function createOrdinals() {
  const ordinals = new WeakMap<OktaObject, number>();
  let last = 0;
  const ordinal = (object: OktaObject): number => {
    let found = ordinals.get(object);
    if (found === undefined) ordinals.set(object, (found = last += 1));
    return found;
  };
  const place = (list: readonly OktaObject[]): readonly OktaObject[] => {
    list.forEach(ordinal);
    return [...list].sort((a, b) => ordinal(a) - ordinal(b));
  };
  return { ordinal, place };
}
