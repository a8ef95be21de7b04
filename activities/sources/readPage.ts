import type { NormalItem } from '../../domain/inventory/item.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { volatileMembers } from '../../domain/inventory/common.ts';
import { sha256Hex } from '../../platform/digest.ts';
import { parsePage, redactSecrets, type ParsedPage, type Redaction } from '../../platform/jsonText.ts';
import { SourceFailure } from './failure.ts';
import { endpointOf } from './pages.ts';
import type { ChainSeed, Collection, Page, PageContent } from './source.ts';

/** A page as received, with secrets replaced, as JSON. */
export interface OpenPage extends Redaction, ParsedPage {
  page: Page;
  endpoint: string;
  /** Path and query of the next one; null where the listing ends. */
  next: string | null;
}

export interface ReadItem {
  item: NormalItem;
  index: number;
  fingerprint: string;
}

/**
 * Opens the page that a path gave. Secrets go before anything is read, so that none goes further. Throws SourceFailure:
 * `unavailable` when the JSON is cut short, `unusable` when it nests too deeply to be scanned or goes on nowhere.
 */
export function openPage(path: string, page: Page): OpenPage {
  const endpoint = endpointOf(path);
  const detail = { ...detailOf(page), endpoint };
  try {
    const { bytes, redacted } = redactSecrets(page.body);
    const { value, repaired } = parsePage(bytes);
    return { page, endpoint, bytes, redacted, value, repaired, next: page.next(value) };
  } catch (cause) {
    if (cause instanceof SourceFailure) throw cause;
    if (cause instanceof RangeError) throw new SourceFailure('unusable', cause.message, { ...detail, cause });
    throw new SourceFailure('unavailable', `The page of ${endpoint} is not whole JSON.`, detail);
  }
}

/** What an open page holds, in normal form; throws SourceFailure `unusable` when that is something else than was due. */
export function readPage(
  collection: Collection,
  seed: ChainSeed,
  opened: OpenPage,
): PageContent & { items: readonly ReadItem[] } {
  const content = collection.read(entriesOf(collection, opened), seed);
  const items = content.items.map(({ item, index }) => {
    const marked = markRepaired(item, `${collection.entriesAt}/${index}`, opened.repaired);
    return { item: marked, index, fingerprint: fingerprintOf(marked) };
  });
  return { ...content, items };
}

const detailOf = ({ httpStatus, vendorRequestId }: Page) => ({
  httpStatus,
  vendorRequestId: vendorRequestId ?? undefined,
});

function entriesOf({ entriesAt, single }: Collection, { value, endpoint, page }: OpenPage): unknown[] {
  if (single) return [value];
  const member = entriesAt.slice(1);
  const array = member === '' ? value : (value as Record<string, unknown> | null)?.[member];
  if (Array.isArray(array)) return array;
  const said = `${endpoint} did not answer with an array${member && ` in ${member}`}.`;
  throw new SourceFailure('unusable', said, { ...detailOf(page), endpoint });
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
