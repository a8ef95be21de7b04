import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerIdentity } from './certificates.ts';

/** A simulator that is being served. */
export interface ListeningSimulator {
  url: string;
  /** Stops serving and cuts what is still open, hanging answers included. */
  close(): Promise<void>;
}

/** Longer than any test pauses: a client must not meet a connection that is just being closed as idle. */
const KEEP_ALIVE_MS = 120_000;

/** How a request is answered and what is said when that fails. */
export interface Served {
  handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** Answers for a handler that threw: a fault of the simulator or of a test's hook must not look like a hang. */
  fail: (response: ServerResponse, message: string) => void;
  /** Serves https with this certificate; left out: http. */
  identity?: ServerIdentity;
}

/**
 * Serves on the loopback interface; port 0 picks a free one.
 *
 * @throws the server's own error (EADDRINUSE, EACCES) when the port cannot be used
 */
export async function listenOnLoopback(
  { handle, fail, identity }: Served,
  port: number,
): Promise<ListeningSimulator> {
  const listener: RequestListener = (incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      fail(response, error instanceof Error ? error.message : String(error));
    });
  };
  const server = identity ? createTlsServer(identity, listener) : createServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `${identity ? 'https' : 'http'}://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
