import type { CertificateFact } from './rules/certificate.ts';
import type { ItemNote } from './itemNote.ts';
import type { SecretState, StepAction, StepStatus } from './plan.ts';
import type { TenantOidcApplication, UpstreamSamlProvider } from './target.ts';

/** A step as the sheet of the night is made from: its item today, and what the target has or will have of it. */
interface SheetStep {
  stepId: string;
  name: string;
  externalId: string;
  status: StepStatus;
  action: StepAction;
  reason: string | null;
  targetResourceId: string | null;
  note: ItemNote | null;
}

export interface ApplicationStep extends SheetStep {
  secretState: SecretState;
  incumbentClientId: string | null;
  /** What is created, or what it is bound to as it was decided; null while neither is planned. */
  target: TenantOidcApplication | null;
  groups: readonly SheetGroup[];
  guards: readonly string[];
}

/** A group that may use an application, with its members at the incumbent. */
export interface SheetGroup {
  name: string;
  members: number | null;
}

export interface ProviderStep extends SheetStep {
  target: UpstreamSamlProvider | null;
}

const people = ({ note }: SheetStep) => ({
  owner_contact: note?.ownerContact ?? null,
  wave: note?.wave ?? null,
  ticket: note?.ticket ?? null,
});

const step = ({ stepId, name, externalId, status, action, reason, targetResourceId }: SheetStep) => ({
  step_id: stepId,
  name,
  external_id: externalId,
  status,
  action,
  reason,
  target_resource_id: targetResourceId,
});

/** What the owner of an application needs at hand. `issuer` is the target's, null while nobody has told where it is. */
export function applicationSheet(application: ApplicationStep, issuer: string | null) {
  const { target, incumbentClientId, groups, guards, secretState } = application;
  const planned = target !== null;
  return {
    ...step(application),
    ...people(application),
    old_client_id: incumbentClientId,
    new_client_id: target?.client_id ?? null,
    client_id_note: planned && target.client_id === incumbentClientId ? unchanged : null,
    issuer: planned ? issuer : null,
    // https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
    discovery_url: planned && issuer !== null ? `${issuer}/.well-known/openid-configuration` : null,
    token_endpoint_auth_method: target?.token_endpoint_auth_method ?? null,
    redirect_uris: target?.redirect_uris ?? [],
    groups: groups.map(({ name, members }) => ({ name, members })),
    guarding_policies: [...guards],
    secret_state: secretState,
  };
}
export type ApplicationSheet = ReturnType<typeof applicationSheet>;

const unchanged = 'Only the client id is unchanged; the issuer, its keys and any secret are others.';

/** What both sides of a trust need at hand; `partner_confirmed` is what the provider's note says was done by hand. */
export function providerSheet(provider: ProviderStep, certificate: (text: string) => CertificateFact | null) {
  const { target, note } = provider;
  return {
    ...step(provider),
    ...people(provider),
    entity_id: target?.entity_id ?? null,
    sso_url: target?.sso_url ?? null,
    certificates: (target?.signing_certificates ?? []).map((text) => {
      const read = certificate(text);
      return { sha256: read?.fingerprint ?? null, not_after: read?.notAfter.toISOString() ?? null };
    }),
    service_provider: target?.service_provider ?? null,
    partner_confirmed: note?.doneByHand
      ? { by: note.doneByHand.by, at: note.doneByHand.at.toISOString() }
      : null,
  };
}
export type ProviderSheet = ReturnType<typeof providerSheet>;
