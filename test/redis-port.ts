import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

import type { TestRedis } from './redis.ts';

/** A Redis of tests by a URL, as users have theirs. */
export interface RedisPort {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens a port on this machine for a Redis that listens on a socket. */
export async function openRedisPort({ address }: TestRedis): Promise<RedisPort> {
  if (address.kind !== 'socket') throw new Error('The Redis of tests listens on a socket.');
  const ends = new Set<{ destroy(): void }>();
  const port = createServer((client) => {
    const server = connect(address.path);
    client.pipe(server).pipe(client);
    for (const end of [client, server]) {
      ends.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => ends.delete(end));
    }
  }).listen(0, '127.0.0.1');
  await once(port, 'listening');
  return {
    url: `redis://127.0.0.1:${(port.address() as AddressInfo).port}`, // a TCP server's address is no text
    async close() {
      const closed = once(port, 'close');
      port.close();
      for (const end of ends) end.destroy();
      await closed;
    },
  };
}
