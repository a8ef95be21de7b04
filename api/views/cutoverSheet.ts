import { z } from 'zod';
import type { ApplicationSheet, ProviderSheet } from '../../domain/cutoverSheet.ts';
import { secretStates, stepActions, stepStatuses } from '../../domain/plan.ts';
import { UpstreamSamlProvider } from '../../domain/target.ts';
import { listOf, Time } from './common.ts';

const stepShape = {
  step_id: z.string(),
  name: z.string(),
  external_id: z.string(),
  status: z.enum(stepStatuses),
  action: z.enum(stepActions),
  reason: z.string().nullable(),
  target_resource_id: z.string().nullable(),
  owner_contact: z.string().nullable(),
  wave: z.string().nullable(),
  ticket: z.string().nullable(),
};

const SheetApplication = z.strictObject({
  ...stepShape,
  old_client_id: z.string().nullable(),
  new_client_id: z.string().nullable(),
  client_id_note: z.string().nullable(),
  issuer: z.string().nullable(),
  discovery_url: z.string().nullable(),
  token_endpoint_auth_method: z.string().nullable(),
  redirect_uris: z.array(z.string()),
  groups: z.array(z.strictObject({ name: z.string(), members: z.number().nullable() })),
  guarding_policies: z.array(z.string()),
  secret_state: z.enum(secretStates),
});

const SheetProvider = z.strictObject({
  ...stepShape,
  entity_id: z.string().nullable(),
  sso_url: z.string().nullable(),
  certificates: z.array(z.strictObject({ sha256: z.string().nullable(), not_after: Time.nullable() })),
  service_provider: UpstreamSamlProvider.shape.service_provider.nullable(),
  partner_confirmed: z.strictObject({ by: z.string(), at: Time }).nullable(),
});

/** What people need at hand in the night of a cutover: all providers, and the applications page by page. */
export const SheetView = z
  .strictObject({
    plan_id: z.string(),
    name: z.string(),
    revision: z.int(),
    providers: z.array(SheetProvider),
    applications: listOf(SheetApplication),
  })
  .meta({ id: 'CutoverSheet' });

type Row = ({ kind: 'provider' } & ProviderSheet) | ({ kind: 'application' } & ApplicationSheet);
type Cell = (row: Row) => string | null;

const ofApplication =
  (cell: (row: ApplicationSheet) => string | null): Cell =>
  (row) =>
    row.kind === 'application' ? cell(row) : null;
const ofProvider =
  (cell: (row: ProviderSheet) => string | null): Cell =>
  (row) =>
    row.kind === 'provider' ? cell(row) : null;

/** A group with its members at the incumbent, as a cell or a line has it. */
export const groupText = ({ name, members }: ApplicationSheet['groups'][number]): string =>
  members === null ? name : `${name} (${members})`;

const columns: readonly (readonly [string, Cell])[] = [
  ['kind', ({ kind }) => kind],
  ['name', ({ name }) => name],
  ['external_id', ({ external_id }) => external_id],
  ['status', ({ status }) => status],
  ['action', ({ action }) => action],
  ['reason', ({ reason }) => reason],
  ['target_resource_id', ({ target_resource_id }) => target_resource_id],
  ['owner_contact', ({ owner_contact }) => owner_contact],
  ['wave', ({ wave }) => wave],
  ['ticket', ({ ticket }) => ticket],
  ['old_client_id', ofApplication(({ old_client_id }) => old_client_id)],
  ['new_client_id', ofApplication(({ new_client_id }) => new_client_id)],
  ['client_id_note', ofApplication(({ client_id_note }) => client_id_note)],
  ['issuer', ofApplication(({ issuer }) => issuer)],
  ['discovery_url', ofApplication(({ discovery_url }) => discovery_url)],
  [
    'token_endpoint_auth_method',
    ofApplication(({ token_endpoint_auth_method }) => token_endpoint_auth_method),
  ],
  ['redirect_uris', ofApplication(({ redirect_uris }) => redirect_uris.join(' '))],
  ['groups', ofApplication(({ groups }) => groups.map(groupText).join('; '))],
  ['guarding_policies', ofApplication(({ guarding_policies }) => guarding_policies.join('; '))],
  ['secret_state', ofApplication(({ secret_state }) => secret_state)],
  ['entity_id', ofProvider(({ entity_id }) => entity_id)],
  ['sso_url', ofProvider(({ sso_url }) => sso_url)],
  [
    'certificates_sha256',
    ofProvider(({ certificates }) => certificates.map(({ sha256 }) => sha256 ?? 'unreadable').join(' ')),
  ],
  [
    'certificates_not_after',
    ofProvider(({ certificates }) =>
      certificates.map(({ not_after }) => not_after ?? 'unreadable').join(' '),
    ),
  ],
  ['our_entity_id', ofProvider(({ service_provider }) => service_provider?.entity_id ?? null)],
  ['our_acs_url', ofProvider(({ service_provider }) => service_provider?.acs_url ?? null)],
  ['our_metadata_url', ofProvider(({ service_provider }) => service_provider?.metadata_url ?? null)],
  ['partner_confirmed_by', ofProvider(({ partner_confirmed }) => partner_confirmed?.by ?? null)],
  ['partner_confirmed_at', ofProvider(({ partner_confirmed }) => partner_confirmed?.at ?? null)],
];

export const sheetHeader: readonly string[] = columns.map(([name]) => name);
export const sheetRow = (row: Row): (string | null)[] => columns.map(([, cell]) => cell(row));
