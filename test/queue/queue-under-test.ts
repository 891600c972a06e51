import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RedisAddress } from '../../src/store/connection.ts';

/** A node's line to Redis, to be cut and mended: what a node sees when the network between them goes. */
export class Line {
  readonly address: RedisAddress;
  readonly #directory: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #isCut = false;

  private constructor(target: string) {
    this.#directory = mkdtempSync(join(tmpdir(), 'line-'));
    this.address = { kind: 'socket', path: join(this.#directory, 's') };
    this.#server = createServer((near) => {
      if (this.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(target);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        this.#open.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => this.#open.delete(socket));
      }
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
  }

  static async open(target: RedisAddress): Promise<Line> {
    if (target.kind !== 'socket') throw new Error('A line leads to a socket');
    const line = new Line(target.path);
    if (line.address.kind === 'socket') line.#server.listen(line.address.path);
    await once(line.#server, 'listening');
    return line;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
