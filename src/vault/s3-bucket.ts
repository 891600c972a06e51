import type * as Sdk from '@aws-sdk/client-s3';
import { z } from 'zod';

import type { S3BucketOptions } from '../config/storage-config.ts';
import { StoreUnavailableError } from '../domain/errors.ts';
import { ObjectStoreRefusedError } from './errors.ts';

export interface StoredObject {
  readonly bytes: Buffer;
  /** Names these very bytes. */
  readonly etag: string;
}

/** What must hold of an object for a write to count; the server checks it in the same step. */
export type Condition =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unchanged'; readonly etag: string }
  | { readonly kind: 'none' };

interface Reached {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

const TIMEOUTS = { connectionTimeout: 5_000, requestTimeout: 60_000 };
const ATTEMPTS = 4;

const failureSchema = z.object({ name: z.string(), $metadata: z.object({ httpStatusCode: z.number().optional() }) });

/**
 * What the vault needs of an S3-compatible bucket. Methods reject with `StoreUnavailableError` or {@link
 * ObjectStoreRefusedError}.
 */
export class S3Bucket {
  readonly #options: S3BucketOptions;
  readonly #bucket: string;
  #reached: Promise<Reached> | null = null;

  constructor(options: S3BucketOptions) {
    this.#options = options;
    this.#bucket = options.bucket;
  }

  async read(key: string): Promise<StoredObject | null> {
    const { sdk, client } = await this.#reach();
    return unlessMissing(async () => {
      const { Body, ETag } = await client.send(new sdk.GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      if (Body === undefined || ETag === undefined)
        throw new TypeError(`The object store sent "${key}" without a body or an ETag.`);
      return { bytes: Buffer.from(await Body.transformToByteArray()), etag: ETag };
    });
  }

  /** `false`, and nothing written, when the condition did not hold. */
  async write(key: string, bytes: Uint8Array, condition: Condition, signal?: AbortSignal): Promise<boolean> {
    const { sdk, client } = await this.#reach();
    try {
      const object = { Bucket: this.#bucket, Key: key, Body: bytes };
      await client.send(new sdk.PutObjectCommand({ ...object, ...headersOf(condition) }), {
        ...(signal && { abortSignal: signal }),
      });
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const status = statusOf(error);
      // 409: two conditional writes at once. 404: what was to be unchanged is gone.
      if (condition.kind !== 'none' && (status === 412 || status === 409 || status === 404)) return false;
      throw failure(error);
    }
  }

  /** A missing one is fine. */
  async remove(keys: readonly string[]): Promise<void> {
    const { sdk, client } = await this.#reach();
    for (const key of keys)
      await unlessMissing(() => client.send(new sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: key })));
  }

  async *keys(prefix: string): AsyncGenerator<string, void, undefined> {
    for await (const { keys } of this.#pages(prefix, undefined)) yield* keys;
  }

  /** What comes next after `prefix`, up to a slash. */
  async *folders(prefix: string): AsyncGenerator<string, void, undefined> {
    for await (const { folders } of this.#pages(prefix, '/'))
      yield* folders.map((folder) => folder.slice(prefix.length, -1));
  }

  async *#pages(
    prefix: string,
    delimiter: string | undefined,
  ): AsyncGenerator<{ readonly keys: string[]; readonly folders: string[] }, void, undefined> {
    const { sdk, client } = await this.#reach();
    let token: string | undefined;
    do {
      const command = new sdk.ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        Delimiter: delimiter,
        ContinuationToken: token,
      });
      const {
        Contents = [],
        CommonPrefixes = [],
        NextContinuationToken,
      } = await client.send(command).catch((error: unknown) => {
        throw failure(error);
      });
      yield {
        keys: Contents.flatMap(({ Key }) => Key ?? []),
        folders: CommonPrefixes.flatMap(({ Prefix }) => Prefix ?? []),
      };
      token = NextContinuationToken;
    } while (token !== undefined);
  }

  /** Loads the SDK with the first call: 24 MB and a second of time that nobody pays who keeps archives elsewhere. */
  #reach(): Promise<Reached> {
    this.#reached ??= reach(this.#options);
    return this.#reached;
  }
}

async function reach({ endpoint, region, accessKeyId, secretAccessKey, pathStyle }: S3BucketOptions): Promise<Reached> {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    ...(endpoint !== null && { endpoint }),
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    requestHandler: TIMEOUTS,
    // Not every compatible store knows the newer checksums; ours are in the frames.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return { sdk, client };
}

function headersOf(condition: Condition): { IfNoneMatch?: string; IfMatch?: string } {
  switch (condition.kind) {
    case 'absent':
      return { IfNoneMatch: '*' };
    case 'unchanged':
      return { IfMatch: condition.etag };
    case 'none':
      return {};
  }
}

async function unlessMissing<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (nameOf(error) === 'NoSuchKey') return null;
    throw failure(error);
  }
}

function nameOf(error: unknown): string {
  return failureSchema.safeParse(error).data?.name ?? '';
}

/** `null` when no answer came. */
function statusOf(error: unknown): number | null {
  return failureSchema.safeParse(error).data?.$metadata.httpStatusCode ?? null;
}

function failure(error: unknown): Error {
  const status = statusOf(error);
  return status === null || status >= 500 || status === 429
    ? new StoreUnavailableError(error)
    : new ObjectStoreRefusedError(status, nameOf(error), error);
}
