import { z } from 'zod';
import type { SourceType } from '../source.ts';
import type { ApplicationForm } from './application.ts';
import type { AssignmentForm } from './assignment.ts';
import type { DomainForm } from './domain.ts';
import type { GroupForm } from './group.ts';
import type { ItemType } from './itemTypes.ts';
import type { PolicyForm } from './policy.ts';
import type { ProviderForm } from './provider.ts';
import type { RoutingRuleForm } from './routingRule.ts';

/** The normal form of each item type, the same for both vendors where the meaning is the same. */
export interface NormalForms {
  application: ApplicationForm;
  provider: ProviderForm;
  routing_rule: RoutingRuleForm;
  policy: PolicyForm;
  group: GroupForm;
  assignment: AssignmentForm;
  domain: DomainForm;
}

/** What an item's evidence in a page is: the object itself, or one read beside it. */
export const evidenceRoles = ['object', 'certificate', 'domain', 'federation'] as const;
export type EvidenceRole = (typeof evidenceRoles)[number];

/** Points into a page of evidence: the page and the object's index in its array. */
export const EvidencePointer = z.strictObject({
  id: z.uuid(),
  index: z.int().nonnegative(),
  role: z.enum(evidenceRoles),
});
export type EvidencePointer = z.infer<typeof EvidencePointer>;

/** One object of the incumbent in normal form, before it is a row. */
export interface NormalItem<Type extends ItemType = ItemType> {
  itemType: Type;
  sourceType: SourceType;
  /** The vendor's id. */
  externalId: string;
  /** A second name of the vendor's under which other items refer to it; unique in a snapshot. */
  alternateId?: string | null;
  name: string;
  status: string | null;
  /** The vendor's own word for the kind (`OPENID_CONNECT`, `APP_GROUP`, `servicePrincipal/saml`). */
  vendorKind: string;
  normalized: NormalForms[Type];
}

/** An item of a stored snapshot, without its raw payload. */
export interface StoredItem<Type extends ItemType = ItemType> extends NormalItem<Type> {
  id: string;
  ordinal: bigint;
  fingerprint: string;
  evidence: readonly EvidencePointer[];
}

/** A dotted path for external ids that are composed of two, so that neither side's characters can forge one. */
export const assignmentExternalId = (application: string, principal: 'group' | 'user', id: string): string =>
  `${application}/${principal}/${id}`;
