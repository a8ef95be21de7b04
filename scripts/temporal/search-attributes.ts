// Search attributes, without which Temporal refuses to start a workflow that sets them.
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Refusal } from '../refusal.ts';
import type { SearchAttributes } from './settings.ts';

const { IndexedValueType } = proto.temporal.api.enums.v1;
const TYPES = {
  Text: IndexedValueType.INDEXED_VALUE_TYPE_TEXT,
  Keyword: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Int: IndexedValueType.INDEXED_VALUE_TYPE_INT,
  Double: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
  Datetime: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KeywordList: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} satisfies Record<SearchAttributes[string], number>;

/**
 * Registers the search attributes that the namespace does not have yet; repeatable.
 *
 * @throws {Refusal} when one exists with another type: Temporal would ignore the wish and refuse the values later
 */
export async function registerSearchAttributes(
  connection: Connection,
  namespace: string,
  attributes: SearchAttributes,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const wanted = Object.entries(attributes).map(([name, kind]) => [name, TYPES[kind]] as const);
  const clash = wanted.find(([name, type]) => name in customAttributes && customAttributes[name] !== type);
  if (clash !== undefined) {
    throw new Refusal(
      `Search attribute ${clash[0]} of namespace ${namespace} has another type than the settings say.`,
    );
  }
  const missing = wanted.filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing),
  });
}
