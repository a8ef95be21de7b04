import type { EntraServicePrincipal } from '../../../inventory/entra.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { Surroundings } from '../../surroundings.ts';
import { isFirstParty, isMicrosoft } from '../firstParty.ts';
import {
  hasAccessRole,
  isForSingleSignOn,
  isOnPremises,
  isProxied,
  rolesOf,
  signOnOf,
} from './singleSignOn.ts';

/** Whose registration a service principal stands for. */
export type Owner = 'microsoft' | 'own' | 'other' | 'unknown';

export function ownerOf(
  { owner_organization: owner, app_id }: EntraServicePrincipal,
  directoryId: string | null,
): Owner {
  if (isMicrosoft(owner) || isFirstParty(app_id)) return 'microsoft';
  if (owner === null || directoryId === null) return 'unknown';
  return owner.toLowerCase() === directoryId.toLowerCase() ? 'own' : 'other';
}

/** The subject that the rules of a service principal judge. */
export function servicePrincipalSubject(
  item: StoredItem<'application'>,
  entra: EntraServicePrincipal,
  around: Surroundings,
): Subject {
  const owner = ownerOf(entra, around.snapshot.entra?.directoryId ?? null);
  const signOn = signOnOf(entra);
  const registered = around.named('registration').some((each) => each.item !== null);
  const forPeople = entra.reply_urls.length > 0 || entra.login_url !== null || signOn === 'password';
  return subjectOf(item, {
    owner,
    sign_on: signOn,
    registered,
    for_single_sign_on: isForSingleSignOn(entra) || hasAccessRole(entra),
    on_premises: isOnPremises(entra) || isProxied(entra.reply_urls),
    for_people: forPeople,
    entity_ids: entra.names.filter((name) => name !== entra.app_id),
    everyone_may_enter: entra.assignment_required === false,
    provisioning: provisioningOf(entra),
    provisioning_jobs: entra.synchronization_jobs?.map(({ id, template }) => template ?? id) ?? [],
    claims_policy: (entra.claims_mapping_policies?.length ?? 0) > 0,
    own_roles: rolesOf(entra).map(({ name }) => name),
  });
}

/** Jobs are asked for where provisioning can be set up at all. */
function provisioningOf(entra: EntraServicePrincipal): 'jobs' | 'none' | 'unread' | 'not_asked' {
  const asked = isForSingleSignOn(entra) || entra.sso_mode === 'saml';
  if (!asked) return 'not_asked';
  if (entra.synchronization_jobs === null) return 'unread';
  return entra.synchronization_jobs.length > 0 ? 'jobs' : 'none';
}
