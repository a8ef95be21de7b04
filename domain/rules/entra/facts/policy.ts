import type { PolicyForm } from '../../../inventory/policy.ts';
import type { StoredItem } from '../../../inventory/item.ts';
import type { Subject } from '../../condition.ts';
import { subjectOf } from '../../subject.ts';
import type { NamedItem, Surroundings } from '../../surroundings.ts';
import { microsoftRule } from '../application/servicePrincipal/index.ts';
import { firstPartyApplications, isFirstParty } from '../firstParty.ts';

/** What a policy stands in front of. */
export type Guarded = 'nobody' | 'microsoft' | 'old_protocols' | 'actions' | 'applications';

/** Microsoft's services under a word of conditional access. */
const microsoftWords = ['Office365', 'MicrosoftAdminPortals'];
const oldClients = ['exchangeActiveSync', 'easSupported', 'other'];
const modernClients = ['browser', 'mobileAppsAndDesktopClients'];

/** Members that are looked at one by one; whatever else says anything is beyond what the target evaluates. */
const understood = [
  'conditions.applications.includeApplications',
  'conditions.clientAppTypes',
  'conditions.locations.excludeLocations',
  'conditions.locations.includeLocations',
  'conditions.users.excludeGroups',
  'conditions.users.excludeRoles',
  'conditions.users.excludeUsers',
  'conditions.users.includeGroups',
  'conditions.users.includeUsers',
  'grantControls.builtInControls',
  'grantControls.operator',
];

/** The subject that the rules of a conditional access policy judge. */
export function policySubject(item: StoredItem<'policy'>, around: Surroundings): Subject {
  const form = item.normalized;
  const said = {
    conditions: form.conditions,
    grantControls: form.settings.grantControls,
    sessionControls: form.settings.sessionControls,
  };
  const list = (...path: string[]) => textsAt(said, path);
  const members = [...new Set(sayingSomething(said, '').map(shortened))];
  const who = whoOf(list, members, around);
  const applications = list('conditions', 'applications', 'includeApplications');
  const controls = list('grantControls', 'builtInControls');
  const clients = list('conditions', 'clientAppTypes');
  const strength = textAt(said, ['grantControls', 'authenticationStrength', 'id']) !== null;
  return subjectOf(item, {
    guards: guardedBy({ who, applications, clients, members }, around),
    demands: [
      ...(controls.includes('mfa') ? ['second factor'] : []),
      ...(controls.includes('block') ? ['block'] : []),
    ],
    included: who.mapped,
    excluded: around.named('excluded_group').filter(isMovable).map(nameOf),
    included_unmapped: who.unmapped,
    excluded_unmapped: excludedUnmapped(list, members, around),
    beyond: [
      ...members.filter((member) => !isUnderstood(said, member)),
      ...strangers(
        'application',
        applications.filter((id) => !isKnownApplication(id, around)),
      ),
      ...strangers('location', unknownLocations(form, list)),
      ...(isModern(clients) ? [] : [`client apps: ${clients.join(', ') || 'none'}`]),
      ...strangers(
        'control',
        controls.filter((control) => control !== 'block' && control !== 'mfa'),
      ),
      ...(controls.length === 0 ? ['no control of access'] : []),
    ],
    asks_second_factor: controls.includes('mfa') || strength,
    denies: controls.includes('block'),
    names_guests: who.guests,
    session: members.some((member) =>
      ['sessionControls.signInFrequency', 'sessionControls.persistentBrowser'].includes(member),
    ),
  });
}

/** What should be a list and is none cannot be looked at one by one. */
const isUnderstood = (said: unknown, member: string): boolean =>
  understood.includes(member) &&
  (member === 'grantControls.operator' || Array.isArray(at(said, member.split('.'))));

const strangers = (what: string, names: readonly string[]) => names.map((name) => `${what} ${name}`);

/** A control or a condition of several members is told as one. */
const shortened = (path: string): string =>
  path
    .split('.')
    .slice(0, path.startsWith('conditions.') ? 3 : 2)
    .join('.');

/** Members that say something, as dotted paths; annotations, empty ones and controls that are off say nothing. */
function sayingSomething(value: unknown, path: string): string[] {
  if (value === null || value === undefined || value === '' || value === false) return [];
  if (Array.isArray(value)) return value.length > 0 ? [path] : [];
  if (typeof value !== 'object') return [path];
  const entries = Object.entries(value).filter(([name]) => !name.includes('@'));
  if (entries.some(([name, member]) => name === 'isEnabled' && member === false)) return [];
  return entries.flatMap(([name, member]) => sayingSomething(member, path === '' ? name : `${path}.${name}`));
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function textsAt(value: unknown, path: readonly string[]): string[] {
  const found = at(value, path);
  return Array.isArray(found)
    ? found.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)))
    : [];
}

function textAt(value: unknown, path: readonly string[]): string | null {
  const found = at(value, path);
  return typeof found === 'string' && found !== '' ? found : null;
}

type List = (...path: string[]) => string[];

