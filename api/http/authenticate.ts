import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import type { AccessClaims } from '../../domain/access.ts';
import { DomainError } from '../../domain/errors.ts';

export interface TokenSettings {
  issuer: string;
  audience: string;
  jwksUri: string;
  /** The `typ` of an access token; an id token has another. */
  tokenType: string;
}

/** Verifies the bearer token of an Authorization header; throws DomainError. */
export type Authenticate = (authorization: string | undefined) => Promise<AccessClaims>;

/** Asymmetric signatures only: with them, the public key that everybody knows cannot sign. */
const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

export function createAuthenticate(settings: TokenSettings): Authenticate {
  const keys = createRemoteJWKSet(new URL(settings.jwksUri), {
    timeoutDuration: 5_000,
    cooldownDuration: 5_000,
  });
  return async (authorization) => {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) {
      throw new DomainError('token_required', 'Send an access token: Authorization: Bearer <token>.');
    }
    return verify(token, keys, settings);
  };
}

async function verify(token: string, keys: JWTVerifyGetKey, settings: TokenSettings): Promise<AccessClaims> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: settings.issuer,
      audience: settings.audience,
      typ: settings.tokenType,
      algorithms,
      requiredClaims: ['exp', 'sub'],
      clockTolerance: 5,
    });
    return { ...payload, sub: payload.sub ?? '' };
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new DomainError('token_invalid', 'The token has expired.');
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new DomainError('token_invalid', `The token's ${error.claim} is not accepted here.`);
    }
    // jose reports a key set that cannot be had as a plain or time-out error; everything else is the token's fault.
    const unreachable = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
    if (unreachable || error.code === 'ERR_JOSE_GENERIC') {
      throw new DomainError('issuer_unavailable', 'The keys of the token issuer cannot be read now.', {
        cause: error,
      });
    }
    throw new DomainError('token_invalid', 'The token is not a valid access token of this service.');
  }
}
