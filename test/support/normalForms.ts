import type { z } from 'zod';
import { ApplicationForm } from '../../domain/inventory/application.ts';
import { AssignmentForm } from '../../domain/inventory/assignment.ts';
import { DomainForm } from '../../domain/inventory/domain.ts';
import { GroupForm } from '../../domain/inventory/group.ts';
import type { ItemType } from '../../domain/inventory/itemTypes.ts';
import { PolicyForm } from '../../domain/inventory/policy.ts';
import { ProviderForm } from '../../domain/inventory/provider.ts';
import { RoutingRuleForm } from '../../domain/inventory/routingRule.ts';

/** The schema that each item type's normal form must pass. */
export const formSchemas: Readonly<Record<ItemType, z.ZodType>> = {
  application: ApplicationForm,
  provider: ProviderForm,
  routing_rule: RoutingRuleForm,
  policy: PolicyForm,
  group: GroupForm,
  assignment: AssignmentForm,
  domain: DomainForm,
};
