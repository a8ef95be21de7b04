import type { Transaction } from '../client.ts';

type ColumnType =
  | 'uuid'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'boolean'
  | 'timestamptz'
  | 'jsonb'
  | 'text[]'
  | 'uuid[]'
  | 'bytea';

/** A table as the bulk writer sees it: column names and their PostgreSQL types. */
export interface BulkTable<Row> {
  name: string;
  columns: Readonly<Record<keyof Row & string, ColumnType>>;
}

/**
 * Inserts many rows in one statement: one JSON parameter, opened by `json_to_recordset`. Three to seven times the
 * speed of `createMany`, and without its stalls of the event loop. `bytea` columns are given as base64, dates as
 * RFC 3339. `suffix` is what follows the select (ON CONFLICT, RETURNING); the returned rows are its. `same` are ids
 * that all rows have.
 */
export async function bulkInsert<Row extends object, Returned = never>(
  tx: Transaction,
  table: BulkTable<Row>,
  rows: readonly Row[],
  suffix = '',
  same: Readonly<Record<string, string>> = {},
): Promise<Returned[]> {
  if (rows.length === 0) return [];
  const columns = Object.entries<ColumnType>(table.columns);
  const names = [...columns.map(([name]) => name), ...Object.keys(same)].map((name) => `"${name}"`);
  const selected = [
    ...columns.map(([name, type]) => (type === 'bytea' ? `decode("${name}", 'base64')` : `"${name}"`)),
    ...Object.keys(same).map((_, index) => `$${index + 2}::uuid`),
  ];
  const typed = columns.map(([name, type]) => `"${name}" ${type === 'bytea' ? 'text' : type}`);
  const sql = `INSERT INTO "${table.name}" (${names.join(', ')})
    SELECT ${selected.join(', ')} FROM json_to_recordset($1::json) AS r(${typed.join(', ')})
    ${suffix}`;
  const values = [JSON.stringify(rows), ...Object.values(same)];
  if (suffix.includes('RETURNING')) return tx.$queryRawUnsafe<Returned[]>(sql, ...values);
  await tx.$executeRawUnsafe(sql, ...values);
  return [];
}
