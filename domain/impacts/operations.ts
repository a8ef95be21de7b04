import { entraObjects, oktaObjects } from '../inventory/objects.ts';
import { define, movable, type ImpactDefinition } from './definition.ts';
import { securityDefaults } from './people.ts';
import { agree, applications, groups, listed, policies, quantity, sentences } from './words.ts';

const plannedGroups = { contract: 'tenant_group', classes: movable } as const;

/** Plans that are the directory itself; every other is a service that people use. */
const directoryPlans = ['AADPremiumService', 'MultiFactorService'];

/** What administrators must do or know. */
export const changesForAdministrators: readonly ImpactDefinition[] = [
  define({
    type: 'group_created_empty',
    audience: 'administrators',
    severity: 'high',
    rises: { to: 'critical', when: { facts: ['grants'] } },
    unavoidable: true,
    when: 'planned groups with members, or of which nobody knows how many (critical when a planned assignment depends on one)',
    items: [{ ...plannedGroups, facts: ['filled'] }],
    counts: { members: 'members' },
    summary: ({ items, raising, counts }) =>
      sentences(
        `${groups(items)} will be created without ${agree(items, 'its', 'their')} members${counts.members > 0 ? ` (${quantity(counts.members, 'membership', 'memberships')} known)` : ''}.`,
        raising > 0 &&
          `${raising === items ? agree(items, 'It gives', 'They give') : `${raising} of them ${agree(raising, 'gives', 'give')}`} access to applications that move, which nobody has until members are added.`,
        `Add the members at the target before people switch.`,
      ),
  }),
  define({
    type: 'group_becomes_static',
    audience: 'administrators',
    severity: 'medium',
    unavoidable: false,
    when: 'planned groups that a rule or another directory fills today',
    items: [{ ...plannedGroups, marks: ['group_becomes_static'] }],
    summary: ({ items }) =>
      `${groups(items)} will no longer fill by ${agree(items, 'itself', 'themselves')}: a rule or another directory does that today. Before the switch, decide who keeps the members current, or connect that directory to the target.`,
  }),
  define({
    type: 'provisioning_stops',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    when: 'applications with provisioning features (Okta) or synchronization jobs (Entra; said when they could not be read)',
    items: [{ marks: ['provisioning_stops'] }],
    unread: ['synchronization_jobs'],
    summary: ({ items, unread }) =>
      sentences(
        `${applications(items)} will no longer have accounts created, changed or removed by the incumbent. People who leave keep their account there until somebody removes it: arrange another way before the switch.`,
        unread && 'Not all provisioning jobs could be read, so there may be more applications.',
      ),
  }),
  define({
    type: 'directory_source_lost',
    audience: 'administrators',
    severity: 'critical',
    unavoidable: false,
    when: 'directories that people come from or that check their passwords',
    items: [{ marks: ['directory_source_lost'] }],
    counts: { policies: { itemType: 'policy' } },
    summary: ({ items, counts }) =>
      `People\u2019s accounts or passwords come from a directory today (${listed([
        items > counts.policies &&
          quantity(items - counts.policies, 'connected directory', 'connected directories'),
        counts.policies > 0 &&
          `${quantity(counts.policies, 'password policy', 'password policies')} that ${agree(counts.policies, 'leaves', 'leave')} passwords to one`,
      ])}), and that connection ends. Without another one, nobody tells the target who joins, moves or leaves, and those whose password the directory checks cannot sign in: connect the directory to the target before the switch.`,
  }),
  define({
    type: 'agent_sign_in_stops',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    when: 'LDAP interface, Windows sign-in (RDP), RADIUS',
    items: [{ marks: ['agent_sign_in_stops'] }],
    summary: ({ items }) =>
      `${applications(items)} ${agree(items, 'signs', 'sign')} people in through an agent or interface of the incumbent (LDAP, RADIUS, Windows), which stops with it. Before the switch, give each device or service behind ${agree(items, 'it', 'them')} another way to check people.`,
  }),
  define({
    type: 'remote_access_stops',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    when: 'applications published through an application proxy',
    items: [{ marks: ['remote_access_stops'] }],
    summary: ({ items }) =>
      `${applications(items)} ${agree(items, 'is', 'are')} reached from outside through the incumbent\u2019s application proxy, which signs people in before it lets them through. Before the switch, publish ${agree(items, 'it', 'them')} another way, or nobody outside the network gets in.`,
  }),
  define({
    type: 'governance_stops',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    when: 'applications under entitlement management',
    items: [{ marks: ['governance_stops'] }],
    summary: ({ items }) =>
      `${applications(items)} ${agree(items, 'has', 'have')} access requested, approved or reviewed at the incumbent; that ends. Before the switch, decide who approves and reviews access, and keep the records of the past.`,
  }),
  define({
    type: 'microsoft_services_remain',
    audience: 'administrators',
    severity: 'critical',
    unavoidable: false,
    when: 'domains with supported services, plans assigned to the organisation',
    items: [{ marks: ['microsoft_services_remain'] }],
    objects: [
      {
        kind: entraObjects.organization,
        what: 'the organisation, with enabled plans beyond the directory\u2019s own',
        supports: ({ plans }) =>
          Array.isArray(plans) &&
          plans.some(({ service }: { service: unknown }) => !directoryPlans.includes(String(service))),
      },
    ],
    counts: { domains: { itemType: 'domain' } },
    summary({ items, counts, objects }) {
      const plans = (objects[entraObjects.organization] ?? 0) > 0;
      return `Mail, files and other services of Microsoft stay with the incumbent (${listed([
        counts.domains > 0 &&
          `${quantity(counts.domains, 'domain', 'domains')} that ${agree(counts.domains, 'serves', 'serve')} them`,
        items > counts.domains && quantity(items - counts.domains, 'other item', 'other items'),
        plans && 'plans assigned to the organisation',
      ])}). People need their account there as long as they use them: do not delete accounts, licences or domains at the incumbent after the cutover, and plan how people sign in to these services.`;
    },
  }),
  define({
    type: 'microsoft_365_refederation',
    audience: 'administrators',
    severity: 'critical',
    unavoidable: false,
    when: 'Microsoft 365 signed in to through the incumbent',
    items: [{ marks: ['microsoft_365_refederation'] }],
    summary: ({ items }) =>
      `People sign in to Microsoft 365 through the incumbent (${applications(items)}). The federation of its domains must be moved by hand, domain by domain; as long as it points at the incumbent, nobody reaches mail or files without the incumbent. Plan a date for each domain, with an administrator account that does not depend on it.`,
  }),
  define({
    type: 'upstream_trust_update',
    audience: 'administrators',
    severity: 'critical',
    unavoidable: true,
    when: 'every planned upstream SAML provider',
    items: [{ contract: 'upstream_saml_provider', planned: true }],
    summary: ({ items }) =>
      `${quantity(items, 'partner does', 'partners do')} not trust the target yet: ${agree(items, 'its', 'their')} identity ${agree(items, 'provider', 'providers')} must load the target\u2019s assertion consumer address and entity id first. Until ${agree(items, 'it has', 'each has')}, everybody who signs in there is locked out: send ${agree(items, 'its', 'their')} administrators the values and have the change confirmed before the switch.`,
  }),
  define({
    type: 'certificate_expiring',
    audience: 'administrators',
    severity: 'high',
    unavoidable: false,
    when: 'certificates that have expired or are about to',
    items: [{ marks: ['certificate_expiring'] }],
    counts: { providers: { itemType: 'provider' }, applications: { itemType: 'application' } },
    summary: ({ items, counts }) =>
      `${listed([
        counts.providers > 0 && quantity(counts.providers, 'identity provider', 'identity providers'),
        counts.applications > 0 && applications(counts.applications),
        items > counts.providers + counts.applications &&
          quantity(items - counts.providers - counts.applications, 'other item', 'other items'),
      ])} ${agree(items, 'relies', 'rely')} on a certificate that has expired or will soon. Ask for the next certificate and collect again before the switch: what is moved with the old one stops working on its last day.`,
  }),
  define({
    type: 'domain_reverification',
    audience: 'administrators',
    severity: 'medium',
    unavoidable: true,
    when: 'domains that are verified at the incumbent',
    items: [{ marks: ['domain_reverification'] }],
    summary: ({ items }) =>
      `${quantity(items, 'domain', 'domains')} must be verified again at the target by ${agree(items, 'a DNS record', 'DNS records')}. Ask whoever runs ${agree(items, 'its zone', 'their zones')} in time, and keep the records of the incumbent until the cutover is done.`,
  }),
];

