import type { CompatibilityClass, TargetContract } from '../assessment.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { ItemType } from '../inventory/itemTypes.ts';
import type { MergeDecision } from '../merge/decision.ts';
import type { LiveResource, ServiceProvider } from '../target.ts';
import type { ApplicationLimits } from './payload.ts';
import type { PlannedStep } from './plannedStep.ts';

/** Something an item cannot be without, by relation: an assignment's application and group, a rule's provider. */
export interface Need {
  relation: string;
  itemId: string | null;
}

/** A resource that an earlier step made of an item, or bound it to. */
export interface Linked {
  resourceId: string;
  /** Of the resource when the step was applied. */
  fingerprint: string;
}

/** What planning reads of an item. */
export type PlannedItem<Type extends ItemType = ItemType> = Pick<
  StoredItem<Type>,
  'id' | 'ordinal' | 'itemType' | 'externalId' | 'name' | 'normalized'
>;

export const isOf = <Type extends ItemType>(item: PlannedItem, type: Type): item is PlannedItem<Type> =>
  item.itemType === type;

/** An assessed item with what planning needs of it. */
export interface Candidate {
  stepId: string;
  item: PlannedItem;
  compatibilityClass: CompatibilityClass;
  targetContract: TargetContract;
  /** Why the item has its class, and what to do about it. */
  rationale: string;
  remedy: string;
  needs: readonly Need[];
  /** What was decided about what it overlaps with; null when it overlaps with nothing. */
  decision: MergeDecision | null;
  inScope: boolean;
  /** What a cutover of this source made of the item before; null for nothing. */
  link: Linked | null;
  /** The item's step as this plan has applied it; null while it has not. */
  applied: { step: PlannedStep; resourceId: string } | null;
}

/** What the target holds now, by natural key; a key of nothing is not in it. */
export type LiveKeys = ReadonlyMap<string, readonly LiveResource[]>;

export interface PlanInput {
  candidates: readonly Candidate[];
  /** Where the target is merged with, what is taken there is for a person to decide about, client ids too. */
  merging: boolean;
  live: LiveKeys;
  /** The resources that items are linked or mapped to, by their ids; one that is gone is not in it. */
  resources: ReadonlyMap<string, LiveResource>;
  /** The target's side of the trust in the provider of each step; null while nobody has told where that is reached. */
  serviceProviders: ReadonlyMap<string, ServiceProvider | null>;
  target: ApplicationLimits;
  /** A client id for a step whose own is taken; the same step always gets the same one. */
  newClientId(stepId: string): string;
}

/** Whether the class lets an item be created or bound. */
export const isMovable = ({ compatibilityClass }: Pick<Candidate, 'compatibilityClass'>): boolean =>
  compatibilityClass === 'native_import' || compatibilityClass === 'import_with_approximation';
