import { readFileSync } from 'node:fs';
import type { Express } from 'express';
import { z } from 'zod';

const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string() })).min(1) });

/** Members of a JWK that are private (RFC 7518, section 6); never served. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'];

/**
 * The development issuer's public keys, for a stack on one machine. Its private keys stay in their file, from which
 * `npm run token` signs. Never part of a production configuration.
 */
export function serveDevIssuer(app: Express, keysFile: string): void {
  const { keys } = KeySet.parse(JSON.parse(readFileSync(keysFile, 'utf8')));
  const publicKeys = keys.map((key) =>
    Object.fromEntries(Object.entries(key).filter(([name]) => !privateMembers.includes(name))),
  );
  app.get('/dev-issuer/jwks', (_request, response) => {
    response.json({ keys: publicKeys });
  });
}
