// A whole snapshot judged in memory, and what is around a single item: what collection and classification do, without
// a database.
import type { Dependency, RuleWords, Verdict } from '../../../domain/assessment.ts';
import type { StoredItem } from '../../../domain/inventory/item.ts';
import { judgeItem } from '../../../domain/rules/judge.ts';
import { ruleSets, scopeRuleIds, wordsOfSource } from '../../../domain/rules/ruleSets.ts';
import { dependenciesOf } from '../../../domain/rules/subject.ts';
import { tellVerdict } from '../../../domain/rules/tell.ts';
import { sourceTypes } from '../../../domain/source.ts';
import {
  judgedLast,
  type JudgedEnd,
  type NamedItem,
  type Naming,
  type SnapshotFacts,
  type Surroundings,
} from '../../../domain/rules/surroundings.ts';
import { builtInTarget } from '../../../domain/rules/targetProfile.ts';
import { readCertificate } from '../../../platform/certificates.ts';

/** The day on which tests judge. */
export const asOf = new Date('2026-11-23T12:00:00Z');

export type Facts = { -readonly [Member in keyof SnapshotFacts]: SnapshotFacts[Member] };

/** A snapshot of which everything was read, with nothing beside the items. */
export const emptyFacts = (): Facts => ({
  incumbentHosts: new Set(),
  ownTrust: { entityIds: new Set(), hosts: new Set(), directories: new Set() },
  refused: new Set(),
  providers: [],
  routingRules: [],
  domains: [],
  okta: null,
  entra: null,
});

export interface Around {
  facts?: SnapshotFacts;
  named?: Record<string, readonly Partial<NamedItem>[]>;
  naming?: readonly Partial<Naming>[];
  objects?: Record<string, readonly { externalId?: string; data: unknown }[]>;
  sameEnds?: Surroundings['sameEnds'];
}

/** What is around one item; what is not given is empty. */
export const surroundings = ({
  facts = emptyFacts(),
  named = {},
  naming = [],
  objects = {},
  sameEnds = [],
}: Around = {}): Surroundings => ({
  snapshot: facts,
  profile: builtInTarget,
  asOf,
  certificate: readCertificate,
  named: (path) =>
    (named[path] ?? []).map((each) => ({ externalId: 'named', item: null, verdict: null, ...each })),
  naming: naming.map((each) => ({
    relation: 'group',
    itemType: 'assignment',
    items: 1,
    active: 1,
    standing: 0,
    movable: 0,
    ...each,
  })),
  objects: (kind) => (objects[kind] ?? []).map((object) => ({ externalId: 'object', ...object })),
  sameEnds,
});

const words = new Map<string, RuleWords>(
  sourceTypes.flatMap((source) => wordsOfSource(source).map((each) => [each.rule_id, each])),
);

/** A verdict as it is told of what was judged. */
const verdictOn = (item: StoredItem, around: Surroundings, dependsOn: readonly Dependency[]): Verdict =>
  tellVerdict(judgeItem(item, ruleSets[item.sourceType][item.itemType], around), words, dependsOn);

/** Judges one item with what is around it. */
export const judgeAlone = (item: StoredItem, around: Around = {}): Verdict =>
  verdictOn(item, surroundings(around), []);

export interface SnapshotObject {
  kind: string;
  parent: string;
  externalId: string;
  data: unknown;
}

/** Objects as the store gives them: by what they belong to and what the vendor calls them, whenever each was read. */
export const inOrder = <Object extends SnapshotObject>(objects: readonly Object[]): Object[] =>
  [...objects].sort((a, b) => (`${a.parent} ${a.externalId}` < `${b.parent} ${b.externalId}` ? -1 : 1));

