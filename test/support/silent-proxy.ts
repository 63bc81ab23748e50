/** A network between us and PostgreSQL that drops packets without a word: connections stay open, and nothing comes. */
import { connect, createServer, type Socket } from 'node:net';

export type SilentProxy = {
  /** The database as seen through it. */
  url: string;
  /** From now on nothing passes on the connections there are; `answers`: only what PostgreSQL says does not. */
  silence: (what?: 'everything' | 'answers') => void;
  /** Whether new connections get through (as after a firewall forgot the old ones) or are as silent as the others. */
  isOpen: boolean;
  close: () => Promise<void>;
};

type Pair = { near: Socket; far: Socket; toServer: boolean; toClient: boolean };

export async function startSilentProxy(databaseUrl: string): Promise<SilentProxy> {
  const url = new URL(databaseUrl);
  const path = `${url.searchParams.get('host')}/.s.PGSQL.${url.port || 5432}`;
  const pairs = new Set<Pair>();
  const server = createServer((near) => {
    const far = connect(path);
    const pair = { near, far, toServer: proxy.isOpen, toClient: proxy.isOpen };
    pairs.add(pair);
    near.on('data', (data) => pair.toServer && far.write(data));
    far.on('data', (data) => pair.toClient && near.write(data));
    near.on('close', () => pair.toServer && far.destroy());
    far.on('close', () => pair.toClient && near.destroy());
    for (const socket of [near, far]) socket.on('error', () => {});
  });
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  const { port } = server.address() as { port: number };
  const proxy: SilentProxy = {
    url: `postgres://${url.username || 'postgres'}@127.0.0.1:${port}${url.pathname}`,
    isOpen: true,
    silence: (what = 'everything') => {
      for (const pair of pairs) {
        pair.toClient = false;
        if (what === 'everything') pair.toServer = false;
      }
    },
    close: async () => {
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
      await new Promise((settle) => server.close(settle));
    },
  };
  return proxy;
}
