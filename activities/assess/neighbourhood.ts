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
import { verdictsOf } from '../../prisma/store/assessments.ts';
import {
  countNaming,
  findItems,
  findObjects,
  findRelations,
  findSameEnds,
  type ItemRelationRow,
  type SourceObjectRow,
} from '../../prisma/store/items.ts';

const ruleSetOf = (item: StoredItem): RuleSet => ruleSets[item.sourceType][item.itemType];

/** Reads what the rules of a batch look at beyond its items: each kind of neighbour in one query for all of them. */
export class Neighbourhood {
  readonly #database: Database;
  readonly #tenant: TenantId;
  readonly #assessment: Assessment;
  readonly #facts: SnapshotFacts;

  constructor(database: Database, tenant: TenantId, assessment: Assessment, facts: SnapshotFacts) {
    this.#database = database;
    this.#tenant = tenant;
    this.#assessment = assessment;
    this.#facts = facts;
  }

  async of(items: readonly StoredItem[]) {
    const relations = await this.#relations(items);
    const reading = (wants: (reads: RuleSet['reads']) => unknown) =>
      items.filter((item) => Boolean(wants(ruleSetOf(item).reads))).map((item) => item.id);
    const [forms, verdicts, naming, objects, sameEnds] = await Promise.all([
      this.#forms(items, relations),
      this.#verdicts(items, relations),
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
    const surroundings = (item: StoredItem): Surroundings => {
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
    return { surroundings, relations: (item: StoredItem) => relations.from(item.id) };
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

  async #forms(items: readonly StoredItem[], relations: Relations): Promise<Map<string, StoredItem>> {
    const ids = idsAlong(items, relations, ({ reads }) => reads.items);
    const found = await findItems(this.#database, this.#tenant, ids);
    return new Map(found.map((item) => [item.id, item]));
  }

  #verdicts(items: readonly StoredItem[], relations: Relations): Promise<Map<string, JudgedEnd>> {
    const ids = idsAlong(items, relations, ({ reads }) => reads.verdicts);
    return verdictsOf(this.#database, this.#tenant, this.#assessment.id, ids);
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
