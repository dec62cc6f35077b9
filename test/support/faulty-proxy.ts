import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';

/** Stands between a client and PostgreSQL and fails as networks do. */
export type FaultyProxy = {
  /** Of the database through the proxy. */
  readonly url: string;
  /** Opens a client of the database through the proxy. */
  connect(): Promise<Client>;
  /**
   * What happens to the next COMMIT: its answer is lost, or the client is cut off as soon as the server has been asked,
   * while the server goes on undisturbed.
   */
  failNextCommit(how: 'answer lost' | 'client cut'): void;
  /** From now on: nothing passes and nothing is closed; or every connection is closed and none is taken; or all is well. */
  become(state: 'frozen' | 'down' | 'well'): void;
  close(): void;
};

export async function createFaultyProxy(url: string): Promise<FaultyProxy> {
  const { host, port, user, password, database } = new Client({ connectionString: url });
  const sockets = new Set<Socket>();
  let state: 'frozen' | 'down' | 'well' = 'well';
  let nextCommit: 'answer lost' | 'client cut' | undefined;

  const join = (socket: Socket, closed: () => void) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      closed();
    });
    if (state === 'down') socket.destroy();
    if (state === 'frozen') socket.pause();
  };

  const server = createServer((client) => {
    const upstream = host.startsWith('/') ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
    let fate: 'answer lost' | 'client cut' | undefined;
    join(client, () => {
      // The server of a client that was cut off is to notice nothing.
      if (fate !== 'client cut') upstream.destroy();
    });
    join(upstream, () => client.destroy());
    client.on('data', (bytes) => {
      upstream.write(bytes);
      if (nextCommit === undefined || !bytes.includes('; commit')) return;
      fate = nextCommit;
      nextCommit = undefined;
      if (fate === 'client cut') client.destroy();
    });
    upstream.on('data', (bytes) => {
      if (fate === 'answer lost') client.destroy();
      else if (!client.destroyed) client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ownPort = portOf(server);

  return {
    url: `postgresql://${user}:${password}@127.0.0.1:${ownPort}/${database}`,
    connect: () => new Client({ host: '127.0.0.1', port: ownPort, user, password, database }).connect(),
    failNextCommit(how) {
      nextCommit = how;
    },
    become(next) {
      state = next;
      for (const socket of sockets) {
        if (next === 'down') socket.destroy();
        else if (next === 'frozen') socket.pause();
        else socket.resume();
      }
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}
