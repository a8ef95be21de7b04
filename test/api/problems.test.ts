import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { openDatabase, type Database } from '../../prisma/client.ts';
import { createTemporalClient } from '../../platform/temporal.ts';
import { layLine, type Line } from '../support/line.ts';
import { prepareSource } from '../support/okta.ts';
import type { Answer, Body } from '../support/answer.ts';
import { useService } from '../support/service.ts';
import { until } from '../support/until.ts';

const json = { 'content-type': 'application/json' };

/** The members that every problem has, and their form. */
function assertProblem(
  answer: Pick<Answer, 'status' | 'headers' | 'body'>,
  status: number,
  code: string,
): void {
  assert.deepEqual([answer.status, answer.body?.code], [status, code], JSON.stringify(answer.body));
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const { type, title, status: said, detail, instance } = answer.body;
  assert.equal(type, `urn:identity-migration:error:${code}`);
  assert.equal(said, status);
  assert.ok(typeof title === 'string' && title.length > 0);
  assert.ok(typeof detail === 'string' && detail.endsWith('.'), detail);
  assert.equal(instance, `urn:uuid:${answer.headers.get('x-request-id')}`);
}

const pointersOf = (answer: Answer): string[] => answer.body.errors.map((error: Body) => error.pointer);

describe('problems', () => {
  const service = useService({ worker: false });
  const workspace = { name: 'A name', mode: 'first_run_adoption' };

  /** Sends a body to a route that validates it. */
  const send = (body: unknown, headers: Record<string, string> = {}) =>
    service().call('POST', '/workspaces', { body, headers });

  it('are documents of RFC 9457 with a stable code, and name the request', async () => {
    assertProblem(await service().call('GET', '/nothing'), 404, 'not_found');
    assertProblem(await service().call('DELETE', '/workspaces'), 405, 'method_not_allowed');
    assertProblem(await service().call('GET', '/workspaces', { token: null }), 401, 'token_required');
    assertProblem(await service().call('GET', '/workspaces', { token: 'x' }), 401, 'token_invalid');
    assertProblem(
      await service().forTenant().call('GET', '/workspaces', { tenant: uuidv7() }),
      403,
      'tenant_scope_denied',
    );
    assertProblem(await service().call('GET', `/workspaces/${uuidv7()}`), 404, 'not_found');
    assertProblem(await send({}), 422, 'validation_failed');
  });

  it('and every other answer carry a request id of their own', async () => {
    const paths = [
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/nowhere',
      '/api/v1/tenants',
      '/api/v1/tenants/x/migrations',
    ];
    const ids = new Set<string | null>();
    for (const path of [...paths, ...paths])
      ids.add((await fetch(service().url + path)).headers.get('x-request-id'));
    assert.equal(ids.size, 2 * paths.length);
    for (const id of ids) assert.match(id ?? '', /^[0-9a-f-]{36}$/);
  });

  it('do not tell what serves them', async () => {
    const { headers } = await fetch(`${service().url}/nowhere`);
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  });

  it('take no request id from the caller', async () => {
    const { headers } = await service().call('GET', '/workspaces', { headers: { 'x-request-id': 'mine' } });
    assert.notEqual(headers.get('x-request-id'), 'mine');
  });

  describe('with a body', () => {
    const sent: [
      what: string,
      body: string,
      headers: Record<string, string>,
      status: number,
      code: string,
    ][] = [
      ['that is not JSON', '{"name": ', json, 400, 'invalid_json'],
      ['that is JSON with more behind it', '{} {}', json, 400, 'invalid_json'],
      ['that is blank', ' ', json, 400, 'invalid_json'],
      [
        'of another type',
        'name=x',
        { 'content-type': 'application/x-www-form-urlencoded' },
        415,
        'unsupported_media_type',
      ],
      ['of plain text', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
      ['of no type', '{}', { 'content-type': '' }, 415, 'unsupported_media_type'],
      [
        'in an unknown encoding',
        '{}',
        { ...json, 'content-encoding': 'zstd' },
        415,
        'unsupported_media_type',
      ],
      [
        'in an unknown character set',
        '{}',
        { 'content-type': 'application/json; charset=ebcdic' },
        415,
        'unsupported_media_type',
      ],
      [
        'that says it is compressed and is not',
        '{}',
        { ...json, 'content-encoding': 'gzip' },
        400,
        'invalid_json',
      ],
    ];
    for (const [what, body, headers, status, code] of sent) {
      it(`${what} are refused with ${status}`, async () => {
        assertProblem(await send(body, headers), status, code);
      });
    }

    it('of more than a megabyte are refused with 413, compressed or not', async () => {
      const large = JSON.stringify({ ...workspace, description: 'x'.repeat(1_048_576) });
      assertProblem(await send(large), 413, 'payload_too_large');
      const token = await service().token();
      const path = `${service().url}/api/v1/tenants/${service().tenant}/migrations/workspaces`;
      const response = await fetch(path, {
        method: 'POST',
        headers: { ...json, 'content-encoding': 'gzip', authorization: `Bearer ${token}` },
        body: gzipSync(large),
      });
      assertProblem(
        { status: response.status, headers: response.headers, body: await response.json() },
        413,
        'payload_too_large',
      );
    });

    it('of every JSON type with a suffix are read', async () => {
      assertProblem(
        await send('{}', { 'content-type': 'application/merge-patch+json' }),
        422,
        'validation_failed',
      );
    });

    const shapes: Record<string, string> = {
      'a list': '[]',
      'a list of bodies': JSON.stringify([workspace]),
      'a text': '"name"',
      'a number': '1',
      null: 'null',
      true: 'true',
    };
    for (const [what, body] of Object.entries(shapes)) {
      it(`that is ${what} are refused with 422`, async () => {
        const answer = await send(body);
        assertProblem(answer, 422, 'validation_failed');
        assert.deepEqual(pointersOf(answer), ['']);
      });

      it(`that is ${what} are refused with 422 where no member is required`, async () => {
        const made = await service().forTenant().call('POST', '/workspaces', { body: workspace });
        const other = service().forTenant(made.body.tenant_id as string);
        assertProblem(
          await other.call('POST', `/workspaces/${made.body.id}/archive`, { body }),
          422,
          'validation_failed',
        );
        assert.equal((await other.call('GET', `/workspaces/${made.body.id}`)).body.status, 'draft');
      });
    }

    it('with unknown members are refused, and each of them is named', async () => {
      const answer = await send({ ...workspace, owner: 'me', 'a/b~c': 1 });
      assertProblem(answer, 422, 'validation_failed');
      assert.deepEqual(pointersOf(answer).sort(), ['/a~1b~0c', '/owner']);
    });

    it('with unknown members deeper down are refused as well', async () => {
      const made = await service().forTenant().call('POST', '/workspaces', { body: workspace });
      const answer = await service()
        .forTenant(made.body.tenant_id as string)
        .call('POST', `/workspaces/${made.body.id}/sources`, {
          body: {
            name: 'Okta',
            source_type: 'okta',
            connection_mode: 'api_token',
            config: { org_url: 'https://example.okta.com', proxy: 'http://elsewhere' },
            secret: { api_token: 'x', password: 'y' },
          },
        });
      assertProblem(answer, 422, 'validation_failed');
      assert.deepEqual(pointersOf(answer).sort(), ['/config/proxy', '/secret/password']);
    });

    it('with members of Object\u2019s own names are refused and change nothing in the process', async () => {
      for (const name of ['__proto__', 'constructor', 'prototype', 'toString']) {
        const body = `{"name": "A name", "mode": "first_run_adoption", "${name}": {"polluted": true}}`;
        const answer = await send(body);
        assertProblem(answer, 422, 'validation_failed');
        assert.deepEqual(pointersOf(answer), [`/${name}`]);
      }
      assert.equal(({} as Body).polluted, undefined);
    });

    it('that nest very deeply are refused', async () => {
      const depth = 200_000;
      const nested = '['.repeat(depth) + ']'.repeat(depth);
      assertProblem(await send(nested), 422, 'validation_failed');
      assertProblem(
        await send(`{"name": ${nested}, "mode": "first_run_adoption"}`),
        422,
        'validation_failed',
      );
      assertProblem(
        await send('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)),
        422,
        'validation_failed',
      );
    });

    it('with the same member twice take the last one, as JSON does', async () => {
      const body = '{"name": "First", "name": "Second", "mode": "merge_into_existing"}';
      const made = await service().forTenant().call('POST', '/workspaces', { body });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.body.name, 'Second');
    });

    it('name every member that is wrong at once, and none of the values', async () => {
      const answer = await send({ name: ' ', mode: 'hunter2-mode' });
      assert.deepEqual(pointersOf(answer).sort(), ['/mode', '/name']);
      assert.ok(!answer.text.includes('hunter2'));
    });
  });

  it('name the parameter of a query that is wrong', async () => {
    const answer = await service().call('GET', '/workspaces?limit=many&cursor=');
    assertProblem(answer, 422, 'validation_failed');
    assert.deepEqual(pointersOf(answer).sort(), ['/query/cursor', '/query/limit']);
  });
});

describe('problems that nobody expected', () => {
  const lines: string[] = [];
  const log = pino(
    { level: 'trace' },
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    }),
  );
  let failing = false;
  const service = useService({
    worker: false,
    services: {
      now() {
        if (failing) throw new Error('SELECT api_token FROM secrets WHERE password = hunter2');
        return new Date();
      },
      log,
    },
  });
  afterEach(() => {
    failing = false;
  });

  it('tell nothing but a request id, by which the log tells the rest', async () => {
    failing = true;
    const body = { name: 'A', mode: 'first_run_adoption' };
    const answer = await service().call('POST', '/workspaces', { body });
    assertProblem(answer, 500, 'internal_error');
    assert.deepEqual(Object.keys(answer.body).sort(), [
      'code',
      'detail',
      'instance',
      'status',
      'title',
      'type',
    ]);
    for (const word of ['hunter2', 'SELECT', '.ts:', 'Error:']) assert.ok(!answer.text.includes(word), word);
    const told = lines.filter((line) => line.includes('hunter2'));
    assert.equal(told.length, 1);
    assert.ok(told[0]?.includes(answer.headers.get('x-request-id') ?? 'none'), told[0]);
  });

  it('of the database\u2019s tell neither its statement nor its rows', async () => {
    const { database } = service();
    const other = service().forTenant();
    const body = { name: 'Row of theirs', mode: 'first_run_adoption' };
    const made = await other.call('POST', '/workspaces', { body });
    await database.$executeRaw`ALTER TABLE "migration_sources" RENAME COLUMN "name" TO "nom"`;
    const answer = await other.call('GET', `/workspaces/${made.body.id}`);
    await database.$executeRaw`ALTER TABLE "migration_sources" RENAME COLUMN "nom" TO "name"`;
    assertProblem(answer, 500, 'internal_error');
    for (const word of ['migration_sources', 'nom', 'select', 'prisma', 'row of theirs']) {
      assert.ok(!answer.text.toLowerCase().includes(word), word);
    }
  });
});

