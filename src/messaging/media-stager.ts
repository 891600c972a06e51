import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { withDeadline } from '../domain/deadline.ts';
import type { SessionAddress } from '../domain/session.ts';
import { AddressRefusedError } from '../host/outbound/address-guard.ts';
import type { OutboundClient } from '../host/outbound/outbound-client.ts';
import type { MediaStaging } from './hand-over.ts';
import type { MediaShelf } from './media-shelf.ts';
import type { BodyContent } from './outgoing-body.ts';

type MediaContent = Extract<BodyContent, { kind: 'media' }>;

/** Brings media to where the browser of a session may read them. */
export interface MediaStager {
  stage(address: SessionAddress, content: MediaContent, signal: AbortSignal): Promise<MediaStaging>;
}

interface MediaStagerOptions {
  readonly shelf: Pick<MediaShelf, 'find' | 'read'>;
  readonly outbound: Pick<OutboundClient, 'send'>;
  /** Where the files lie, 0700; in memory where profiles do. */
  readonly directory: string;
  /** Bytes of one file at most. */
  readonly mostBytes: number;
  readonly randomBytes: (count: number) => Buffer;
}

const FETCH_MS = 60_000;
const REDIRECTS = 2;
const REDIRECT_CODES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const OCTETS = 'application/octet-stream';

class TooLargeError extends Error {}
class UnreachableError extends Error {}

/** What a file is, as far as whoever has it says. */
interface Facts {
  readonly mimetype: string | null;
  readonly filename: string | null;
}

/** Writes media into a private file, from the shelf or from a URL: the latter through the guard, each redirect too. */
function createMediaStager(options: MediaStagerOptions): MediaStager {
  const { shelf, outbound, directory, mostBytes, randomBytes } = options;

  async function write(path: string, source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    let bytes = 0;
    const counted = async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > mostBytes) throw new TooLargeError(`It is larger than ${mostBytes} bytes.`);
        yield chunk;
      }
    };
    await pipeline(counted, createWriteStream(path, { mode: 0o600, flags: 'wx' }), { signal });
  }

  async function fetchTo(path: string, from: string, signal: AbortSignal): Promise<Facts> {
    let url = from;
    for (let hop = 0; hop <= REDIRECTS; hop += 1) {
      const response = await outbound.send(url, { method: 'GET', headers: { accept: '*/*' }, signal });
      const { statusCode = 0, headers } = response;
      if (REDIRECT_CODES.has(statusCode) && headers.location !== undefined) {
        response.destroy();
        url = new URL(headers.location, url).href;
        continue;
      }
      if (statusCode !== 200) {
        response.destroy();
        throw new UnreachableError(`It was answered with ${statusCode}.`);
      }
      if (Number(headers['content-length'] ?? 0) > mostBytes) {
        response.destroy();
        throw new TooLargeError(`It is larger than ${mostBytes} bytes.`);
      }
      await write(path, response, signal);
      return { mimetype: headers['content-type'] ?? null, filename: nameIn(url) };
    }
    throw new UnreachableError(`It is redirected more than ${REDIRECTS} times.`);
  }

  async function fromShelf(path: string, userId: string, id: string, signal: AbortSignal): Promise<Facts | null> {
    const found = await shelf.find(userId, id);
    if (found === null) return null;
    await write(path, shelf.read(userId, id), signal);
    return (await stat(path)).size === found.size ? found : null;
  }

  return {
    async stage({ userId }, content, signal) {
      const path = join(directory, randomBytes(12).toString('hex'));
      const remove = (): Promise<void> => rm(path, { force: true });
      const { source, mimetype, filename, caption, as, quote, mentions } = content;
      try {
        const facts =
          source.kind === 'url'
            ? await withDeadline(FETCH_MS, signal, (until) => fetchTo(path, source.url, until))
            : await fromShelf(path, userId, source.mediaId, signal);
        if (facts === null) return { kind: 'refused', code: 'MEDIA_UNREACHABLE', why: 'It is not kept any more.' };
        const { size } = await stat(path);
        const file = {
          kind: 'media' as const,
          path,
          mimetype: mimetype ?? (await typeOf(path)) ?? facts.mimetype ?? OCTETS,
          filename: filename ?? facts.filename ?? 'file',
          size,
          ...(caption !== undefined && { caption }),
          ...(as !== undefined && { as }),
          ...(quote !== undefined && { quote }),
          ...(mentions !== undefined && { mentions }),
        };
        return { kind: 'staged', media: { content: file, remove } };
      } catch (error) {
        await remove();
        if (signal.aborted) throw error;
        if (error instanceof TooLargeError) return { kind: 'refused', code: 'MEDIA_TOO_LARGE', why: error.message };
        if (error instanceof AddressRefusedError) return { kind: 'refused', code: 'MEDIA_REFUSED', why: error.message };
        if (source.kind === 'stored') throw error;
        const why = error instanceof UnreachableError ? error.message : 'It could not be fetched.';
        return { kind: 'refused', code: 'MEDIA_UNREACHABLE', why };
      }
    },
  };
}

/** A stager whose files lie in a directory of their own beside another one, empty at first and removed at the end. */
export async function stageMediaBeside(
  profiles: string,
  options: Omit<MediaStagerOptions, 'directory'>,
): Promise<{ readonly stager: MediaStager; readonly end: () => Promise<void> }> {
  const directory = `${profiles}-media`;
  const end = (): Promise<void> => rm(directory, { recursive: true, force: true });
  await end();
  return { stager: createMediaStager({ ...options, directory }), end };
}

/** What its first bytes say that it is; `null`: nothing, as those of text. Its name and its server may be wrong. */
async function typeOf(path: string): Promise<string | null> {
  // Most nodes never send a file.
  const { fileTypeFromFile } = await import('file-type');
  // One that is broken half-way is of no known type.
  const found = await fileTypeFromFile(path).catch(() => undefined);
  return found?.mime ?? null;
}

function nameIn(url: string): string | null {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || null;
  } catch {
    return null;
  }
}
