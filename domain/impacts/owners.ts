import { oktaObjects } from '../inventory/objects.ts';
import { define, plannedClients, type ImpactDefinition } from './definition.ts';
import { agree, applications, quantity, sentences } from './words.ts';

/** Inline hooks that put something into tokens or assertions. https://developer.okta.com/docs/concepts/inline-hooks/ */
const tokenHooks = ['com.okta.oauth2.tokens.transform', 'com.okta.saml.tokens.transform'];

/** What owners of applications must do or know. */
export const changesForOwners: readonly ImpactDefinition[] = [
  define({
    type: 'subject_identifier_changes',
    audience: 'application_owners',
    severity: 'critical',
    unavoidable: true,
    when: 'every planned OpenID Connect client',
    items: [plannedClients],
    summary: ({ items }) =>
      `${applications(items)} will receive another subject identifier for every person: \u201csub\u201d, and from Entra also \u201coid\u201d and \u201ctid\u201d, change. An application that knows people by it takes them for strangers. Before the switch, each owner must find out what the application knows people by and link its accounts by verified e-mail address.`,
  }),
  define({
    type: 'client_credentials_reissued',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    when: 'planned clients that have a secret',
    items: [{ ...plannedClients, marks: ['client_credentials_reissued'] }],
    summary: ({ items }) =>
      `${applications(items)} will get a new client secret, because the old one cannot be read. The new one is shown once, at the cutover: ${agree(items, 'its owner must', 'their owners must')} be there to receive it and to put it in place.`,
  }),
  define({
    type: 'issuer_changes',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    when: 'every planned OpenID Connect client, and registrations that expose scopes',
    items: [plannedClients, { marks: ['issuer_changes'] }],
    summary: ({ items }) =>
      `${applications(items)} must be told the new issuer: the address of discovery, the keys and the \u201ciss\u201d of every token change. Whoever checks these tokens, APIs included, must trust the new issuer before the switch.`,
  }),
  define({
    type: 'token_contents_change',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: false,
    when: 'group or role claims, optional claims, a custom authorization server, a claims mapping policy, a token hook',
    items: [{ marks: ['token_contents_change'] }],
    objects: [
      {
        kind: oktaObjects.inlineHook,
        what: 'active inline hooks that change tokens or assertions',
        supports: ({ type, status }) => status === 'ACTIVE' && tokenHooks.includes(String(type)),
      },
    ],
    summary({ items, objects }) {
      const hooks = objects[oktaObjects.inlineHook] ?? 0;
      return sentences(
        items > 0 &&
          `${applications(items)} may find other claims, scopes or lifetimes in ${agree(items, 'its', 'their')} tokens than today, because what adds them does not move.`,
        hooks > 0 &&
          `${quantity(hooks, 'hook', 'hooks')} that ${agree(hooks, 'changes', 'change')} tokens on the way out will no longer be called${items > 0 ? '' : '; any application may depend on that'}.`,
        'Before the switch, owners must compare the tokens of both sides and adapt what reads them.',
      );
    },
  }),
  define({
    type: 'saml_reconnect',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    when: 'applications that sign people in by SAML or WS-Federation',
    items: [{ marks: ['saml_reconnect'] }],
    summary: ({ items }) =>
      `${agree(items, '1 application signs', `${items} applications sign`)} people in by SAML or WS-Federation and must be connected anew by hand: entity id, sign-on address and signing certificate of the identity provider change. ${agree(items, 'Its owner needs', 'Their owners need')} a date, and somebody who can change the trust on the application\u2019s side.`,
  }),
  define({
    type: 'stored_credentials_lost',
    audience: 'application_owners',
    severity: 'high',
    unavoidable: true,
    when: 'applications whose stored passwords are shared or set by an administrator',
    items: [{ marks: ['stored_credentials_lost_by_owner'] }],
    summary: ({ items }) =>
      `${applications(items)} ${agree(items, 'is', 'are')} entered with a user name and password that an administrator set or that people share; they cannot be read out. Before the switch, ${agree(items, 'its owner', 'their owners')} must find out or reset these credentials and decide who may know them.`,
  }),
];
