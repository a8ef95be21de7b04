import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Refusal } from '../../scripts/refusal.ts';
import { registerSearchAttributes } from '../../scripts/temporal/search-attributes.ts';
import {
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../scripts/temporal/server.ts';
import { loadTemporalSettings, type TemporalSettings } from '../../scripts/temporal/settings.ts';
import { ignore, lives, temporalCli, temporaryFolder, writeFiles } from './support.ts';

describe('the Temporal development server', function () {
  this.timeout(20_000);
  const newFolder = temporaryFolder();
  const started: TemporalServer[] = [];
  let cli: string;
  let settings: TemporalSettings;

  before(async function () {
    this.timeout(120_000); // the CLI may have to be downloaded
    settings = await loadTemporalSettings();
    cli = await temporalCli();
  });
  after(() => Promise.all(started.map((server) => server.stop())));

  async function start(options: Partial<TemporalServerOptions> = {}): Promise<TemporalServer> {
    const server = await startTemporalServer({ cli, settings, port: 0, uiPort: 0, log: ignore, ...options });
    started.push(server);
    return server;
  }

  async function withClient<T>(
    server: TemporalServer,
    act: (client: Client, connection: Connection) => Promise<T>,
  ): Promise<T> {
    const connection = await Connection.connect({ address: server.address });
    try {
      return await act(new Client({ connection, namespace: settings.namespace }), connection);
    } finally {
      await connection.close();
    }
  }

  it('takes other ports when the usual ones are taken, and serves API and UI there', async () => {
    const [frontend, ui] = await Promise.all([occupyPort(), occupyPort()]);
    try {
      const server = await start({ port: frontend.port, uiPort: ui.port });
      assert.notEqual(server.address, `127.0.0.1:${frontend.port}`);
      assert.notEqual(server.uiUrl, `http://127.0.0.1:${ui.port}`);
      assert.equal((await fetch(server.uiUrl ?? '')).status, 200);
      await withClient(server, (_, connection) => connection.healthService.check({}));
      await server.stop();
      assert.equal(lives(server.pid), false);
    } finally {
      frontend.server.close();
      ui.server.close();
    }
  });

  it('takes workflows with the search attributes of the settings at once', async () => {
    const server = await start({ headless: true });
    assert.equal(server.uiUrl, undefined);
    await withClient(server, async (client) => {
      const searchAttributes = { IdmPhase: ['applying'], IdmFailedSteps: [2] };
      const options = { workflowId: 'w', taskQueue: 'none', searchAttributes };
      const handle = await client.workflow.start('some', options);
      assert.equal((await handle.describe()).status.name, 'RUNNING');
    });
  });

  it('has search attributes registered again without a word, and refuses another type for one', async () => {
    const server = await start({ headless: true });
    await withClient(server, async (_, connection) => {
      await registerSearchAttributes(connection, settings.namespace, settings.searchAttributes);
      await registerSearchAttributes(connection, settings.namespace, {
        ...settings.searchAttributes,
        Extra: 'Bool',
      });
      await assert.rejects(
        registerSearchAttributes(connection, settings.namespace, { IdmPhase: 'Int' }),
        new Refusal('Search attribute IdmPhase of namespace default has another type than the settings say.'),
      );
    });
  });

  it('keeps workflows and search attributes in its file, for a start right after the former stop', async () => {
    const dbFilename = join(await newFolder(), 'temporal.db');
    const first = await start({ headless: true, dbFilename });
    await withClient(first, (client) =>
      client.workflow.start('some', { workflowId: 'kept', taskQueue: 'none' }),
    );
    await first.stop();
    const second = await start({ headless: true, dbFilename });
    await withClient(second, async (client) => {
      assert.equal((await client.workflow.getHandle('kept').describe()).status.name, 'RUNNING');
    });
  });

  it('waits for a former server to let go of the file', async () => {
    const folder = await newFolder();
    await writeFiles(folder, {
      temporal: `#!/bin/sh
        if [ -e "${folder}/tried" ]; then exec "${cli}" "$@"; fi
        touch "${folder}/tried"
        echo "Error: unable to open: database is locked (5) (SQLITE_BUSY)" >&2
        exit 1\n`,
    });
    const said: string[] = [];
    await start({ cli: join(folder, 'temporal'), headless: true, log: (line) => said.push(line) });
    assert.deepEqual(said, ['Waiting for a former Temporal server to let go of its database …']);
  });

  it('tries again when a neighbour took a port that it had found free', async () => {
    const folder = await newFolder();
    await writeFiles(folder, {
      temporal: `#!/bin/sh
        if [ -e "${folder}/tried" ]; then exec "${cli}" "$@"; fi
        touch "${folder}/tried"
        echo "panic: failed to assign a free port: listen tcp 127.0.0.1:0: bind: address in use" >&2
        for n in $(seq 40); do echo "        /some/file.go:$n +0x52" >&2; done
        exit 2\n`,
    });
    const server = await start({ cli: join(folder, 'temporal'), headless: true });
    await withClient(server, (_, connection) => connection.healthService.check({}));
  });

  it('says why it did not start', async () => {
    const folder = await newFolder();
    await writeFiles(folder, { temporal: '#!/bin/sh\necho "Error: no such thing" >&2\nexit 3\n' });
    await assert.rejects(
      start({ cli: join(folder, 'temporal') }),
      new Refusal('The Temporal server did not start (exit status 3): Error: no such thing'),
    );
  });

  it('is given up and ended when whoever waits for it is told to', async () => {
    const folder = await newFolder();
    await writeFiles(folder, { temporal: `#!/bin/sh\necho $$ > "${folder}/pid"\nexec sleep 60\n` });
    const controller = new AbortController();
    const starting = start({ cli: join(folder, 'temporal'), signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(starting);
  });
});

async function occupyPort(): Promise<{ port: number; server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, server };
}
