import { entraObjects } from '../inventory/objects.ts';
import { define, plannedClients, type ImpactDefinition, type ObjectSelection } from './definition.ts';
import { agree, applications, listed, people, policies, quantity } from './words.ts';

/** Ways for guests that every Entra directory lists, whether or not anybody uses them. */
const builtInIdentityProviders = [
  'AADSignup',
  'MicrosoftAccount',
  'EmailOTP',
  '#microsoft.graph.builtInIdentityProvider',
];

export const securityDefaults: ObjectSelection = {
  kind: entraObjects.securityDefaults,
  what: 'security defaults that are on',
  supports: ({ enabled }) => enabled === true,
  name: 'Security defaults',
};

const direct = { itemType: 'assignment', facts: ['direct'] } as const;

/** What the people who sign in meet. */
export const changesForPeople: readonly ImpactDefinition[] = [
  define({
    type: 'application_unreachable',
    audience: 'end_users',
    severity: 'critical',
    unavoidable: false,
    when: 'planned applications with assignments in force, of which none can be planned',
    items: [{ ...plannedClients, facts: ['unreachable'] }],
    summary: ({ items }) =>
      `${applications(items)} will be created, but nobody who uses ${agree(items, 'it', 'them')} today will be able to enter: none of the assignments can be moved. Before the switch, assign a group at the target to each.`,
  }),
  define({
    type: 'password_not_carried',
    audience: 'end_users',
    severity: 'critical',
    unavoidable: true,
    when: 'an active password policy for people whose password Okta keeps; a managed, verified domain of Entra',
    items: [{ marks: ['password_not_carried'] }],
    counts: { policies: { itemType: 'policy' }, domains: { itemType: 'domain' } },
    summary: ({ items, counts }) =>
      `Passwords cannot be read out, so nobody\u2019s password moves (${listed([
        counts.policies > 0 && quantity(counts.policies, 'password policy', 'password policies'),
        counts.domains > 0 &&
          quantity(counts.domains, 'domain whose people sign in there', 'domains whose people sign in there'),
        items > counts.policies + counts.domains &&
          quantity(items - counts.policies - counts.domains, 'other item', 'other items'),
      ])}). Everybody who signs in with a password today must set a new one at the target: tell people the day and how, and check beforehand that each has an e-mail address that reaches them.`,
  }),
  define({
    type: 'mfa_reenrollment',
    audience: 'end_users',
    severity: 'high',
    unavoidable: false,
    when: 'an active enrolment policy that allows a factor beside the password; enabled conditional access that asks for MFA or a strength; security defaults',
    items: [{ marks: ['mfa_reenrollment'] }],
    objects: [securityDefaults],
    summary({ items, objects }) {
      const defaults = (objects[entraObjects.securityDefaults] ?? 0) > 0;
      return `Second factors do not move (${listed([
        items > 0 && `${policies(items)} that ${agree(items, 'enrols or asks', 'enrol or ask')} for one`,
        defaults && 'security defaults that ask for one',
      ])}). Everybody who has one today must enrol again at the target. Tell people before the switch, and keep a way in for those who cannot.`;
    },
  }),
  define({
    type: 'password_policy_changes',
    audience: 'end_users',
    severity: 'medium',
    unavoidable: false,
    when: 'an active password policy',
    items: [{ marks: ['password_policy_changes'] }],
    summary: ({ items }) =>
      `${quantity(items, 'password policy does', 'password policies do')} not move as ${agree(items, 'it is', 'they are')}: length, history, expiry and lockout follow the target\u2019s own policy from the switch on. Compare both, and tell people what their new password must look like.`,
  }),
  define({
    type: 'sign_in_page_changes',
    audience: 'end_users',
    severity: 'medium',
    unavoidable: true,
    when: 'planned OpenID Connect clients, and what is tied to the incumbent\u2019s own sign-in page',
    items: [plannedClients, { marks: ['sign_in_page_changes'] }],
    counts: { clients: plannedClients },
    summary: ({ counts }) =>
      counts.clients > 0
        ? `People who open ${agree(counts.clients, '1 application that moves', `${counts.clients} applications that move`)} will sign in on a page with another look and another address. Show people the new page and its address before the switch, so that they do not take it for a fraud, and so that they take a fraud for one.`
        : 'People will sign in on a page with another look and another address. Show people the new page and its address before the switch, so that they do not take it for a fraud, and so that they take a fraud for one.',
  }),
  define({
    type: 'stored_credentials_lost',
    audience: 'end_users',
    severity: 'high',
    unavoidable: true,
    when: 'applications that the incumbent fills in a stored password for',
    items: [{ marks: ['stored_credentials_lost'] }],
    summary: ({ items }) =>
      `The incumbent fills in people\u2019s user name and password for ${applications(items)}; what it stored cannot be read out. Before the switch, people must look up or reset their password there, and keep it in a password manager.`,
  }),
  define({
    type: 'launch_link_lost',
    audience: 'end_users',
    severity: 'low',
    rises: { to: 'medium', when: { notVendorKind: 'BOOKMARK' } },
    unavoidable: true,
    when: 'active applications and bookmarks that people see on their dashboard (bookmarks alone: low)',
    items: [{ marks: ['launch_link_lost'] }],
    counts: { bookmarks: { vendorKind: 'BOOKMARK' } },
    summary: ({ items, counts }) =>
      `The dashboard goes away, and with it the ${agree(items, 'link', 'links')} to ${listed([
        items > counts.bookmarks && applications(items - counts.bookmarks),
        counts.bookmarks > 0 && quantity(counts.bookmarks, 'bookmark', 'bookmarks'),
      ])}. Before the switch, tell people ${agree(items, 'the address', 'the addresses')}, or put ${agree(items, 'it', 'them')} on a page of your own.`,
  }),
  define({
    type: 'direct_assignment_lost',
    audience: 'end_users',
    severity: 'high',
    unavoidable: true,
    when: 'assignments of single people that are in force, on active applications of the customer\u2019s',
    items: [{ ...direct, marks: ['direct_assignment_lost'] }],
    counts: { people: 'people', applications: 'applications' },
    summary: ({ items, counts }) =>
      `${people(counts.people)} ${agree(counts.people, 'has', 'have')} access to ${applications(counts.applications)} by ${quantity(items, 'assignment of their own, which is', 'assignments of their own, which are')} not carried over. Whoever has access that way loses it at the switch unless a group gives it back: put ${agree(counts.people, 'this person into a group that is', 'these people into groups that are')} assigned.`,
  }),
  define({
    type: 'self_registration_lost',
    audience: 'end_users',
    severity: 'critical',
    unavoidable: false,
    when: 'a profile enrolment policy that lets unknown people register',
    items: [{ marks: ['self_registration_lost'] }],
    summary: ({ items }) =>
      `${policies(items)} ${agree(items, 'lets', 'let')} people register themselves; that ends with the switch, and a stranger then finds no way in. Before the switch, decide how new people get an account and change the pages that invite them to register.`,
  }),
  define({
    type: 'guests_lose_access',
    audience: 'end_users',
    severity: 'high',
    unavoidable: false,
    when: 'enabled conditional access that names guests, partner federation, identity providers for guests, partners with access settings of their own',
    items: [{ marks: ['guests_lose_access'] }],
    objects: [
      {
        kind: entraObjects.identityProvider,
        what: 'identity providers for guests that somebody set up',
        supports: ({ type }) => typeof type === 'string' && !builtInIdentityProviders.includes(type),
      },
      {
        kind: entraObjects.crossTenantPartner,
        what: 'partner directories with access settings of their own (service providers aside)',
        supports: ({ service_provider }) => service_provider !== true,
      },
    ],
    counts: { policies: { itemType: 'policy' }, providers: { itemType: 'provider' } },
    summary({ items, counts, objects }) {
      const others = items - counts.policies - counts.providers;
      const social = objects[entraObjects.identityProvider] ?? 0;
      const partners = objects[entraObjects.crossTenantPartner] ?? 0;
      return `Guests of other organisations will no longer be able to enter (${listed([
        counts.policies > 0 && `${policies(counts.policies)} for guests`,
        counts.providers > 0 && quantity(counts.providers, 'partner federation', 'partner federations'),
        others > 0 && quantity(others, 'other item', 'other items'),
        social > 0 && quantity(social, 'identity provider for guests', 'identity providers for guests'),
        partners > 0 && quantity(partners, 'partner directory', 'partner directories'),
      ])}). Before the switch, decide who of them still needs access, and give them accounts at the target or a federation of their own.`;
    },
  }),
  define({
    type: 'session_lifetime_changes',
    audience: 'end_users',
    severity: 'low',
    unavoidable: false,
    when: 'policies that set how long a session lasts',
    items: [{ marks: ['session_lifetime_changes'] }],
    summary: ({ items }) =>
      `${policies(items)} ${agree(items, 'says', 'say')} how long people stay signed in; from the switch on the target\u2019s own setting holds. People may be asked to sign in more often or less often: compare both and tell them.`,
  }),
];

/** What the help desk must be ready for; only with numbers. */
export const changesForHelpDesk: readonly ImpactDefinition[] = [
  define({
    type: 'help_desk_load',
    audience: 'help_desk',
    severity: 'medium',
    unavoidable: false,
    when: 'the number of people is known: members of the group of everyone, people with assignments of their own',
    items: [{ facts: ['everyone'] }],
    counts: { members: 'members' },
    numbers: { assigned: direct },
    summary: ({ counts }) =>
      `The help desk must expect questions about signing in from ${listed([
        counts.members > 0 && `${people(counts.members)} in the organisation`,
        counts.assigned > 0 && `${people(counts.assigned)} whose own access is not carried over`,
      ])}. Staff it for the day of the switch and the days after, and give it the answers beforehand.`,
  }),
];
