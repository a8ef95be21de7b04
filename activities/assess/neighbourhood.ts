import type { Assessment } from '../../domain/assessment.ts';
import type { TenantId } from '../../domain/ids.ts';
import type { StoredItem } from '../../domain/inventory/item.ts';
import { ruleSets, scopeRuleIds } from '../../domain/rules/ruleSets.ts';
import type { RuleSet } from '../../domain/rules/rule.ts';
import type {
  JudgedEnd,
  NamedItem,
  Naming,
  RelationPath,
  SnapshotFacts,
  Surroundings,
} from '../../domain/rules/surroundings.ts';
import { builtInTarget } from '../../domain/rules/targetProfile.ts';
import { readCertificate } from '../../platform/certificates.ts';
import type { Database } from '../../prisma/client.ts';
import {
  countNaming,
  findItems,
  findObjects,
  findRelations,
  findSameEnds,
  type ItemRelationRow,
  type SourceObjectRow,
} from '../../prisma/store/items.ts';
import { judgedEnds } from '../../prisma/store/verdicts.ts';

const ruleSetOf = (item: StoredItem): RuleSet => ruleSets[item.sourceType][item.itemType];

/** Reads what the rules of a batch look at beyond its items: each kind of neighbour in one query for all of them. */
export class Neighbourhood {
  readonly #database: Database;
  readonly #tenant: TenantId;
  readonly #assessment: Assessment;
  readonly #facts: SnapshotFacts;
  readonly #forms: Known<StoredItem>;
  readonly #ends: Known<JudgedEnd>;

  constructor(database: Database, tenant: TenantId, assessment: Assessment, facts: SnapshotFacts) {
    this.#database = database;
    this.#tenant = tenant;
    this.#assessment = assessment;
    this.#facts = facts;
    this.#forms = new Known(async (ids) => {
      const found = await findItems(database, tenant, ids);
      return new Map(found.map((item) => [item.id, item]));
    });
    this.#ends = new Known((ids) => judgedEnds(database, tenant, assessment.id, ids));
  }

  /** What is around each item of the batch. */
  async of(items: readonly StoredItem[]): Promise<(item: StoredItem) => Surroundings> {
    const relations = await this.#relations(items);
    const reading = (wants: (reads: RuleSet['reads']) => unknown) =>
      items.filter((item) => Boolean(wants(ruleSetOf(item).reads))).map((item) => item.id);
    const [forms, verdicts, naming, objects, sameEnds] = await Promise.all([
      this.#forms.of(idsAlong(items, relations, ({ reads }) => reads.items)),
      this.#ends.of(idsAlong(items, relations, ({ reads }) => reads.verdicts)),
      countNaming(
        this.#database,
        this.#tenant,
        { assessmentId: this.#assessment.id, scopeRules: scopeRuleIds },
        reading((reads) => reads.naming),
      ),
      this.#objects(items),
      findSameEnds(
        this.#database,
        this.#tenant,
        reading((reads) => reads.sameEnds),
      ),
    ]);
    return (item) => {
      const { items: formPaths = [], verdicts: verdictPaths = [] } = ruleSetOf(item).reads;
      return {
        snapshot: this.#facts,
        profile: builtInTarget,
        asOf: this.#assessment.asOf,
        certificate: readCertificate,
        named: (path) => {
          const declared = [formPaths.includes(path), verdictPaths.includes(path)];
          if (!declared.includes(true)) throw new Error(`the rules of ${item.itemType} do not read ${path}`);
          return relations.along(item.id, path).map(({ toExternalId, toItemId }): NamedItem => ({
            externalId: toExternalId,
            item: forms.get(toItemId ?? '') ?? null,
            verdict: verdicts.get(toItemId ?? '') ?? null,
          }));
        },
        naming: naming.get(item.id) ?? noNaming,
        objects: (kind) => objects.get(`${kind} ${item.externalId}`) ?? [],
        sameEnds: sameEnds.get(item.id) ?? [],
      };
    };
  }

  async #relations(items: readonly StoredItem[]): Promise<Relations> {
    const near = new Relations(
      await findRelations(
        this.#database,
        this.#tenant,
        items.map((item) => item.id),
      ),
    );
    const beyond = items.flatMap((item) =>
      pathsOf(ruleSetOf(item)).flatMap((path) => {
        const [first = '', second] = path.split('.');
        return second === undefined ? [] : near.along(item.id, first as RelationPath);
      }),
    );
    const ids = unique(beyond.flatMap(({ toItemId }) => toItemId ?? []));
    near.add(await findRelations(this.#database, this.#tenant, ids));
    return near;
  }

  /** By kind and the parent's external id, in the order of their own, whenever each was read. */
  async #objects(items: readonly StoredItem[]): Promise<Map<string, SourceObjectRow[]>> {
    const parents = new Map<string, string[]>();
    for (const item of items) {
      for (const kind of ruleSetOf(item).reads.objects ?? []) {
        parents.set(kind, [...(parents.get(kind) ?? []), item.externalId]);
      }
    }
    const found = new Map<string, SourceObjectRow[]>();
    for (const [kind, ofKind] of parents) {
      const rows = await findObjects(this.#database, this.#tenant, this.#assessment.snapshotId, kind, {
        parents: ofKind,
      });
      for (const row of rows.sort((a, b) => (a.externalId < b.externalId ? -1 : 1))) {
        const key = `${kind} ${row.parent}`;
        const known = found.get(key);
        if (known) known.push(row);
        else found.set(key, [row]);
      }
    }
    return found;
  }
}

