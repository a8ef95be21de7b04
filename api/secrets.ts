import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import type { TenantId } from '../domain/ids.ts';
import { openForRecipient } from '../platform/oneTimeSecret.ts';
import type { Command } from '../prisma/store/command.ts';
import { deliverSecrets } from '../prisma/store/secrets.ts';
import type { Services } from './services.ts';
import type { GeneratedSecret } from './views/plan.ts';

/** Whom one-time secrets are sealed to: the caller's key, or one that lives as long as the request. */
export interface Recipient {
  publicJwk: JWK;
  /** Ours alone; the caller's private key is never seen. */
  privateKey: CryptoKey | null;
}

/** A key pair for one request. Its private half is in memory, and in a 202 if the wait ends before the run. */
export async function ownRecipient(): Promise<Recipient> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  return { publicJwk: await exportJWK(publicKey), privateKey };
}

/**
 * Takes the secrets of an execution's applications out of the database and hands them over, once: in the clear where
 * the key is the request's own, else as JWE for the caller's key.
 */
export async function handOver(
  services: Services,
  tenant: TenantId,
  executionId: string,
  recipient: Recipient,
  command: Command,
): Promise<GeneratedSecret[]> {
  const sealed = await deliverSecrets(services.database, tenant, executionId, command);
  return Promise.all(
    sealed.map(async ({ stepId, applicationId, clientId, jwe }) => {
      const head = { step_id: stepId, application_id: applicationId, client_id: clientId };
      return recipient.privateKey
        ? { ...head, client_secret: await openForRecipient(recipient.privateKey, jwe) }
        : { ...head, jwe };
    }),
  );
}

/** The private half of a request's own key, for a caller whose wait ended before the run. */
export const privateJwk = async ({ privateKey }: Recipient): Promise<JWK | null> =>
  privateKey === null ? null : exportJWK(privateKey);
