import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Writes SQL from `schema.prisma`, offline. Prisma's schema engine insists on a database connection, and some of
 * its commands run migrations in whatever it is connected to; this one is connected to nothing: the adapter below
 * answers its greeting and refuses everything else.
 */
export async function schemaDiff(from: string | null, to: string): Promise<string> {
  const engine = await loadEngine(to);
  try {
    const parameters = {
      from: from === null ? ({ tag: 'empty' } as const) : schemaTarget(from),
      to: schemaTarget(to),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
      shadowDatabaseUrl: null, // asked for by the engine, absent from its types
    };
    const result = await engine.diff(parameters);
    return result.stdout ?? '';
  } finally {
    engine.free();
  }
}

const schemaTarget = (content: string) => ({
  tag: 'schemaDatamodel' as const,
  files: [{ path: 'schema.prisma', content }],
});

let started = false;

async function loadEngine(schema: string): Promise<bindings.SchemaEngine> {
  if (!started) {
    const entry = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm');
    const wasm = readFileSync(entry.replace(/schema_engine\.js$/, 'schema_engine_bg.wasm'));
    const { instance } = await WebAssembly.instantiate(wasm, {
      './schema_engine_bg.js': bindings,
    });
    const glue = bindings as unknown as { __wbg_set_wasm(exports: unknown): void };
    glue.__wbg_set_wasm(instance.exports);
    (instance.exports as unknown as { __wbindgen_start(): void }).__wbindgen_start();
    started = true;
  }
  const constructor = bindings.SchemaEngine as unknown as {
    new: (options: object, log: () => void, adapter: object) => Promise<bindings.SchemaEngine>;
  };
  return constructor.new({ datamodels: [['schema.prisma', schema]] }, () => undefined, offlineAdapter);
}

interface Ok<Value> {
  ok: true;
  value: Value;
  map<Next>(f: (value: Value) => Next): Ok<Next>;
  flatMap<Next>(f: (value: Value) => Next): Next;
}

function ok<Value>(value: Value): Ok<Value> {
  return { ok: true, value, map: (f) => ok(f(value)), flatMap: (f) => f(value) };
}

const refuse = () => Promise.reject(new Error('The schema engine may not reach a database.'));

/** "The schema exists, and this is PostgreSQL 18": types are boolean, text and 32-bit integer. */
const greeting = {
  columnNames: ['exists', 'version', 'numeric_version'],
  columnTypes: [5, 7, 0],
  rows: [[true, 'PostgreSQL 18.0', 180_000]],
};

const offlineConnection = {
  provider: 'postgres',
  adapterName: 'offline',
  errorRegistry: { consumeError: () => undefined },
  queryRaw: ({ sql }: { sql: string }) =>
    sql.startsWith('SELECT EXISTS(SELECT 1 FROM pg_namespace') ? Promise.resolve(ok(greeting)) : refuse(),
  executeRaw: refuse,
  executeScript: refuse,
  startTransaction: refuse,
  dispose: () => Promise.resolve(ok(undefined)),
  getConnectionInfo: () => ok({ schemaName: 'public', supportsRelationJoins: true }),
};

const offlineAdapter = {
  provider: 'postgres',
  adapterName: 'offline',
  errorRegistry: { consumeError: () => undefined },
  connect: () => Promise.resolve(ok(offlineConnection)),
  connectToShadowDb: refuse,
};
