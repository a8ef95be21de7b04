import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A TCP line to somewhere, which a test can cut and mend. */
export interface Line {
  port: number;
  /** Breaks what is under way and refuses what comes, as a server that has gone does. */
  cut(): Promise<void>;
  /** Takes calls again, on the same port. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** Lays a line from a loopback port of its own to `host:port`. */
export async function layLine(host: string, port: number): Promise<Line> {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const socket of [near, far]) keep(socket);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  const listen = async (on: number) => {
    server.listen(on, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
  const own = await listen(0);
  return {
    port: own,
    cut,
    mend: async () => {
      await listen(own);
    },
    close: cut,
  };
}