interface Who {
  /** Those whom the target can tell, by name. */
  mapped: string[];
  unmapped: string[];
  nobody: boolean;
  guests: boolean;
}

const names = (members: readonly string[], path: string) =>
  members.some((member) => member === path || member.startsWith(`${path}.`));

function whoOf(list: List, members: readonly string[], around: Surroundings): Who {
  const users = list('conditions', 'users', 'includeUsers');
  const groups = around.named('included_group');
  const guests =
    users.includes('GuestsOrExternalUsers') ||
    names(members, 'conditions.users.includeGuestsOrExternalUsers');
  const people = users.filter((user) => !['All', 'None', 'GuestsOrExternalUsers'].includes(user));
  const known = new Set(groups.map(({ externalId }) => externalId));
  const unmapped = [
    ...people.map((id) => `user ${id}`),
    ...groups.filter((group) => !isMovable(group)).map(nameOf),
    ...list('conditions', 'users', 'includeGroups')
      .filter((id) => !known.has(id))
      .map((id) => `group ${id}`),
    ...list('conditions', 'users', 'includeRoles').map((id) => `role ${id}`),
    ...(guests ? ['guests'] : []),
  ];
  const mapped = [...(users.includes('All') ? ['everybody'] : []), ...groups.filter(isMovable).map(nameOf)];
  return {
    mapped,
    unmapped,
    nobody: users.includes('None') && mapped.length === 0 && unmapped.length === 0,
    guests,
  };
}

/** People who are kept out of the policy, and whom the target could not keep out of it. */
function excludedUnmapped(list: List, members: readonly string[], around: Surroundings): string[] {
  const groups = around.named('excluded_group');
  const known = new Set(groups.map(({ externalId }) => externalId));
  const guests = names(members, 'conditions.users.excludeGuestsOrExternalUsers');
  return [
    ...list('conditions', 'users', 'excludeUsers').map((id) =>
      id === 'GuestsOrExternalUsers' ? 'guests' : `user ${id}`,
    ),
    ...groups.filter((group) => !isMovable(group)).map(nameOf),
    ...list('conditions', 'users', 'excludeGroups')
      .filter((id) => !known.has(id))
      .map((id) => `group ${id}`),
    ...list('conditions', 'users', 'excludeRoles').map((id) => `role ${id}`),
    ...(guests ? ['guests'] : []),
  ];
}

const isMovable = ({ verdict }: NamedItem): boolean =>
  verdict?.compatibilityClass === 'native_import' ||
  verdict?.compatibilityClass === 'import_with_approximation';

const nameOf = ({ verdict, externalId }: NamedItem): string => `group ${verdict?.name ?? externalId}`;

function guardedBy(
  policy: {
    who: Who;
    applications: readonly string[];
    clients: readonly string[];
    members: readonly string[];
  },
  around: Surroundings,
): Guarded {
  const { who, applications, clients, members } = policy;
  const others = [
    'includeUserActions',
    'includeAuthenticationContextClassReferences',
    'applicationFilter',
  ].filter((member) => names(members, `conditions.applications.${member}`));
  const nothing = applications.length === 1 && applications[0] === 'None';
  if (who.nobody || (others.length === 0 && nothing)) return 'nobody';
  if (applications.length === 0 && others.join() === 'includeUserActions') return 'actions';
  if (
    others.length === 0 &&
    applications.length > 0 &&
    applications.every((id) => isMicrosofts(id, around))
  ) {
    return 'microsoft';
  }
  return clients.length > 0 && clients.every((client) => oldClients.includes(client))
    ? 'old_protocols'
    : 'applications';
}

const judgedAs = (appId: string, around: Surroundings): readonly string[] | null =>
  around.named('application_condition').find(({ externalId }) => externalId === appId)?.verdict?.ruleIds ??
  null;

const isMicrosofts = (appId: string, around: Surroundings): boolean =>
  microsoftWords.includes(appId) ||
  isFirstParty(appId) ||
  judgedAs(appId, around)?.includes(microsoftRule) === true;

/** Whether the snapshot holds an application of the customer's with this appId. */
function isKnownApplication(appId: string, around: Surroundings): boolean {
  if (appId === 'All') return true;
  const rules = judgedAs(appId, around);
  return rules !== null && !rules.includes(microsoftRule) && !firstPartyApplications.has(appId.toLowerCase());
}

const isModern = (clients: readonly string[]): boolean =>
  clients.includes('all') ||
  (modernClients.every((client) => clients.includes(client)) && clients.length === modernClients.length);

/** Named locations that are no IP ranges or countries of the snapshot. */
function unknownLocations(form: PolicyForm, list: List): string[] {
  const resolved = new Set(
    (form.entra?.locations ?? [])
      .filter(({ kind }) => kind === 'ipNamedLocation' || kind === 'countryNamedLocation')
      .map(({ id }) => id),
  );
  const included = list('conditions', 'locations', 'includeLocations').filter((id) => id !== 'All');
  return [...included, ...list('conditions', 'locations', 'excludeLocations')].filter(
    (id) => !resolved.has(id),
  );
}