/** What those who answer for security must decide or watch. */
export const changesForSecurity: readonly ImpactDefinition[] = [
  define({
    type: 'policy_not_carried',
    audience: 'security',
    severity: 'high',
    rises: { to: 'critical', when: { marks: ['policy_with_protection_not_carried'] }, objects: true },
    unavoidable: false,
    when: 'policies that no cutover rebuilds, with the planned applications that they guard (critical with a denial, a requirement of MFA, or security defaults)',
    items: [{ marks: ['policy_not_carried', 'policy_with_protection_not_carried'] }],
    beside: 'guarded_applications',
    objects: [securityDefaults],
    counts: { guarded: 'guarded' },
    summary({ items, raising, counts, objects }) {
      const defaults = (objects[entraObjects.securityDefaults] ?? 0) > 0;
      return sentences(
        items > 0 &&
          `${policies(items)} ${agree(items, 'is', 'are')} not carried over${raising > 0 ? `, ${raising === items ? agree(items, 'and it keeps', 'and they keep') : `and ${raising} of them ${agree(raising, 'keeps', 'keep')}`} people out or ${raising === 1 ? 'asks' : 'ask'} for a second factor` : ''}.`,
        defaults && 'The security defaults, which ask everybody for a second factor, are not carried over.',
        counts.guarded > 0 &&
          `${applications(counts.guarded)} that ${agree(counts.guarded, 'moves', 'move')} ${agree(counts.guarded, 'is', 'are')} guarded by ${agree(items, 'it', 'them')} today, and ${agree(counts.guarded, 'is', 'are')} unguarded until the target has the same protection.`,
        'Rebuild at the target what must still hold, before people are let in.',
      );
    },
  }),
  define({
    type: 'access_widens_or_narrows',
    audience: 'security',
    severity: 'critical',
    unavoidable: false,
    when: 'planned applications, and those to rebuild by hand, that everybody may enter today, that a policy guards, or whose groups contain groups',
    items: [
      {
        classes: [...movable, 'manual_rebuild_required'],
        marks: ['access_widens', 'access_narrows'],
      },
    ],
    counts: { widens: { marks: ['access_widens'] }, narrows: { marks: ['access_narrows'] } },
    summary: ({ items, counts }) =>
      sentences(
        `${quantity(items, 'item changes', 'items change')} who can enter an application.`,
        counts.widens > 0 &&
          `Access widens through ${counts.widens}: somebody who is kept out today gets in unless the same protection is rebuilt first.`,
        counts.narrows > 0 &&
          `Access narrows through ${counts.narrows}: somebody who may enter today does not unless a group is assigned first.`,
        'Decide for each who may enter, and check it at the target before the switch.',
      ),
  }),
  define({
    type: 'monitoring_stops',
    audience: 'security',
    severity: 'high',
    unavoidable: false,
    when: 'active event hooks and log streams',
    items: [],
    objects: [oktaObjects.eventHook, oktaObjects.logStream].map((kind) => ({
      kind,
      what: kind === oktaObjects.eventHook ? 'active event hooks' : 'active log streams',
      supports: ({ status }: Readonly<Record<string, unknown>>) => status === 'ACTIVE',
    })),
    summary({ objects }) {
      const [hooks, streams] = [objects[oktaObjects.eventHook] ?? 0, objects[oktaObjects.logStream] ?? 0];
      const all = hooks + streams;
      return `${listed([
        hooks > 0 && quantity(hooks, 'event hook', 'event hooks'),
        streams > 0 && quantity(streams, 'log stream', 'log streams'),
      ])} will see nothing of what happens at the target: whatever watches ${agree(all, 'it', 'them')} falls silent without an error. Before the switch, feed the target\u2019s events to the same place, and test that an alarm still rings.`;
    },
  }),
];
