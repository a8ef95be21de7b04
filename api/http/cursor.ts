import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { deriveKey, type KeyRing } from '../../platform/sealing.ts';

/** A position in a list: what the last entry of a page was ordered by. */
export type Position = readonly (string | number)[];

export interface Cursors {
  write(scope: string, position: Position): string;
  /** Throws `cursor_invalid` for one that this service did not write for this very list. */
  read(scope: string, cursor: string): Position;
}

const Written = z.array(z.union([z.string(), z.number()]));

/** Opaque keyset cursors, authenticated with the list they belong to (tenant, path and filters). */
export function createCursors(ring: KeyRing): Cursors {
  const [first] = ring.keys.values();
  if (!first) throw new Error('The key ring is empty.');
  const key = deriveKey(first, 'list cursors');
  const tag = (scope: string, text: string) =>
    createHmac('sha256', key).update(`${scope}\n${text}`).digest().subarray(0, 16);
  return {
    write(scope, position) {
      const text = JSON.stringify(position);
      return Buffer.concat([tag(scope, text), Buffer.from(text)]).toString('base64url');
    },
    read(scope, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      const text = bytes.subarray(16).toString('utf8');
      const genuine = bytes.length > 16 && timingSafeEqual(bytes.subarray(0, 16), tag(scope, text));
      if (!genuine) {
        throw new DomainError('cursor_invalid', 'The cursor is not one of this list; begin without it.', {
          errors: [
            { pointer: '/cursor', message: 'Take the cursor from next_cursor, with the same filters.' },
          ],
        });
      }
      return Written.parse(JSON.parse(text));
    },
  };
}
