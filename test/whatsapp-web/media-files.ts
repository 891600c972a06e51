import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A file that pages have uploaded, or that a phone sends. */
export interface MediaFile {
  readonly id: string;
  readonly path: string;
  readonly mimetype: string;
  readonly size: number;
  /** Base64. */
  readonly sha256: string;
}

/** `expired`: the phone can send it again. `gone`: nobody has it any more. */
export type Shelf = 'there' | 'expired' | 'gone';

/** WhatsApp's media servers: bytes on disk, streamed both ways, so that a file may be large. */
export class MediaFiles {
  readonly #directory: string;
  readonly #files = new Map<string, MediaFile & { shelf: Shelf }>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  get(id: string): MediaFile | undefined {
    return this.#files.get(id);
  }

  shelve(id: string, shelf: Shelf): void {
    const file = this.#files.get(id);
    if (file === undefined) throw new Error(`There is no file ${id}`);
    file.shelf = shelf;
  }

  /** Takes bytes, or a file that stays where it is. */
  async add(id: string, mimetype: string, source: Uint8Array | string): Promise<MediaFile> {
    let path = source;
    if (typeof path !== 'string') {
      path = await this.#newPath();
      await writeFile(path, source);
    }
    return this.#keep(id, path, mimetype);
  }

  async upload(request: IncomingMessage, mimetype: string): Promise<MediaFile> {
    const path = await this.#newPath();
    await pipeline(request, createWriteStream(path));
    return this.#keep(randomBytes(9).toString('base64url'), path, mimetype);
  }

  serve(id: string, method: string, response: ServerResponse): void {
    const file = this.#files.get(id);
    const status = { there: 200, expired: 410, gone: 404 }[file?.shelf ?? 'gone'];
    if (file === undefined || status !== 200) {
      response.writeHead(status).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.size });
    if (method === 'HEAD') response.end();
    else pipeline(createReadStream(file.path), response).catch(() => {});
  }

  async #keep(id: string, path: string, mimetype: string): Promise<MediaFile> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    const { size } = await stat(path);
    const file = { id, path, mimetype, size, sha256: hash.digest('base64'), shelf: 'there' as const };
    this.#files.set(id, file);
    return file;
  }

  async #newPath(): Promise<string> {
    const folder = join(this.#directory, 'media');
    await mkdir(folder, { recursive: true });
    return join(folder, randomBytes(9).toString('hex'));
  }
}
