import { all, any, is, isIn, type Condition } from '../../../condition.ts';
import { rowsOf } from '../../../rows.ts';
import { asOf, documents } from '../../documents.ts';

export const rows = rowsOf({
  prefix: 'entra.service_principal',
  document: documents.servicePrincipals,
  asOf,
});

/** A condition of service principals alone: registrations are items of the same type. */
export const servicePrincipal = (...of: Condition[]): Condition =>
  all(is('entra.kind', 'service_principal'), ...of);

/** The customer's, and in use. */
export const inUse = all(
  is('status', 'enabled'),
  isIn('owner', ['own', 'other', 'unknown']),
  isIn('entra.type', ['Application', 'Legacy']),
  isIn('entra.disabled_by_microsoft', [null, 'NotDisabled']),
);

/** People get in by OpenID Connect, as far as Entra says anything. */
export const byOpenIdConnect = any(
  is('sign_on', 'oidc'),
  all(is('sign_on', null), is('for_single_sign_on', false)),
);
