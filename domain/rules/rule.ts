import type { CompatibilityClass, ImpactLevel } from '../assessment.ts';
import type { ItemType } from '../inventory/itemTypes.ts';
import type { SourceType } from '../source.ts';
import type { Condition } from './condition.ts';

/** A row of judgement. Its id, condition, class and scope are what the classifier version hashes; words are not. */
export interface Rule {
  id: string;
  when: Condition;
  /** The class an item has at best when the rule fires; null for a finding that changes none. */
  class: CompatibilityClass | null;
  /** Not the customer's to move: settles the verdict before any other rule, on visibility_only. */
  scope?: true;
  operator: ImpactLevel;
  user: ImpactLevel;
  /** What was found, in words that an application's owner understands. */
  text: string;
  remedy: string;
  /** The vendor's public documentation. */
  document: string;
  /** When the row was last held against that document. */
  asOf: string;
}

/** The rows for one item type of one vendor. Exactly one of them is native: an allow-list. */
export interface RuleSet {
  source: SourceType;
  itemType: ItemType;
  rules: readonly Rule[];
  /** Where in the raw payload each field of the subject comes from (RFC 6901). */
  pointers: Readonly<Record<string, string>>;
}
