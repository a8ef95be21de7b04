import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** Something that listens on loopback and counts what reaches it. */
export interface Listener {
  port: number;
  origin: string;
  /** Connections that were opened, and bytes that came over them. */
  connections(): number;
  bytes(): number;
  close(): Promise<void>;
}

/** A bare socket: `onConnection` does with each connection what a test wants done; without it nothing is answered. */
export async function listenRaw(onConnection?: (socket: Socket) => void): Promise<Listener> {
  let connections = 0;
  let bytes = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that gives up resets the connection.
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => (bytes += chunk.length));
    onConnection?.(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    connections: () => connections,
    bytes: () => bytes,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** A request as it arrived, its headers included. */
export interface Arrived {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
}

export interface HttpListener {
  origin: string;
  requests: Arrived[];
  close(): Promise<void>;
}

/** An HTTP server that keeps what it was asked and answers as a test says. */
export async function listenHttp(
  answer: (request: Arrived, response: ServerResponse) => void,
): Promise<HttpListener> {
  const requests: Arrived[] = [];
  const server = createHttpServer((incoming, response) => {
    const request = {
      method: incoming.method ?? '',
      url: incoming.url ?? '',
      headers: incoming.headers,
    };
    requests.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Runs `use` with something that is closed after it, whatever happens. */
export async function closing<Thing extends { close(): Promise<void> }>(
  made: Promise<Thing> | Thing,
  use: (thing: Thing) => Promise<void>,
): Promise<void> {
  const thing = await made;
  try {
    await use(thing);
  } finally {
    await thing.close();
  }
}
