import assert from 'node:assert/strict';
import type { Body } from './answer.ts';
import type { Service } from './service.ts';

/** Every entry of a list, page after page of the longest. */
export async function everyEntry({ call }: Pick<Service, 'call'>, path: string): Promise<Body[]> {
  const entries: Body[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const { status, body, text } = await call('GET', `${path}?limit=200${cursor && `&cursor=${cursor}`}`);
    assert.equal(status, 200, text);
    entries.push(...(body.data as Body[]));
    cursor = body.next_cursor as string | null;
  }
  return entries;
}
