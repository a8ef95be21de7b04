import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import pg from 'pg';
import type { StackFile } from '../../scripts/stack-file.ts';
import {
  copyCheckout,
  jsonWhenThere,
  lives,
  plainEnv,
  type Running,
  startNode,
  temporalCli,
  temporaryFolder,
  until,
} from './support.ts';

const TENANT = '01900000-0000-7000-8000-00000000000a';

/** Stand in for the product's own programs. */
const PROGRAMS = {
  'scripts/migrate.ts': `
    import pg from 'pg';
    const client = new pg.Client(process.env.DATABASE_URL);
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS migrated (at timestamptz)');
    await client.end();
    console.log('migrated');`,
  'worker.ts': `
    import { writeFileSync } from 'node:fs';
    writeFileSync('worker.json', JSON.stringify({ pid: process.pid, env: process.env }));
    setInterval(() => {}, 1000);`,
  'api/main.ts': `
    import { writeFileSync } from 'node:fs';
    import { createServer } from 'node:http';
    writeFileSync('api.json', JSON.stringify({ pid: process.pid, env: process.env }));
    createServer((request, response) => {
      if (request.url === '/die') process.exit(7);
      response.statusCode = request.url === '/readyz' ? 200 : 404;
      response.end();
    }).listen(Number(process.env.PORT), process.env.HOST);`,
};

