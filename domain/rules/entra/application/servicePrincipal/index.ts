import { all, is, isIn, not } from '../../../condition.ts';
import type { Rule } from '../../../rule.ts';
import { documents } from '../../documents.ts';
import { servicePrincipalProtocol } from './protocol.ts';
import { inUse, rows, servicePrincipal } from './rows.ts';
import { servicePrincipalScope } from './scope.ts';

const { manual, finding } = rows;

/** A registration that is judged by itself says the same of it. */
const toldByRegistration = all(
  is('owner', 'own'),
  is('registered', true),
  isIn('sign_on', [null, 'oidc']),
  is('for_single_sign_on', false),
);

/** What people and administrators lose besides the sign-in. */
const aroundSignIn: readonly Rule[] = [
  manual('on_premises', servicePrincipal(inUse, is('on_premises', true)), {
    text: 'It is published by application proxy: without Entra it is not reached from outside.',
    remedy: 'Publish it in another way, and set up its sign-in there.',
    document: documents.applicationProxy,
    impacts: ['remote_access_stops'],
  }),
  finding('launch_link', servicePrincipal(inUse, is('for_people', true), not(is('hidden', true))), {
    text: 'People open it from their My Apps page, which ends.',
    remedy: 'Tell people its own address.',
    document: documents.myApps,
    user: 'low',
    impacts: ['launch_link_lost'],
  }),
  finding(
    'everyone_may_enter',
    servicePrincipal(inUse, is('for_people', true), is('everyone_may_enter', true), not(toldByRegistration)),
    {
      text: 'Everyone of the directory may enter it, whatever is assigned; at the target only assigned groups may.',
      remedy: 'Decide who may enter it at the target and assign those groups.',
      impacts: ['access_narrows'],
    },
  ),
  finding('provisioning', servicePrincipal(inUse, is('provisioning', 'jobs')), {
    text: 'Entra creates and removes accounts in it ({provisioning_jobs}); that stops.',
    remedy: 'Arrange for another way to create and remove its accounts before the cutover.',
    document: documents.provisioning,
    operator: 'high',
    impacts: ['provisioning_stops'],
  }),
  finding('provisioning_unread', servicePrincipal(inUse, is('provisioning', 'unread')), {
    text: 'Whether Entra creates accounts in it could not be read.',
    remedy: 'Let the credential read provisioning (Synchronization.Read.All), or ask its owner.',
    document: documents.provisioning,
    operator: 'medium',
  }),
];

/** Enterprise applications: https://learn.microsoft.com/graph/api/resources/serviceprincipal */
export const servicePrincipalRules: readonly Rule[] = [
  ...servicePrincipalScope,
  ...servicePrincipalProtocol,
  ...aroundSignIn,
];

/** Rules by which what becomes of a service principal is what becomes of its registration. */
export const standsForRegistration: readonly string[] = [
  'entra.service_principal.oidc_style',
  'entra.service_principal.covered_by_registration',
];

export const microsoftRule = 'entra.service_principal.microsoft';
