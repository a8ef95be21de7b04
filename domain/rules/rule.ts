import type { CompatibilityClass, ImpactLevel, TargetContract } from '../assessment.ts';
import type { ImpactMark } from '../impactMarks.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { ItemType } from '../inventory/itemTypes.ts';
import type { SourceType } from '../source.ts';
import type { Condition, Subject } from './condition.ts';
import type { Reads, Surroundings } from './surroundings.ts';

/** A row of judgement. Words are no part of what the classifier version hashes; everything else is. */
export interface Rule {
  id: string;
  when: Condition;
  /** The class an item has at best when the rule fires; null for a finding that changes none. */
  class: CompatibilityClass | null;
  /** Not the customer's to move: settles the verdict before any other rule, on visibility_only. */
  scope?: true;
  operator: ImpactLevel;
  user: ImpactLevel;
  /** What was found, in words that an application's owner understands; `{field}` stands for what the subject holds. */
  text: string;
  /** What to do about it: the same for every item, so that remedies can be counted. */
  remedy: string;
  /** The vendor's public documentation. */
  document: string;
  /** When the row was last held against that document. */
  asOf: string;
  /** Changes that people meet, for which an item on which the rule fires is evidence. */
  impacts?: readonly ImpactMark[];
}

/** The rows for one item type of one vendor. Exactly one of them is native at most: an allow-list. */
export interface RuleSet<Type extends ItemType = ItemType> {
  source: SourceType;
  itemType: Type;
  rules: readonly Rule[];
  /** Where in the raw payload each field of the subject comes from (RFC 6901). */
  pointers: Readonly<Record<string, string>>;
  /** Fields that no single member states: what each is derived from, in words. */
  facts: Readonly<Record<string, string>>;
  /** Raised whenever a fact is derived differently; part of the classifier version. */
  factsRevision: number;
  reads: Reads;
  /** What the conditions look at: the normal form, with the facts. */
  subject(item: StoredItem<Type>, around: Surroundings): Subject;
  /** What a cutover would make of the item. */
  contract(item: StoredItem<Type>, around: Surroundings): TargetContract;
}
