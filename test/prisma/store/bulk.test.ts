import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { inTransaction } from '../../../prisma/client.ts';
import { bulkInsert, type BulkTable } from '../../../prisma/store/bulk.ts';
import { useDatabase } from '../../support/database.ts';
import { query } from '../support.ts';

interface Row {
  id: string;
  line: string | null;
  number: number | null;
  big: string | null;
  flag: boolean | null;
  at: string | null;
  data: unknown;
  words: readonly string[] | null;
  ids: readonly string[] | null;
  bytes: string | null;
}

const table: BulkTable<Row> = {
  name: 'scratch',
  columns: {
    id: 'uuid',
    line: 'text',
    number: 'integer',
    big: 'bigint',
    flag: 'boolean',
    at: 'timestamptz',
    data: 'jsonb',
    words: 'text[]',
    ids: 'uuid[]',
    bytes: 'bytea',
  },
};

const nothing: Row = {
  id: '',
  line: null,
  number: null,
  big: null,
  flag: null,
  at: null,
  data: null,
  words: null,
  ids: null,
  bytes: null,
};

describe('the bulk writer', () => {
  const opened = useDatabase();
  before(() =>
    query(
      opened().url,
      `CREATE TABLE scratch (id uuid PRIMARY KEY, line text, number integer, big bigint, flag boolean,
         at timestamptz(3), data jsonb, words text[], ids uuid[], bytes bytea)`,
    ),
  );

  const insert = <Returned = never>(rows: readonly Row[], suffix = '') =>
    inTransaction(opened().database, (tx) => bulkInsert<Row, Returned>(tx, table, rows, suffix));
  const readBack = (ids: readonly string[]) =>
    query<Record<string, unknown>>(
      opened().url,
      'SELECT * FROM scratch WHERE id = ANY($1::uuid[]) ORDER BY number',
      [ids],
    );

  it('writes every type of column as it is', async () => {
    const id = randomUUID();
    const bytes = Buffer.from([0, 1, 255, 0x5c, 0x27, 10]);
    const ids = [randomUUID(), randomUUID()];
    const text = 'quote " \' backslash \\ tab \t newline \n dollar $1 $$ {} Zoë 日本 😀 \u202e';
    await insert([
      {
        id,
        line: text,
        number: -2147483648,
        big: '9223372036854775807',
        flag: true,
        at: '2026-01-02T03:04:05.678Z',
        data: { 'a"b': [1, 1.5, null, text], nested: { deep: [] } },
        words: ['one', 'two, three', '"four"', '{five}', '', text],
        ids,
        bytes: bytes.toString('base64'),
      },
    ]);
    assert.deepEqual(await readBack([id]), [
      {
        id,
        line: text,
        number: -2147483648,
        big: '9223372036854775807',
        flag: true,
        at: new Date('2026-01-02T03:04:05.678Z'),
        data: { 'a"b': [1, 1.5, null, text], nested: { deep: [] } },
        words: ['one', 'two, three', '"four"', '{five}', '', text],
        ids,
        bytes,
      },
    ]);
  });

  it('writes nothing as nothing, and empty lists as empty lists', async () => {
    const [none, empty] = [randomUUID(), randomUUID()];
    await insert([
      { ...nothing, id: none, number: 1 },
      { ...nothing, id: empty, number: 2, line: '', data: [], words: [], ids: [], bytes: '' },
    ]);
    assert.deepEqual(await readBack([none, empty]), [
      { ...nothing, id: none, number: 1 },
      { ...nothing, id: empty, number: 2, line: '', data: [], words: [], ids: [], bytes: Buffer.alloc(0) },
    ]);
  });

  it('keeps the difference between a text, a number and an object in JSON', async () => {
    const values = ['1', 1, true, 'null', { a: 1 }, [1], '{"a":1}'];
    const rows = values.map((data, number) => ({ ...nothing, id: randomUUID(), number, data }));
    await insert(rows);
    const read = await readBack(rows.map((row) => row.id));
    assert.deepEqual(
      read.map((row) => row.data),
      values,
    );
  });

  it('writes a thousand rows in one statement', async () => {
    const rows = Array.from({ length: 1000 }, (_, number) => ({
      ...nothing,
      id: randomUUID(),
      number,
      line: `row ${number} 😀`,
      bytes: Buffer.from(`${number}`).toString('base64'),
    }));
    await insert(rows);
    const read = await readBack(rows.map((row) => row.id));
    assert.deepEqual(
      read.map((row) => [row.number, row.line, String(row.bytes)]),
      rows.map((row, n) => [n, row.line, `${n}`]),
    );
  });

  it('writes no row when one of them is refused', async () => {
    const [good, bad] = [randomUUID(), randomUUID()];
    const rows = [
      { ...nothing, id: good },
      { ...nothing, id: bad, at: 'yesterday-ish' },
    ];
    await assert.rejects(insert(rows));
    assert.deepEqual(await readBack([good, bad]), []);
  });

  it('returns what it is asked to return, which is not what a conflict kept out', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    await insert([{ ...nothing, id: one }]);
    const rows = [
      { ...nothing, id: one },
      { ...nothing, id: two },
    ];
    assert.deepEqual(await insert<{ id: string }>(rows, 'ON CONFLICT DO NOTHING RETURNING "id"'), [
      { id: two },
    ]);
    assert.deepEqual(await insert(rows, 'ON CONFLICT DO NOTHING'), []);
  });

  it('does nothing without rows', async () => {
    assert.deepEqual(await insert([], 'RETURNING "id"'), []);
  });
});
