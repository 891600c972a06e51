import { ExportCorruptError } from '../errors.ts';

/** The parts that an export is made of: JSON that says what follows, and pieces of an archive's body. */
export type Block =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array };

const HEAD_BYTES = 5;
const JSON_TYPE = 1;
const BYTES_TYPE = 2;
/** A piece of a body, and so about what reading holds in memory. */
const PIECE_BYTES = 256 * 1024;
/** A session's history is the longest thing that is written as JSON: a thousand steps, of a kilobyte at most. */
const LONGEST = 16 * 1024 * 1024;

/** One block as it is written: a byte for its type, four for its length, and that many. */
export function encodeJson(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value));
  return Buffer.concat([head(JSON_TYPE, text.length), text]);
}

/** The same for a piece of a body, however large. */
export function* encodeBytes(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    const piece = bytes.subarray(start, start + PIECE_BYTES);
    yield head(BYTES_TYPE, piece.length);
    yield piece;
  }
}

/**
 * The blocks of a stream, one by one. Throws {@link ExportCorruptError} where it is no such stream or ends within a
 * block.
 */
export async function* decodeBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Block, void, undefined> {
  const source = new Pieces(stream);
  for (;;) {
    const start = await source.take(HEAD_BYTES);
    if (start === null) return;
    const length = start.readUInt32BE(1);
    if (length > LONGEST) throw new ExportCorruptError(`a part of ${length} bytes`);
    const content = await source.take(length);
    if (content === null) throw new ExportCorruptError(`a part of ${length} bytes is missing`);
    yield blockOf(start.readUInt8(0), content);
  }
}

function head(type: number, length: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.writeUInt8(type, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function blockOf(type: number, content: Buffer): Block {
  if (type === BYTES_TYPE) return { kind: 'bytes', bytes: content };
  if (type !== JSON_TYPE) throw new ExportCorruptError(`a part of the unknown type ${type}`);
  try {
    return { kind: 'json', value: JSON.parse(content.toString()) };
  } catch (error) {
    throw new ExportCorruptError('a part that should be JSON', error);
  }
}

/** Bytes of a stream in the numbers that one asks for. */
class Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #kept: Uint8Array[] = [];
  #length = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** `null` at the end; fewer than asked for are damage. */
  async take(count: number): Promise<Buffer | null> {
    while (this.#length < count) {
      const next = await this.#chunks.next();
      if (next.done === true) break;
      this.#kept.push(next.value);
      this.#length += next.value.length;
    }
    if (this.#length < count) {
      if (this.#length === 0) return null;
      throw new ExportCorruptError('it ends within a part');
    }
    const whole = Buffer.concat(this.#kept);
    this.#kept = [whole.subarray(count)];
    this.#length = whole.length - count;
    return whole.subarray(0, count);
  }
}
