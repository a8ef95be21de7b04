import { exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { z } from 'zod';
import { DomainError } from '../domain/errors.ts';
import type { TenantId } from '../domain/ids.ts';
import { openForRecipient, sealForRecipient } from '../platform/oneTimeSecret.ts';
import type { Command } from '../prisma/store/command.ts';
import { deliverSecrets, type WhichSecrets } from '../prisma/store/secrets.ts';
import type { Preference } from './http/route.ts';
import type { Services } from './services.ts';
import type { GeneratedSecret } from './views/plan.ts';

/** Whom one-time secrets are sealed to: the caller's key, or one that lives as long as the request. */
export interface Recipient {
  publicJwk: JWK;
  /** Ours alone; the caller's private key is never seen. */
  privateKey: CryptoKey | null;
}

/** A public key: P-256 or X25519. A private member is refused, so that nobody sends one by mistake unnoticed. */
export const RecipientJwk = z
  .looseObject({
    kty: z.enum(['EC', 'OKP']),
    crv: z.enum(['P-256', 'X25519']),
    x: z.string().max(100),
    y: z.string().max(100).optional(),
  })
  .refine((jwk) => !('d' in jwk), {
    path: ['d'],
    message: 'Send the public key only; this is a private one.',
  });

/**
 * To whom the secrets of a request are sealed: the caller's key, or one of the request's own. A caller who does not
 * wait cannot be handed anything by the request, and must send a key when applications with a secret are to be made.
 */
export async function recipientFor(
  {
    body,
    prefer,
  }: {
    body: { secret_recipient_jwk?: z.infer<typeof RecipientJwk> | undefined };
    prefer: Preference;
  },
  makesSecrets: () => Promise<boolean>,
): Promise<Recipient> {
  if (body.secret_recipient_jwk) return recipientOf(body.secret_recipient_jwk);
  if (prefer.respondAsync && (await makesSecrets())) {
    throw new DomainError(
      'secret_recipient_required',
      'Applications with a client secret will be created, and nobody waits for their secrets.',
      {
        errors: [
          {
            pointer: '/secret_recipient_jwk',
            message: 'Send a public P-256 or X25519 key, or leave out Prefer: respond-async.',
          },
        ],
      },
    );
  }
  return ownRecipient();
}

async function recipientOf(jwk: z.infer<typeof RecipientJwk>): Promise<Recipient> {
  // A key may say more of itself; what makes it one is all that is kept.
  const { kty, crv, x, y } = jwk;
  const publicJwk = { kty, crv, x, ...(y !== undefined && { y }) };
  try {
    // Some points are a key by their form and cannot be sealed to: better found now than by the run.
    await sealForRecipient(publicJwk, '');
  } catch {
    throw new DomainError('validation_failed', 'The key cannot be used.', {
      errors: [
        { pointer: '/secret_recipient_jwk', message: 'Give a public P-256 or X25519 key (RFC 7517).' },
      ],
    });
  }
  return { publicJwk, privateKey: null };
}

/** A key pair for one request. Its private half is in memory, and in a 202 if the wait ends before the run. */
export async function ownRecipient(): Promise<Recipient> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  return { publicJwk: await exportJWK(publicKey), privateKey };
}

/**
 * Takes the secrets of applications out of the database and hands them over, once: in the clear where
 * the key is the request's own, else as JWE for the caller's key.
 */
export async function handOver(
  services: Services,
  tenant: TenantId,
  which: WhichSecrets,
  recipient: Recipient,
  command: Command,
): Promise<GeneratedSecret[]> {
  const sealed = await deliverSecrets(services.database, tenant, which, command);
  return Promise.all(
    sealed.map(async ({ stepId, applicationId, clientId, jwe }) => {
      const head = { step_id: stepId, application_id: applicationId, client_id: clientId };
      return recipient.privateKey
        ? { ...head, client_secret: await openForRecipient(recipient.privateKey, jwe) }
        : { ...head, jwe };
    }),
  );
}

/** What the answer to a repeated request says of secrets: the first answer alone could carry them. */
export const withheldSecrets = () => ({ generated_secrets: [], secrets_withheld: true });

/** The private half of a request's own key, for a caller whose wait ended before the run. */
export const privateJwk = async ({ privateKey }: Recipient): Promise<JWK | null> =>
  privateKey === null ? null : exportJWK(privateKey);
