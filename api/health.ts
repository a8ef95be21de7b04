import type { Express } from 'express';
import type { Services } from './services.ts';

/** `/healthz`: the process lives. `/readyz`: it can do its work, or says which part it lacks. No token. */
export function serveHealth(app: Express, services: Services): void {
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  app.get('/readyz', async (_request, response) => {
    const [database, temporal] = await Promise.all([
      answers(() => services.database.$queryRaw`SELECT 1`),
      answers(() =>
        services.temporal.connection.withDeadline(Date.now() + 3_000, async () => {
          await services.temporal.connection.ensureConnected();
          await services.temporal.workflowService.getSystemInfo({});
        }),
      ),
    ]);
    const ready = database && temporal;
    if (!ready) response.setHeader('Retry-After', '5');
    response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'unavailable', database, temporal });
  });
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}
