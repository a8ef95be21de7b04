import { once } from 'node:events';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { readApiConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { runProgram } from '../platform/program.ts';
import { createTemporalClient, readTemporalPlace } from '../platform/temporal.ts';
import { openDatabase } from '../prisma/client.ts';
import { assertMigrated } from '../prisma/migrator.ts';
import { createApp } from './app.ts';
import { createAuthenticate } from './http/authenticate.ts';
import { createCursors } from './http/cursor.ts';

/** Milliseconds that requests under way get to finish when the process is asked to end. */
const drainMs = 10_000;

async function main(): Promise<void> {
  const config = readApiConfig(process.env);
  const log = createLog('api', config.logLevel);
  await assertMigrated(config.databaseUrl);
  const temporal = createTemporalClient(
    readTemporalPlace(process.env),
    `idm-api@${hostname()}:${process.pid}`,
  );
  const onIdleError = (error: Error) => log.warn({ err: error }, 'a database connection broke');
  const database = openDatabase({ url: config.databaseUrl, connections: 20, onIdleError });
  const app = createApp({
    log,
    devIssuerKeys: config.devIssuerKeys,
    authenticate: createAuthenticate(config.auth),
    operatorTenants: config.operatorTenants,
    services: {
      database,
      temporal,
      temporalUiUrl: config.temporalUiUrl,
      keyRing: config.keyRing,
      sourceHosts: config.sourceHosts,
      cursors: createCursors(config.keyRing),
      syncWaitSeconds: config.syncWaitSeconds,
      previewTtlMinutes: config.previewTtlMinutes,
      maxSnapshotAgeHours: config.maxSnapshotAgeHours,
      runtimeBaseUrl: config.runtimeBaseUrl,
      now: () => new Date(),
      log,
    },
  });
  const server = createServer(app);
  server.listen(config.port, config.host);
  await once(server, 'listening');
  log.info({ host: config.host, port: config.port }, 'api listening');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  const drained = once(server, 'close');
  server.close();
  setTimeout(() => server.closeAllConnections(), drainMs).unref();
  await drained;
  await Promise.allSettled([temporal.connection.close(), database.$disconnect()]);
}

await runProgram(main);
