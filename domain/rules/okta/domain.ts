import { all, is, not, some } from '../condition.ts';
import { rowsOf } from '../rows.ts';
import type { Rule, RuleSet } from '../rule.ts';
import { unknownWords } from './common.ts';
import { asOf, documents } from './documents.ts';
import { domainSubject } from './facts/domain.ts';

const document = documents.customDomains;
const { listed, scope, finding } = rowsOf({ prefix: 'okta.domain', document, asOf });

const signInHost = is('use', 'sign_in_host');
const sender = is('use', 'email_sender');
const byDefault = is('external_id', 'default');
const verified = all(is('verified', true), not(byDefault));

const rules: Rule[] = [
  scope('default', byDefault, {
    text: 'It is the address that Okta gave the org.',
    remedy: 'Nothing to do: it ends with the Okta org.',
  }),
  listed('sign_in_host', all(signInHost, verified), {
    text: 'People sign in at {name}, which is verified at Okta.',
    remedy: 'Verify it at the target, and point its DNS records there at the cutover.',
    operator: 'medium',
    user: 'medium',
    impacts: ['domain_reverification', 'sign_in_page_changes'],
  }),
  listed('email_sender', all(sender, verified), {
    text: 'Okta sends its mail from {name}, which is verified at Okta.',
    remedy: 'Verify it at the target, so that its mail is not taken for spam.',
    operator: 'medium',
    document: documents.emailDomains,
    impacts: ['domain_reverification'],
  }),
  listed('abandoned', all(is('verified', false), not(byDefault)), {
    text: 'The domain {name} is not verified at Okta ({verification_status}): it was abandoned there.',
    remedy: 'Nothing to do, unless somebody still wants it.',
  }),
  finding('abandoned_in_use', all(is('verified', false), not(byDefault), some('used_by')), {
    text: 'Routing rules or providers use it all the same: {used_by}.',
    remedy: 'Ask who owns the domain before anybody is routed by it.',
  }),
];

export const oktaDomainRules: RuleSet<'domain'> = {
  source: 'okta',
  itemType: 'domain',
  rules: [...unknownWords('domain', document), ...rules],
  pointers: {
    external_id: '/id',
    name: '/domain',
    verified: '/validationStatus',
    verification_status: '/validationStatus',
  },
  facts: {
    use: 'what the domain is for: the listing it stands in',
    used_by: 'routing rules and providers that name the domain, or one above or below it',
  },
  factsRevision: 1,
  reads: {},
  subject: domainSubject,
  contract: () => 'verified_domain',
};
