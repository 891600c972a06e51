import { Transform, type Duplex, type TransformCallback } from 'node:stream';

/**
 * Works as the stream inside it does, but is all that others can destroy. The encrypting stream of the AWS Encryption
 * SDK throws into the process ("Premature close", from a pipeline of its own without a callback) when it is destroyed
 * before its end, as whatever is broken off is; left alone it is garbage like any other.
 */
export class Detached extends Transform {
  readonly #inner: Duplex;

  constructor(inner: Duplex) {
    super();
    this.#inner = inner;
    inner.on('data', (chunk: Uint8Array) => {
      if (!this.destroyed && !this.push(chunk)) inner.pause();
    });
    inner.on('error', (error: Error) => this.destroy(error));
  }

  override _read(size: number): void {
    this.#inner.resume();
    super._read(size);
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#inner.write(chunk, (error) => done(error));
  }

  override _flush(done: TransformCallback): void {
    this.#inner.once('end', () => done());
    this.#inner.end();
    this.#inner.resume();
  }
}
