import express, { type Express } from 'express';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../platform/log.ts';
import { serveDevIssuer } from './devIssuer.ts';
import { serveHealth } from './health.ts';
import { notFound } from './http/resolve.ts';
import { serveTenants } from './http/operators.ts';
import { errorHandler, requestId, serveRoutes, type Serving } from './http/serve.ts';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes/index.ts';

export interface AppOptions extends Serving {
  log: Logger;
  /** File with the development issuer's keys; null in production. */
  devIssuerKeys: string | null;
}

export const version = '0.1.0';

/** Builds the HTTP application; it listens nowhere yet. */
export function createApp(options: AppOptions): Express {
  const { log, services } = options;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(requestId);
  app.use(helmet());
  app.use(
    pinoHttp({
      logger: log,
      quietReqLogger: true,
      genReqId: (_request, response) => String(response.getHeader('X-Request-Id')),
      serializers: {
        req: ({ id, method, url }: { id: string; method: string; url: string }) => ({
          id,
          method,
          url: url.replace(/\?.*$/, ''),
        }),
      },
    }),
  );
  serveHealth(app, services);
  if (options.devIssuerKeys !== null) serveDevIssuer(app, options.devIssuerKeys);
  const document = openApiDocument(routes, version);
  app.get('/openapi.json', (_request, response) => {
    response.json(document);
  });
  serveTenants(app, options);
  serveRoutes(app, routes, options);
  app.use(() => {
    throw notFound();
  });
  app.use(errorHandler(log));
  return app;
}
