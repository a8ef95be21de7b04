import { all, empty, everyIn, is, isIn, not, some, type Condition } from '../../../condition.ts';
import { rowsOf } from '../../../rows.ts';
import { asOf, documents } from '../../documents.ts';

export const rows = rowsOf({ prefix: 'entra.registration', document: documents.registrations, asOf });

/** A condition of registrations alone: service principals are items of the same type. */
export const registration = (...of: Condition[]): Condition => all(is('entra.kind', 'registration'), ...of);

/** A condition of registrations that are clients themselves: of others the enterprise application says how they sign in. */
export const client = (...of: Condition[]): Condition => registration(is('covered', false), ...of);

/** The only platform with redirect addresses. */
const only = (platform: string): Condition => all(some('platforms'), everyIn('platforms', [platform]));
export const web = only('web');
export const singlePage = only('single-page');
export const mobile = only('mobile or desktop');

export const hasSecret = isIn('credentials', ['secret', 'both']);
export const byCertificate = all(web, is('credentials', 'certificate'));
export const noCredential = all(
  is('credentials', 'none'),
  is('principal_credentials', false),
  empty('federated_subjects'),
);

/** Neither people nor services can use it, and everything that could say otherwise was read. */
export const nothingToMove = all(
  empty('platforms'),
  noCredential,
  empty('exposes'),
  empty('user_roles'),
  empty('entra.identifier_uris'),
  not(is('called_by_others', true)),
  not(is('entra.is_fallback_public_client', true)),
  is('for_single_sign_on', false),
  is('on_premises', false),
  not(is('principal', 'unread')),
  empty('unread'),
  empty('unknown_values'),
  empty('unparsable'),
);