/** Judges every item of a snapshot, those that depend on others last; verdicts by item id. */
export function judgeSnapshot(
  items: readonly StoredItem[],
  objects: readonly SnapshotObject[],
  given: Partial<SnapshotFacts>,
): Map<string, Verdict> {
  const facts: SnapshotFacts = {
    ...emptyFacts(),
    providers: byExternalId(items.filter(isA('provider'))),
    routingRules: byExternalId(items.filter(isA('routing_rule'))),
    domains: byExternalId(items.filter(isA('domain'))),
    ...given,
  };
  const byName = new Map<string, StoredItem>();
  for (const item of items) {
    byName.set(`${item.itemType} ${item.externalId}`, item);
    if (item.alternateId) byName.set(`${item.itemType} alternate ${item.alternateId}`, item);
  }
  const relationsOf = (item: StoredItem) =>
    item.normalized.references.map((reference) => ({
      relation: reference.relation,
      toExternalId: reference.external_id,
      to:
        byName.get(`${reference.item_type ?? ''} ${reference.external_id}`) ??
        byName.get(`${reference.item_type ?? ''} alternate ${reference.alternate_id ?? ''}`) ??
        null,
    }));
  const verdicts = new Map<string, Verdict>();
  const endOf = (item: StoredItem | null): JudgedEnd | null => {
    const verdict = item && verdicts.get(item.id);
    if (!item || !verdict) return null;
    return {
      name: item.name,
      vendorKind: item.vendorKind,
      compatibilityClass: verdict.compatibility_class,
      ruleIds: verdict.findings.map((finding) => finding.rule_id),
    };
  };
  const aroundOf = (item: StoredItem): Surroundings => ({
    ...surroundings({ facts }),
    named: (path) => {
      const [first, second] = path.split('.');
      const near = relationsOf(item).filter((each) => each.relation === first);
      const ends =
        second === undefined
          ? near
          : near.flatMap(({ to }) => (to ? relationsOf(to).filter((each) => each.relation === second) : []));
      return ends.map(({ toExternalId, to }) => ({
        externalId: toExternalId,
        item: to,
        verdict: endOf(to),
      }));
    },
    naming: namingOf(item, items, relationsOf, verdicts),
    objects: (kind) =>
      inOrder(objects.filter((each) => each.kind === kind && each.parent === item.externalId)),
    sameEnds: sameEndsOf(item, items),
  });
  for (const last of [false, true]) {
    const phase = items.filter((item) => judgedLast.includes(item.itemType) === last);
    const judged = phase.map((item) => {
      const relations = relationsOf(item).map((each) => ({ ...each, toItemId: each.to?.id ?? null }));
      return verdictOn(item, aroundOf(item), dependenciesOf(relations));
    });
    phase.forEach((item, position) => {
      const verdict = judged[position];
      if (verdict) verdicts.set(item.id, verdict);
    });
  }
  return verdicts;
}

const byExternalId = <Item extends StoredItem>(items: Item[]): Item[] =>
  items.sort((a, b) => (a.externalId < b.externalId ? -1 : 1));

const isA =
  <Type extends StoredItem['itemType']>(type: Type) =>
  (item: StoredItem): item is StoredItem<Type> =>
    item.itemType === type;

function namingOf(
  item: StoredItem,
  items: readonly StoredItem[],
  relationsOf: (item: StoredItem) => { relation: string; to: StoredItem | null }[],
  verdicts: ReadonlyMap<string, Verdict>,
): Naming[] {
  const found = new Map<string, Naming>();
  for (const other of items) {
    for (const { relation, to } of relationsOf(other)) {
      if (to !== item) continue;
      const key = `${relation} ${other.itemType}`;
      const naming = found.get(key) ?? {
        relation,
        itemType: other.itemType,
        items: 0,
        active: 0,
        standing: 0,
        movable: 0,
      };
      const verdict = verdicts.get(other.id);
      const settled = verdict?.findings.some((finding) => scopeRuleIds.includes(finding.rule_id));
      const movable = ['native_import', 'import_with_approximation'];
      naming.items += 1;
      if ((other.normalized as { active?: boolean }).active !== false) naming.active += 1;
      if (verdict && !settled) naming.standing += 1;
      if (movable.includes(verdict?.compatibility_class ?? '')) naming.movable += 1;
      found.set(key, naming);
    }
  }
  return [...found.values()];
}

function sameEndsOf(item: StoredItem, items: readonly StoredItem[]): Surroundings['sameEnds'] {
  if (!isA('assignment')(item)) return [];
  return items
    .filter(isA('assignment'))
    .filter(
      ({ normalized }) =>
        normalized.principal_type === 'group' &&
        normalized.application === item.normalized.application &&
        normalized.principal === item.normalized.principal,
    )
    .map(({ externalId, normalized }) => ({ externalId, role: normalized.role }))
    .sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
}