describe('npm start and npm run token', function () {
  this.timeout(30_000);
  const newFolder = temporaryFolder();
  const running: Running[] = [];
  let cli: string;

  before(async function () {
    this.timeout(120_000); // the CLI may have to be downloaded
    cli = await temporalCli();
  });
  afterEach(async () => {
    for (const { child, ended } of running.splice(0)) {
      child.kill('SIGTERM');
      await ended;
    }
  });

  async function newCheckout(): Promise<string> {
    const root = await newFolder();
    await copyCheckout(root, PROGRAMS);
    return root;
  }

  function launch(root: string, program: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Running {
    const launched = startNode(['scripts/run.mjs', `scripts/${program}`, ...args], {
      cwd: root,
      env: plainEnv({ TEMPORAL_CLI_PATH: cli, ...env }),
    });
    running.push(launched);
    return launched;
  }

  async function start(root: string, env: NodeJS.ProcessEnv = {}): Promise<Running> {
    const stack = launch(root, 'start.ts', [], env);
    await until('the stack is ready', () => {
      if (stack.child.exitCode !== null) throw new Error(stack.stderr());
      return stack.stdout().includes('\n');
    });
    return stack;
  }

  function json<T>(...path: string[]): Promise<T> {
    return jsonWhenThere<T>(join(...path));
  }

  /** The pids of everything that the stack has started. */
  async function pidsOf(root: string): Promise<number[]> {
    const names = await readdir(join(root, '.data', 'processes'));
    return names.map((name) => Number.parseInt(name, 10));
  }

  it('prints one line when everything is up, tells others where, and leaves nothing after SIGTERM', async () => {
    const root = await newCheckout();
    const stack = await start(root);
    const file = await json<StackFile>(root, '.data', 'stack.json');
    const line = `ready ${file.api_url} temporal ${file.temporal_address} temporal-ui ${file.temporal_ui_url ?? ''}\n`;
    assert.equal(stack.stdout(), line);
    assert.equal((await fetch(`${file.api_url}/readyz`)).status, 200);
    assert.equal(file.pid, stack.pid);
    for (const name of ['stack.json', 'dev-issuer.json', 'secrets-keys.json']) {
      assert.equal((await stat(join(root, '.data', name))).mode & 0o777, 0o600, name);
    }
    const client = new pg.Client(file.database_url);
    await client.connect();
    assert.equal((await client.query('SELECT * FROM migrated')).rowCount, 0);
    await client.end();

    const pids = await pidsOf(root);
    assert.equal(pids.length, 4);
    stack.child.kill('SIGTERM');
    assert.equal(await stack.ended, 0);
    assert.deepEqual(pids.filter(lives), []);
    assert.equal(stack.stdout(), line);
    assert.deepEqual((await readdir(join(root, '.data'))).sort(), [
      'dev-issuer.json',
      'postgres',
      'processes',
      'secrets-keys.json',
      'temporal.db',
      'temporal.log',
    ]);
  });

  it('gives the API and the worker what they need, and keeps its keys over restarts', async () => {
    const root = await newCheckout();
    const first = await start(root);
    first.child.kill('SIGTERM');
    await first.ended;
    // What the first ones were given is not to be taken for what the next ones are.
    for (const name of ['api', 'worker']) await rm(join(root, `${name}.json`), { force: true });
    const before = await readFile(join(root, '.data', 'secrets-keys.json'), 'utf8');
    const key = Buffer.from(
      Object.values(JSON.parse(before) as Record<string, string>)[0] ?? '',
      'base64url',
    );
    assert.equal(key.length, 32);

    await start(root, { TEMPORAL_API_KEY: 'of another server', TEMPORAL_ADDRESS: '' });
    assert.equal(await readFile(join(root, '.data', 'secrets-keys.json'), 'utf8'), before);
    const { api_url, temporal_address, temporal_ui_url, database_url } = await json<StackFile>(
      root,
      '.data',
      'stack.json',
    );
    const { port } = new URL(api_url);
    for (const name of ['api', 'worker']) {
      const { env } = await json<{ env: Record<string, string> }>(root, `${name}.json`);
      assert.equal(env.TEMPORAL_API_KEY, undefined);
      assert.deepEqual(
        {
          url: env.DATABASE_URL,
          temporal: [env.TEMPORAL_ADDRESS, env.TEMPORAL_NAMESPACE, env.TEMPORAL_UI_URL],
          place: [env.HOST, env.PORT],
          auth: [env.AUTH_ISSUER, env.AUTH_AUDIENCE, env.AUTH_JWKS_URI],
          keys: [env.DEV_ISSUER_KEYS, env.SECRETS_KEYS_FILE],
          operators: env.OPERATOR_TENANT_IDS,
        },
        {
          url: database_url,
          temporal: [temporal_address, 'default', temporal_ui_url],
          place: ['127.0.0.1', port],
          auth: [`${api_url}/dev-issuer`, 'identity-migration', `${api_url}/dev-issuer/jwks`],
          keys: [join(root, '.data', 'dev-issuer.json'), join(root, '.data', 'secrets-keys.json')],
          operators: '01900000-0000-7000-8000-000000000001',
        },
      );
    }
  });

  it('refuses a second stack of the same checkout in one sentence', async () => {
    const root = await newCheckout();
    await start(root);
    const second = launch(root, 'start.ts');
    assert.equal(await second.ended, 1);
    assert.equal(second.stdout(), '');
    assert.match(
      second.stderr(),
      /^A stack of this checkout runs already, at http:\/\/127\.0\.0\.1:\d+ .*\n$/,
    );
  });

  it('starts after a kill -9 and ends what that has left', async () => {
    const root = await newCheckout();
    const killed = await start(root);
    const left = await pidsOf(root);
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal(left.every(lives), true);
    const token = launch(root, 'token.ts', ['--tenant', TENANT]);
    assert.equal(await token.ended, 2);

    await start(root);
    assert.deepEqual(left.filter(lives), []);
  });

  it('ends with status 1 when a part of it dies', async () => {
    const root = await newCheckout();
    const stack = await start(root);
    const pids = await pidsOf(root);
    const { api_url } = await json<StackFile>(root, '.data', 'stack.json');
    await assert.rejects(fetch(`${api_url}/die`));
    assert.equal(await stack.ended, 1);
    assert.match(stack.stderr(), /^api ended unexpectedly \(exit status 7\): ending the others\.$/m);
    assert.deepEqual(pids.filter(lives), []);
    assert.equal(existsSync(join(root, '.data', 'stack.json')), false);
  });

  describe('refuses in one sentence, before anything is started,', () => {
    async function refused(env: NodeJS.ProcessEnv, sentence: RegExp): Promise<void> {
      const root = await newCheckout();
      const { ended, stdout, stderr } = launch(root, 'start.ts', [], env);
      assert.equal(await ended, 1);
      assert.equal(stdout(), '');
      assert.match(stderr(), sentence);
    }

    it('a host that others can reach without an issuer of its own', () =>
      refused({ HOST: '0.0.0.0' }, /^HOST is 0\.0\.0\.0, which others can reach: .* set AUTH_ISSUER .*\n$/));

    it('a port that is none', () => refused({ PORT: '80a' }, /^PORT is 80a, which is no port number\.\n$/));

    it('a port that was asked for and is taken', async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await refused({ PORT: String(port) }, new RegExp(`^Port ${port} of 127\\.0\\.0\\.1 is taken: .*\\n$`));
      server.close();
    });
  });

  describe('a token', () => {
    let root: string;
    let stack: StackFile;
    let keys: JSONWebKeySet;
    let up: Running;

    before(async function () {
      this.timeout(30_000);
      root = await newCheckout();
      up = await start(root);
      running.length = 0; // outlives the tests here
      stack = await json<StackFile>(root, '.data', 'stack.json');
      const kept = await json<JSONWebKeySet>(root, '.data', 'dev-issuer.json');
      keys = { keys: kept.keys.map((key) => ({ ...key, d: undefined })) };
    });
    after(async () => {
      up.child.kill('SIGTERM');
      await up.ended;
    });

    async function claimsOf(...args: string[]): Promise<Record<string, unknown>> {
      const { ended, stdout, stderr } = launch(root, 'token.ts', args);
      assert.equal(await ended, 0, stderr());
      assert.match(stdout(), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      const token = stdout().trim();
      assert.equal(decodeProtectedHeader(token).kid, keys.keys[0]?.kid);
      const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
        algorithms: ['ES256'],
        typ: 'at+jwt',
        issuer: `${stack.api_url}/dev-issuer`,
        audience: 'identity-migration',
      });
      return payload;
    }

    it('is that of a customer who may view and manage migrations, for twelve hours', async () => {
      const { iat, nbf, exp, jti, iss, ...claims } = await claimsOf('--tenant', TENANT);
      assert.deepEqual(claims, {
        aud: 'identity-migration',
        sub: 'dev',
        tenant_id: TENANT,
        tenant_kind: 'customer',
        access_context: 'membership',
        permissions: ['portal.migrations.view', 'portal.migrations.manage'],
      });
      assert.equal(Number(exp) - Number(iat), 12 * 60 * 60);
      assert.equal(nbf, iat);
      assert.match(String(jti), /^[0-9a-f-]{36}$/);
      assert.equal(iss, stack.issuer?.issuer);
    });

    it('has what the flags say', async () => {
      const flags = ['--kind', 'vendor', '--context', 'support_access', '--permissions', 'a,b', '--sub', 's'];
      const claims = await claimsOf('--tenant', TENANT, ...flags);
      assert.deepEqual(
        [claims.tenant_kind, claims.access_context, claims.permissions, claims.sub],
        ['vendor', 'support_access', ['a', 'b'], 's'],
      );
      assert.deepEqual((await claimsOf('--tenant', TENANT, '--permissions', '')).permissions, []);
    });

    it("of an operator is for the operators' tenant unless another is named", async () => {
      assert.equal((await claimsOf('--kind', 'operator')).tenant_id, stack.operator_tenant_id);
      assert.equal((await claimsOf('--kind', 'operator', '--tenant', TENANT)).tenant_id, TENANT);
    });

    const wrong: [args: string[], sentence: RegExp][] = [
      [[], /^--tenant is missing: /],
      [['--tenant', 'acme'], /^--tenant is acme, which is no UUID: /],
      [['--tenant', TENANT, '--kind', 'king'], /^--kind is king, not one of customer, operator, vendor: /],
      [['--tenant', TENANT, '--context', 'x'], /^--context is x, not one of membership, /],
      [['--tenent', TENANT], /^Unknown option '--tenent'/],
      [['--tenant', TENANT, 'more'], /^Unexpected argument 'more'/],
    ];
    for (const [args, sentence] of wrong) {
      it(`is refused with status 2 and one sentence for \`${args.join(' ')}\``, async () => {
        const { ended, stdout, stderr } = launch(root, 'token.ts', args);
        assert.equal(await ended, 2);
        assert.equal(stdout(), '');
        assert.match(stderr(), sentence);
        assert.equal(stderr().trim().split('\n').length, 1);
      });
    }

    it('is refused with status 2 when no stack runs', async () => {
      const { ended, stdout, stderr } = launch(await newCheckout(), 'token.ts', ['--tenant', TENANT]);
      assert.equal(await ended, 2);
      assert.equal(stdout(), '');
      assert.equal(
        stderr(),
        'No stack of this checkout is running: npm start or npm run demo brings one up.\n',
      );
    });
  });
});
