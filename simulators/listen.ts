import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A simulator that is being served. */
export interface ListeningSimulator {
  url: string;
  /** Stops serving and cuts what is still open, hanging answers included. */
  close(): Promise<void>;
}

/** Longer than any test pauses: a client must not meet a connection that is just being closed as idle. */
const KEEP_ALIVE_MS = 120_000;

/**
 * Serves on the loopback interface; port 0 picks a free one. `fail` answers for a handler that threw, which is
 * a fault of the simulator or of a test's hook and must not look like a request that hangs.
 *
 * @throws the server's own error (EADDRINUSE, EACCES) when the port cannot be used
 */
export async function listenOnLoopback(
  handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>,
  fail: (response: ServerResponse, message: string) => void,
  port: number,
): Promise<ListeningSimulator> {
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      fail(response, error instanceof Error ? error.message : String(error));
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
