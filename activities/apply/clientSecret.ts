import type { SecretState } from '../../domain/plan.ts';
import { needsSecret, type Resource } from '../../domain/target.ts';
import { newClientSecret, sealForRecipient, type ClientSecret } from '../../platform/oneTimeSecret.ts';

/** A secret that was made, and what of it is kept for whoever is to receive it. */
export interface SealedClientSecret {
  secret: ClientSecret | null;
  kept: { state: SecretState; jwe: string | null };
}

/** The secret of a resource that needs one, sealed before the target hears of it. */
export async function secretFor(
  { contract, payload }: Resource,
  recipientJwk: object | null,
): Promise<SealedClientSecret> {
  if (contract !== 'tenant_oidc_application' || !needsSecret(payload)) {
    return { secret: null, kept: { state: 'none', jwe: null } };
  }
  return newSealedSecret(recipientJwk);
}

/** A new secret sealed to its recipient; without one it is lost, and is said to be. */
export async function newSealedSecret(
  recipientJwk: object | null,
): Promise<SealedClientSecret & { secret: ClientSecret }> {
  const secret = newClientSecret();
  if (!recipientJwk) return { secret, kept: { state: 'lost', jwe: null } };
  return { secret, kept: { state: 'pending', jwe: await sealForRecipient(recipientJwk, secret.secret) } };
}