describe('while something that the service needs is away', () => {
  let toDatabase: Line;
  let toTemporal: Line;
  let database: Database;
  let temporal: Client;
  const service = useService({
    worker: false,
    async services({ databaseUrl, temporalAddress, temporalNamespace: namespace }) {
      const url = new URL(databaseUrl);
      const [host = '', port = ''] = temporalAddress.split(':');
      toDatabase = await layLine(url.hostname, Number(url.port));
      toTemporal = await layLine(host, Number(port));
      url.host = `127.0.0.1:${toDatabase.port}`;
      database = openDatabase({ url: url.href });
      const connectionOptions = { address: `127.0.0.1:${toTemporal.port}` };
      temporal = createTemporalClient({ connectionOptions, namespace }, 'test');
      return { database, temporal };
    },
  });
  after(async () => {
    await temporal.connection.close();
    await database.$disconnect();
    await Promise.all([toDatabase.close(), toTemporal.close()]);
  });

  const probe = async (path: string) => {
    const response = await fetch(service().url + path);
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  };
  const ready = () => probe('/readyz');

  it('it lives, and is ready when all is there', async () => {
    assert.deepEqual((await probe('/healthz')).body, { status: 'ok' });
    const { status, body } = await ready();
    assert.deepEqual([status, body], [200, { status: 'ok', database: true, temporal: true }]);
  });

  it('the database: every route answers 503 with Retry-After, and works again when it is back', async () => {
    const made = await service().call('POST', '/workspaces', {
      body: { name: 'Kept', mode: 'first_run_adoption' },
    });
    const path = `/workspaces/${made.body.id}`;
    await toDatabase.cut();
    for (const [method, route] of [
      ['GET', '/workspaces'],
      ['GET', path],
      ['POST', `${path}/archive`],
      ['GET', '/audit-records'],
    ] as const) {
      const answer = await service().call(method, route);
      assertProblem(answer, 503, 'database_unavailable');
      assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    }
    assert.equal((await probe('/healthz')).status, 200);
    const { status, body, headers } = await ready();
    assert.deepEqual([status, body], [503, { status: 'unavailable', database: false, temporal: true }]);
    assert.ok(headers.get('retry-after'));
    await toDatabase.mend();
    assert.deepEqual((await service().call('GET', path)).body, made.body);
    assert.equal((await ready()).status, 200);
  });

  it('Temporal: what it runs is refused with 503 before anything is written, and all else goes on', async () => {
    const other = service().forTenant();
    const road = await prepareSource(other, 'http://127.0.0.1:1');
    await toTemporal.cut();
    const audited = async () => (await other.call('GET', '/audit-records')).body.data.length as number;
    const before = await audited();
    const answer = await other.call('POST', `${road.S}/snapshots`);
    assertProblem(answer, 503, 'temporal_unavailable');
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
    assert.deepEqual((await other.call('GET', `${road.S}/snapshots`)).body.data, []);
    assert.equal(await service().database.run.count({ where: { tenantId: other.tenant } }), 0);
    assert.equal(await audited(), before);
    assert.equal((await other.call('GET', road.W)).status, 200);
    const { status, body } = await ready();
    assert.deepEqual([status, body], [503, { status: 'unavailable', database: true, temporal: false }]);
    await toTemporal.mend();
    await until('Temporal is reached again', async () => (await ready()).status === 200);
    const started = await other.call('POST', `${road.S}/snapshots`, { headers: { prefer: 'respond-async' } });
    assert.equal(started.status, 202, started.text);
    await toTemporal.cut();
    const cancelled = await other.call('POST', `${road.S}/snapshots/${started.body.id}/cancel`);
    assert.equal(cancelled.status, 202, 'a stop works while Temporal is away');
    const stopped = await service().database.run.count({
      where: { tenantId: other.tenant, stopRequestedAt: { not: null } },
    });
    assert.equal(stopped, 1);
  }).timeout(40_000);
});
