import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RedisAddress } from '../../src/store/connection.ts';

/** A line to Redis whose connections can fall silent: they stay open, and nothing passes any more. Later ones work. */
export class SilentConnection {
  readonly address: RedisAddress;
  readonly #directory: string;
  readonly #server: Server;
  #open: Socket[] = [];

  constructor(target: string) {
    this.#directory = mkdtempSync(join(tmpdir(), 'silent-line-'));
    this.address = { kind: 'socket', path: join(this.#directory, 's') };
    this.#server = createServer((near) => {
      const far = connect(target);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => socket.destroy());
      near.on('close', () => far.destroy());
      this.#open.push(near, far);
    });
  }

  static async open(target: RedisAddress): Promise<SilentConnection> {
    if (target.kind !== 'socket') throw new Error('A silent line leads to a socket');
    const line = new SilentConnection(target.path);
    if (line.address.kind === 'socket') line.#server.listen(line.address.path);
    await once(line.#server, 'listening');
    return line;
  }

  fallSilent(): void {
    for (const socket of this.#open) socket.unpipe();
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
