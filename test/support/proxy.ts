import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../local/processes.ts';

/**
 * What happens between the Worker and a dependency: `pass` everything, `refuse` connections, `hang` (accept, and never answer),
 * `lose` replies after the work was done, or `delay` each request by this many milliseconds.
 */
export type Mode = 'pass' | 'refuse' | 'hang' | 'lose' | { delay: number };

export type FaultyProxy = { url: string; set: (mode: Mode) => Promise<void>; close: () => Promise<void> };

/** A TCP proxy on loopback whose behaviour can be changed while it runs. A change closes all connections. */
export const startProxy = async (target: string): Promise<FaultyProxy> => {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const port = await freePort();
  let mode: Mode = 'pass';

  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  const accept = (client: Socket) => {
    track(client);
    if (mode === 'hang') return void client.resume();
    const part = track(connect(Number(targetPort), hostname));
    client.on('close', () => part.destroy());
    part.on('close', () => client.destroy());
    const pause = typeof mode === 'object' ? mode.delay : 0;
    client.on('data', (data) =>
      pause ? setTimeout(() => part.writable && part.write(data), pause) : part.write(data),
    );
    part.on('data', (data) => (mode === 'lose' ? client.destroy() : client.write(data)));
  };

  let server: Server | undefined;
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server = createServer({ noDelay: true }, accept)
        .once('error', reject)
        .listen(port, '127.0.0.1', resolve);
    });
  const cut = async () => {
    const closed = new Promise<unknown>((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    async set(next) {
      mode = next;
      await cut();
      if (mode !== 'refuse') await listen();
    },
    close: cut,
  };
};
