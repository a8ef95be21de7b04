import type { CompatibilityClass } from '../assessment.ts';
import type { Relation } from '../inventory/common.ts';
import type { StoredItem } from '../inventory/item.ts';
import type { ItemType } from '../inventory/itemTypes.ts';
import type { ReadCertificate } from './certificate.ts';
import type { EntraFacts } from './entra/directoryFacts.ts';
import type { OktaFacts } from './okta/orgFacts.ts';
import type { TargetProfile } from './targetProfile.ts';

/** From an item to those it names; `application.registration` is the registration of its application. */
export type RelationPath = Relation | `${Relation}.${Relation}`;

/** What of its neighbours a type's rules look at. Nothing else is loaded for it. */
export interface Reads {
  /** Relations of which the other end's normal form is looked at. */
  items?: readonly RelationPath[];
  /** Relations of which the other end's verdict is looked at: for the types of `judgedLast` alone. */
  verdicts?: readonly RelationPath[];
  /** How many items name this one. */
  naming?: true;
  /** Kinds of objects read beside the items whose parent is this one. */
  objects?: readonly string[];
  /** Assignments of the same principal to the same application. */
  sameEnds?: true;
}

/**
 * Types whose verdicts depend on those of others: an assignment is never better than its ends, a routing rule never
 * better than its provider, a policy never better than the groups it names.
 */
export const judgedLast: readonly ItemType[] = ['routing_rule', 'policy', 'assignment'];

/** A neighbour's verdict, as far as others depend on it. */
export interface JudgedEnd {
  name: string;
  vendorKind: string;
  compatibilityClass: CompatibilityClass;
  ruleIds: readonly string[];
}

/** The other end of a relation. */
export interface NamedItem {
  externalId: string;
  /** Null when the snapshot does not hold it, and where only its verdict is read. */
  item: StoredItem | null;
  /** Null when the snapshot does not hold it, and where only its form is read. */
  verdict: JudgedEnd | null;
}

/** Items of one type that name this one in the same way. */
export interface Naming {
  relation: string;
  itemType: ItemType;
  items: number;
  /** Those that are in use: neither inactive nor disabled. */
  active: number;
  /** Those that were judged and not settled by a scope rule; 0 before they are judged. */
  standing: number;
  /** Those that can be planned; 0 before they are judged. */
  movable: number;
}

export interface AuxiliaryObject {
  externalId: string;
  data: unknown;
}

/** What rules ask of the snapshot as a whole. */
export interface SnapshotFacts {
  /** Hosts under which the incumbent itself answers: the org's and its custom domains. */
  incumbentHosts: ReadonlySet<string>;
  /** How the target and the workspace's other sources are known: trusting one of them would be a circle. */
  ownTrust: {
    entityIds: ReadonlySet<string>;
    hosts: ReadonlySet<string>;
    /** Ids of Entra directories, in lower case. */
    directories: ReadonlySet<string>;
  };
  /** Collections of which anything was refused. */
  refused: ReadonlySet<string>;
  /** By their external ids, as are the others. */
  providers: readonly StoredItem<'provider'>[];
  routingRules: readonly StoredItem<'routing_rule'>[];
  domains: readonly StoredItem<'domain'>[];
  /** Null for a snapshot of another vendor. */
  okta: OktaFacts | null;
  entra: EntraFacts | null;
}

/** Everything beyond the item that its rules may ask. */
export interface Surroundings {
  snapshot: SnapshotFacts;
  profile: TargetProfile;
  /** The only clock of the rules. */
  asOf: Date;
  certificate: ReadCertificate;
  named(path: RelationPath): readonly NamedItem[];
  naming: readonly Naming[];
  objects(kind: string): readonly AuxiliaryObject[];
  /** By external id, this one included. */
  sameEnds: readonly { externalId: string; role: string | null }[];
}
