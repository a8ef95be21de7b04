import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import type { NormalItem } from '../../domain/inventory/item.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { volatileMembers } from '../../domain/inventory/common.ts';
import { sha256, sha256Hex } from '../../platform/digest.ts';
import { parsePage, redactSecrets, type ParsedPage, type Redaction } from '../../platform/jsonText.ts';
import type { KeptPage, PageCommit } from '../../prisma/store/pages.ts';
import type { Chain } from '../../prisma/store/chains.ts';
import { SourceFailure } from './failure.ts';
import { endpointOf } from './pages.ts';
import type { Collection, Page } from './source.ts';

const compress = promisify(brotliCompress);

// Quality 1 is smaller and faster than gzip's fastest.
const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/**
 * Turns a page as received into what is stored of it: evidence with secrets replaced, and the items and objects in
 * normal form, which are read from the redacted text, so that no secret goes further. Throws SourceFailure:
 * `unavailable` when the JSON is cut short, `unusable` when it is something else than was due.
 */
export async function preparePage(
  collection: Collection,
  chain: Chain,
  path: string,
  page: Page,
  attempt: number,
): Promise<PageCommit> {
  const endpoint = endpointOf(path);
  const { bytes, redacted, value, repaired } = open(page, endpoint);
  // A page of hundreds of objects is worked on in parts, so that heartbeats and other pages come in between.
  await setImmediate();
  const content = collection.read(entriesOf(value, collection, page, endpoint), chain);
  const next = page.next(value);
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
  const items = content.items.map(({ item, index }) => {
    const marked = markRepaired(item, `${collection.entriesAt}/${index}`, repaired);
    return { item: marked, index, fingerprint: fingerprintOf(marked) };
  });
  return { chain, path, next, kept, ...content, items };
}

/** Secrets go before anything is read. What nests too deeply to be scanned is no page either. */
function open(page: Page, endpoint: string): Redaction & ParsedPage {
  const detail = {
    endpoint,
    httpStatus: page.httpStatus,
    vendorRequestId: page.vendorRequestId ?? undefined,
  };
  try {
    const { bytes, redacted } = redactSecrets(page.body);
    return { bytes, redacted, ...parsePage(bytes) };
  } catch (cause) {
    if (cause instanceof RangeError) throw new SourceFailure('unusable', cause.message, { ...detail, cause });
    throw new SourceFailure('unavailable', `The page of ${endpoint} is not whole JSON.`, detail);
  }
}

function entriesOf(
  value: unknown,
  { entriesAt, single }: Collection,
  page: Page,
  endpoint: string,
): unknown[] {
  if (single) return [value];
  const member = entriesAt.slice(1);
  const array = member === '' ? value : (value as Record<string, unknown> | null)?.[member];
  if (Array.isArray(array)) return array;
  throw new SourceFailure(
    'unusable',
    `${endpoint} did not answer with an array${member && ` in ${member}`}.`,
    {
      endpoint,
      httpStatus: page.httpStatus,
      vendorRequestId: page.vendorRequestId ?? undefined,
    },
  );
}

/** A text that had to be repaired is not what the incumbent holds, and is said to be unparsable. */
function markRepaired(item: NormalItem, entry: string, repaired: readonly string[]): NormalItem {
  const own = repaired
    .filter((pointer) => pointer.startsWith(`${entry}/`))
    .map((pointer) => pointer.slice(entry.length));
  if (own.length === 0) return item;
  const normalized = { ...item.normalized, unparsable: [...item.normalized.unparsable, ...own] };
  return { ...item, normalized };
}

/** SHA-256 (hex) of what an item is, leaving out members that change by themselves. */
export function fingerprintOf(
  item: Pick<NormalItem, 'name' | 'status' | 'vendorKind' | 'normalized'>,
): string {
  const { name, status, vendorKind, normalized } = item;
  return sha256Hex(canonicalJson({ name, status, vendorKind, normalized }, volatileMembers));
}