/** Rows that do not change once they are there, read once while they are few: neighbours recur from batch to batch. */
class Known<Row> {
  readonly #read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>;
  readonly #rows = new Map<string, Row>();

  constructor(read: (ids: readonly string[]) => Promise<ReadonlyMap<string, Row>>) {
    this.#read = read;
  }

  async of(ids: readonly string[]): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    const missing: string[] = [];
    for (const id of ids) {
      const row = this.#rows.get(id);
      if (row === undefined) missing.push(id);
      else found.set(id, row);
    }
    if (this.#rows.size > mostKnown) this.#rows.clear();
    for (const [id, row] of await this.#read(missing)) {
      this.#rows.set(id, row);
      found.set(id, row);
    }
    return found;
  }
}

const mostKnown = 10_000;
const noNaming: readonly Naming[] = [];
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const pathsOf = ({ reads }: RuleSet): RelationPath[] => [...(reads.items ?? []), ...(reads.verdicts ?? [])];

function idsAlong(
  items: readonly StoredItem[],
  relations: Relations,
  paths: (ruleSet: RuleSet) => readonly RelationPath[] | undefined,
): string[] {
  const ends = items.flatMap((item) =>
    (paths(ruleSetOf(item)) ?? []).flatMap((path) => relations.along(item.id, path)),
  );
  return unique(ends.flatMap(({ toItemId }) => toItemId ?? []));
}

/** Relations by the item they go out from, followed one or two steps. */
class Relations {
  readonly #from = new Map<string, ItemRelationRow[]>();

  constructor(rows: readonly ItemRelationRow[]) {
    this.add(rows);
  }

  add(rows: readonly ItemRelationRow[]): void {
    const known = new Set(this.#from.keys());
    for (const row of rows) {
      if (known.has(row.fromItemId)) continue;
      const own = this.#from.get(row.fromItemId);
      if (own) own.push(row);
      else this.#from.set(row.fromItemId, [row]);
    }
  }

  from(itemId: string): readonly ItemRelationRow[] {
    return this.#from.get(itemId) ?? [];
  }

  along(itemId: string, path: RelationPath): readonly ItemRelationRow[] {
    const [first, second] = path.split('.');
    const near = this.from(itemId).filter((row) => row.relation === first);
    if (second === undefined) return near;
    return near.flatMap(({ toItemId }) => this.from(toItemId ?? '').filter((row) => row.relation === second));
  }
}
