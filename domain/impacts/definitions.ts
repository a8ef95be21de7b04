import { changesForAdministrators, changesForSecurity } from './operations.ts';
import type { ImpactDefinition } from './definition.ts';
import { changesForOwners } from './owners.ts';
import { changesForHelpDesk, changesForPeople } from './people.ts';

/** Every change that an assessment may tell, each once by type and audience. */
export const impactDefinitions: readonly ImpactDefinition[] = [
  ...changesForOwners,
  ...changesForPeople,
  ...changesForAdministrators,
  ...changesForSecurity,
  ...changesForHelpDesk,
];

export const impactTypes: readonly string[] = [
  ...new Set(impactDefinitions.map((definition) => definition.type)),
];
