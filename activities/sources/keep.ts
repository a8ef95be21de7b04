import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { sha256 } from '../../platform/digest.ts';
import type { KeptPage, PageCommit } from '../../prisma/store/pages.ts';
import type { Chain } from '../../prisma/store/chains.ts';
import { openPage, readPage } from './readPage.ts';
import type { Collection, Page } from './source.ts';

const compress = promisify(brotliCompress);

// Quality 1 is smaller and faster than gzip's fastest.
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/**
 * Turns a page as received into what is stored of it: evidence with secrets replaced, and the items and objects in
 * normal form. Throws SourceFailure as opening and reading it do.
 */
export async function preparePage(
  collection: Collection,
  chain: Chain,
  path: string,
  page: Page,
  attempt: number,
): Promise<PageCommit> {
  const opened = openPage(path, page);
  // A page of hundreds of objects is worked on in parts, so that heartbeats and other pages come in between.
  await setImmediate();
  const content = readPage(collection, chain, opened);
  const { bytes, redacted, repaired, next } = opened;
  const kept: KeptPage = {
    body: await compress(bytes, quality),
    encoding: 'br',
    entriesAt: collection.entriesAt,
    bytes: page.body.byteLength,
    sha256: sha256(page.body),
    keptSha256: sha256(bytes),
    redacted,
    repaired: repaired.length > 0,
    httpStatus: page.httpStatus,
    vendorRequestId: page.vendorRequestId,
    vendorDate: page.vendorDate,
    fetchedAt: page.fetchedAt,
    elapsedMs: page.elapsedMs,
    attempt,
  };
  return { chain, path, next, kept, ...content };
}
