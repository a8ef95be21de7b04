import type { CompatibilityClass, TargetContract } from '../assessment.ts';
import type { ImpactMark } from '../impactMarks.ts';
import type { Audience, Severity } from '../impacts.ts';
import type { ItemType } from '../inventory/itemTypes.ts';

/**
 * What is told of an item beyond its verdict.
 * - `unreachable`: an application with assignments in force, of which none can be planned.
 * - `grants`: a group that an assignment which can be planned puts to use.
 * - `filled`: a group with members, or of which nobody knows how many it has.
 * - `direct`: a person's own assignment, in force, to an application that is active and the customer's.
 * - `everyone`: the built-in group of everybody, with a known number of members.
 */
export const itemFacts = ['unreachable', 'grants', 'filled', 'direct', 'everyone'] as const;
export type ItemFact = (typeof itemFacts)[number];

/** Which judged items a change touches; every member given must hold. Read by `prisma/store/judgedItems.ts`. */
export interface ItemSelection {
  itemType?: ItemType;
  contract?: TargetContract;
  classes?: readonly CompatibilityClass[];
  /** A rule that carries one of these marks fired. */
  marks?: readonly ImpactMark[];
  /** A cutover can make it: native or approximate, and no service principal, which every plan leaves to a person. */
  planned?: true;
  vendorKind?: string;
  notVendorKind?: string;
  facts?: readonly ItemFact[];
}

/** Objects of one kind that were read beside the items and support a change. */
export interface ObjectSelection {
  /** One of `inventory/objects.ts`. */
  kind: string;
  /** What such an object is, for the documentation. */
  what: string;
  /** Whether this one supports the change, by what is kept of it. */
  supports(data: Readonly<Record<string, unknown>>): boolean;
  /** What it is called where it has no name of its own. */
  name?: string;
}

/** Something to count among the items: how many a selection names, people, applications, or members of groups. */
export type Count = ItemSelection | 'people' | 'applications' | 'members' | 'guarded';

/** What was found of a change. Counts of what nobody knows are 0. */
export interface Found<Name extends string = string> {
  /** Items that support it, without those that are listed beside. */
  items: number;
  /** Those that raise its severity. */
  raising: number;
  counts: Readonly<Record<Name, number>>;
  /** Objects that support it, by kind. */
  objects: Readonly<Record<string, number>>;
  /** One of the collections of `unread` could not be read, so that there may be more. */
  unread: boolean;
}

/**
 * A change that people meet, told to those whom it touches: one row of an assessment by type and audience, and only
 * where something supports it.
 */
export interface ImpactDefinition<Name extends string = string> {
  type: string;
  audience: Audience;
  severity: Severity;
  /** The severity is this one if any of the items is among these, or, with `objects`, any object supports it. */
  rises?: { to: Severity; when: ItemSelection; objects?: true };
  unavoidable: boolean;
  /** When it is told, in a few words, for the documentation. */
  when: string;
  /** Items that any of these names support it and are listed. */
  items: readonly ItemSelection[];
  /** Listed beside: the planned applications that the policies among the items guard. They support nothing alone. */
  beside?: 'guarded_applications';
  objects?: readonly ObjectSelection[];
  counts?: Readonly<Partial<Record<Name, Count>>>;
  /** People of items that are listed elsewhere; a number that is known supports the change by itself. */
  numbers?: Readonly<Partial<Record<Name, ItemSelection>>>;
  /** Collections of which the summary says so if they could not be read. */
  unread?: readonly string[];
  /** A summary that can be forwarded as it stands. */
  summary(found: Found<Name>): string;
}

/** Keeps the names of a definition's counts, so that its summary can only use those. */
export const define = <Name extends string = never>(
  definition: ImpactDefinition<Name>,
): ImpactDefinition<Name> => definition;

export const movable: readonly CompatibilityClass[] = ['native_import', 'import_with_approximation'];

/** Clients that a cutover makes. */
export const plannedClients: ItemSelection = { contract: 'tenant_oidc_application', planned: true };
