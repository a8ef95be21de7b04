// Microsoft Graph's objects as tests compose them, judged as an assessment judges them: raw object → normal form →
// verdict.
import { entraComposers } from '../../../../activities/sources/entra/compose.ts';
import { entraReaders } from '../../../../activities/sources/entra/collections.ts';
import type { ComposerPart, PageContent } from '../../../../activities/sources/source.ts';
import type { EntraCollectionName } from '../../../../domain/collections/entra.ts';
import type { StoredItem } from '../../../../domain/inventory/item.ts';
import type { ItemType } from '../../../../domain/inventory/itemTypes.ts';
import { asItem } from '../okta/support.ts';

export { asItem };

/** Reads a page of a collection as the reader does. */
export function readPage(
  collection: EntraCollectionName,
  entries: readonly unknown[],
  context: Record<string, string> = {},
): PageContent {
  const reader = entraReaders.find((each) => each.name === collection);
  if (!reader) throw new Error(`no reader of ${collection}`);
  return reader.read(entries, { collection, key: '', path: `/${collection}`, context });
}

/** The item that an entry of a listing is. */
export function readItem<Type extends ItemType>(
  collection: EntraCollectionName,
  entry: unknown,
  context: Record<string, string> = {},
): StoredItem<Type> {
  const [first] = readPage(collection, [entry], context).items;
  if (!first) throw new Error(`an entry of ${collection} is no item`);
  return asItem(first.item) as StoredItem<Type>;
}

/** Joins an item with the objects read beside it; of a refused collection nothing is known. */
export function compose<Type extends ItemType>(
  item: StoredItem<Type>,
  pages: readonly PageContent[],
  refused: readonly EntraCollectionName[] = [],
): StoredItem<Type> {
  const composer = entraComposers.find((each) => each.itemType === item.itemType);
  if (!composer) return item;
  const objectsOf = ({ objectKind, listedIn, wants }: ComposerPart) => {
    if (listedIn.some((collection) => refused.some((each) => each === collection))) return null;
    const want = wants(item);
    return pages
      .flatMap((page) => page.objects)
      .filter((object) => object.kind === objectKind)
      .filter((object) =>
        'parent' in want ? object.parent === want.parent : want.externalIds.includes(object.externalId),
      )
      .map((object) => ({ ...object, evidence: { id: '', index: object.index, role: 'object' as const } }));
  };
  const { normalized } = composer.compose(item, (objectKind) => {
    const part = composer.parts.find((each) => each.objectKind === objectKind);
    return part ? objectsOf(part) : [];
  });
  return { ...item, normalized: normalized as StoredItem<Type>['normalized'] };
}
