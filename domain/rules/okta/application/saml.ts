import { absent, all, any, is, isIn, moreThan, present, some } from '../../condition.ts';
import type { Rule } from '../../rule.ts';
import { documents } from '../documents.ts';
import { inUse, rows, samlModes } from './conditions.ts';

const { manual, finding } = rows;
const document = documents.saml;
const isSaml = isIn('vendor_kind', samlModes);

/** The target signs nobody in by SAML or WS-Federation: a manual rebuild, and what it must bring along. */
export const saml: Rule[] = [
  manual('saml.rebuild', all(inUse, isSaml), {
    text: 'It signs people in by {vendor_kind}, which the target does not offer to applications.',
    remedy:
      'Ask its owner whether it can use OpenID Connect; else put something between that speaks its protocol.',
    user: 'high',
    document,
    impacts: ['saml_reconnect'],
  }),
  finding('saml.endpoint', all(isSaml, present('saml.acs_url'), present('saml.audience')), {
    text: 'It takes assertions at {saml.acs_url} for the audience {saml.audience}.',
    remedy: 'Use these in the rebuild.',
    document,
  }),
  finding('saml.catalogue', all(isSaml, any(absent('saml.acs_url'), absent('saml.audience'))), {
    text: 'It comes from Okta\u2019s catalogue ({catalogue_name}); the address and the audience that it really uses are not given by Okta\u2019s API.',
    remedy: 'Read them in the application\u2019s own single sign-on settings.',
    document,
  }),
  finding(
    'saml.name_id',
    all(isSaml, any(present('saml.name_id_format'), present('saml.name_id_template'))),
    {
      text: 'It knows people by the name {saml.name_id_template}, as {saml.name_id_format}.',
      remedy: 'Send the same name from the target, or its accounts are not found.',
      document,
    },
  ),
  finding('saml.plain_attributes', all(isSaml, some('rebuild.plain_attributes')), {
    text: 'It receives attributes: {rebuild.plain_attributes}.',
    remedy: 'Send them from the target under the same names.',
    document,
  }),
  finding('saml.expression_attributes', all(isSaml, some('rebuild.expression_attributes')), {
    text: 'It receives attributes that an expression of Okta\u2019s composes: {rebuild.expression_attributes}.',
    remedy: 'Find out what the owner needs, and compose it elsewhere.',
    document,
  }),
  finding('saml.group_attributes', all(isSaml, some('rebuild.group_attributes')), {
    text: 'It receives people\u2019s groups, chosen by a filter: {rebuild.group_attributes}.',
    remedy: 'List the groups that the filter finds today; it expects their names.',
    document,
  }),
  finding('saml.encryption', all(isSaml, is('saml.assertion_encrypted', true)), {
    text: 'Its assertions are encrypted for it.',
    remedy: 'Ask its owner for its encryption certificate.',
    document,
  }),
  finding('saml.several_endpoints', all(isSaml, moreThan('rebuild.endpoints', 1)), {
    text: 'It takes assertions at several addresses: {rebuild.endpoints}.',
    remedy: 'Ask its owner which are in use.',
    document,
  }),
  finding('saml.signed_requests', all(isSaml, is('saml.signed_requests', true)), {
    text: 'It signs its requests, and they are refused otherwise.',
    remedy: 'Ask its owner for its signing certificate.',
    document,
  }),
  finding('saml.single_logout', all(isSaml, is('saml.single_logout', true)), {
    text: 'It is told when people sign out.',
    remedy: 'Ask its owner whether its sessions end soon enough by themselves.',
    document,
  }),
  finding('saml.inline_hook', all(isSaml, moreThan('saml.inline_hooks', 0)), {
    text: 'A hook changes its assertions while they are issued.',
    remedy: 'Find out from the hook\u2019s owner what it adds.',
    document: documents.inlineHooks,
  }),
];
