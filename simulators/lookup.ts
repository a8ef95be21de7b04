import { isObject, type ApiObject } from './members.ts';
import type { CollectionShape, Parent, TenantData } from './tenant.ts';

type Index = ReadonlyMap<string, readonly ApiObject[]>;

/** Finds objects without walking a collection for each request. */
export interface Lookup<Name extends string> {
  /** A collection in the order it is paged in. */
  all(name: Name): readonly ApiObject[];
  /** The first object with that key. */
  find(name: Name, key: string): ApiObject | undefined;
  /** The objects of a child collection that hang below `parent`, by its first relation or its second. */
  children(name: Name, parent: ApiObject, relation?: 'parent' | 'alsoBelow'): readonly ApiObject[];
  /** The objects grouped by whatever `by` reads from them; `label` must be its own for each `by`. */
  grouped(name: Name, label: string, by: (object: ApiObject) => string | undefined): Index;
  /** The place of an object in the order of paging: later objects have greater ones, for as long as it lives. */
  ordinal(object: ApiObject): number;
  /** When an object was put into the tenant; `undefined` for those it began with. */
  born(object: ApiObject): number | undefined;
}

/** What a tenant is made of and the clock its new objects are dated by. */
export interface WatchSettings<Name extends string> {
  names: readonly Name[];
  shapes: Readonly<Record<Name, CollectionShape<Name>>>;
  now: () => number;
}

/**
 * Makes a tenant changeable while it is served. `data.apps.push(…)`, `splice`, an assignment to an element or
 * to a whole collection are seen by the next request; so are changed members of an object, except those that
 * place it (its id and the link to its parent), which are read once per change of the collection.
 */
export function watchTenant<Name extends string>(
  source: TenantData<Name>,
  settings: WatchSettings<Name>,
): { data: TenantData<Name>; lookup: Lookup<Name> } {
  const arrays = { ...source };
  const versions = new Map<Name, number>();
  const changed = (name: Name): void => void versions.set(name, (versions.get(name) ?? 0) + 1);
  const births = createBirths(settings.now);

  const watch = (name: Name, list: readonly ApiObject[]): ApiObject[] => {
    // A copy: two simulators of one tenant must not see each other's changes.
    const copy = [...list];
    arrays[name] = copy;
    changed(name);
    return new Proxy(copy, {
      set(target, property, value) {
        changed(name);
        births.note(value);
        return Reflect.set(target, property, value);
      },
      deleteProperty(target, property) {
        changed(name);
        return Reflect.deleteProperty(target, property);
      },
    });
  };

  const watched = { ...source };
  for (const name of settings.names) {
    source[name].forEach(births.before);
    watched[name] = watch(name, source[name]);
  }
  const data = new Proxy(watched, {
    set(target, name, list: ApiObject[]) {
      list.forEach(births.note);
      return Reflect.set(target, name, watch(name as Name, list));
    },
  });
  const version = (name: Name): number => versions.get(name) ?? 0;
  return { data, lookup: createLookup(arrays, settings.shapes, version, births.of) };
}

/** Remembers which objects a tenant began with and when each of the others came. */
function createBirths(now: () => number) {
  const dates = new WeakMap<ApiObject, number | undefined>();
  return {
    before: (object: ApiObject): void => void dates.set(object, undefined),
    note: (value: unknown): void => {
      if (isObject(value) && !dates.has(value)) dates.set(value, now());
    },
    of: (object: ApiObject): number | undefined => dates.get(object),
  };
}

function createLookup<Name extends string>(
  arrays: TenantData<Name>,
  shapes: Readonly<Record<Name, CollectionShape<Name>>>,
  version: (name: Name) => number,
  born: (object: ApiObject) => number | undefined,
): Lookup<Name> {
  const memo = createMemo(version);
  const { ordinal, place } = createOrdinals();

  const grouped: Lookup<Name>['grouped'] = (name, label, by) =>
    memo(name, `by ${label}`, () => {
      const index = new Map<string, ApiObject[]>();
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
    born,
    grouped,
    all: (name) => memo(name, 'all', () => place(arrays[name])),
    find: (name, key) => grouped(name, 'key', (object) => String(object[shapes[name].key])).get(key)?.[0],
    children(name, parent, relation = 'parent') {
      const relative: Parent<Name> | undefined = shapes[name][relation];
      const key = relative?.answersTo(parent);
      if (relative === undefined || key === undefined) return [];
      return grouped(name, relation, (child) => relative.named(child)).get(key) ?? [];
    },
  };
}

/** Keeps what was computed from a collection until that collection changes. */
function createMemo<Name extends string>(version: (name: Name) => number) {
  const kept = new Map<string, { version: number; value: unknown }>();
  return <T>(name: Name, label: string, compute: () => T): T => {
    const id = `${name} ${label}`;
    const found = kept.get(id);
    if (found?.version === version(name)) return found.value as T;
    const value = compute();
    kept.set(id, { version: version(name), value });
    return value;
  };
}

/**
 * Vendors page by an internal key: an object deleted between two pages moves no other object, and one created
 * meanwhile comes after all older ones. Numbering objects when they are first seen gives the same.
 */
function createOrdinals() {
  const ordinals = new WeakMap<ApiObject, number>();
  let last = 0;
  const ordinal = (object: ApiObject): number => {
    let found = ordinals.get(object);
    if (found === undefined) ordinals.set(object, (found = last += 1));
    return found;
  };
  const place = (list: readonly ApiObject[]): readonly ApiObject[] => {
    list.forEach(ordinal);
    return [...list].sort((a, b) => ordinal(a) - ordinal(b));
  };
  return { ordinal, place };
}
