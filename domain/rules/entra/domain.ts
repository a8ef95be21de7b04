import { absent, all, is, isIn, not, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { subjectOf } from '../subject.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';

const { scope, listed, manual, finding } = rowsOf({
  prefix: 'entra.domain',
  document: documents.domains,
  asOf,
});

const own = is('initial', false);
const verified = all(own, is('status', 'verified'));

const rules: Rule[] = [
  scope('initial', is('initial', true), {
    text: 'It is the directory\u2019s own domain at Microsoft and cannot leave it.',
    remedy: 'Give people who still have names under it names of a domain of your own.',
  }),
  listed('managed', all(verified, is('vendor_kind', 'Managed')), {
    text: 'Its people sign in at Entra, with a password that cannot be carried over.',
    remedy: 'Verify it at the target before the cutover, and let its people set a password there.',
    operator: 'medium',
    user: 'high',
    impacts: ['domain_reverification', 'password_not_carried'],
  }),
  listed('federated', all(verified, is('vendor_kind', 'Federated')), {
    text: 'Its people sign in at a partner; see the provider that stands for it.',
    remedy: 'Verify it at the target before people are sent to the partner from there.',
    operator: 'medium',
    impacts: ['domain_reverification'],
  }),
  listed('abandoned', all(own, is('status', 'unverified')), {
    text: 'It was never verified, so that nobody has a name under it: abandoned at the source.',
    remedy: 'Verify it at the target if it is meant to be used.',
  }),
  manual('state_unknown', all(own, absent('status')), {
    text: 'Whether it is verified was not said.',
    remedy: 'Look at it in Entra, and collect again.',
  }),
  manual('sign_in_unknown', all(verified, not(isIn('vendor_kind', ['Managed', 'Federated']))), {
    text: 'Where its people sign in was not said, or in a way that is not known here.',
    remedy: 'Look at it in Entra, and decide by hand.',
  }),
  finding('services', all(verified, some('entra.supported_services')), {
    text: 'Microsoft\u2019s services use it: {entra.supported_services}.',
    remedy: 'These stay with Entra: their people must go on signing in there, or be federated to the target.',
    operator: 'high',
    impacts: ['microsoft_services_remain'],
  }),
  finding('unmanaged', all(own, is('entra.is_admin_managed', false)), {
    text: 'No administrator has taken it over: its people signed up by themselves.',
    remedy: 'Take it over in Entra first, to know who they are.',
    document: 'https://learn.microsoft.com/entra/identity/users/domains-admin-takeover',
  }),
];

export const entraDomainRules: RuleSet<'domain'> = {
  source: 'entra',
  itemType: 'domain',
  rules: [...unknownWords('domain', documents.domains), ...rules],
  pointers: {
    vendor_kind: '/authenticationType',
    status: '/isVerified',
    'entra.supported_services': '/supportedServices',
    'entra.is_admin_managed': '/isAdminManaged',
  },
  facts: {
    initial: 'whether isInitial, or a domain of Microsoft\u2019s for directories (*.onmicrosoft.com)',
  },
  factsRevision: 1,
  reads: {},
  subject: (item) =>
    subjectOf(item, {
      initial:
        item.normalized.entra?.is_initial === true ||
        /\.(?:onmicrosoft\.(?:com|us)|onmschina\.cn)$/i.test(item.normalized.domain),
    }),
  contract: () => 'verified_domain',
};
