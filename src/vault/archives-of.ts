import type { Redis } from 'ioredis';

import type { StorageConfig } from '../config/storage-config.ts';
import type { ArchiveStore } from './archive-store.ts';
import { DirectoryArchives } from './directory-archives.ts';
import { RedisArchives } from './redis-archives.ts';
import { TieredArchives } from './tiered-archives.ts';
import { S3Archives } from './s3-archives.ts';

interface ArchivesOptions {
  readonly config: Pick<StorageConfig, 'archives' | 'redisPrefix'>;
  readonly redis: Redis;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly randomBytes: (count: number) => Buffer;
}

/** The place for archives that the settings name. */
export function archivesOf({
  config: { archives, redisPrefix },
  redis,
  now,
  randomBytes,
}: ArchivesOptions): ArchiveStore {
  switch (archives.kind) {
    case 'redis':
      return new RedisArchives({ redis, prefix: redisPrefix, randomBytes });
    case 'tiered':
      return new TieredArchives({
        small: new RedisArchives({ redis, prefix: redisPrefix, randomBytes }),
        large: new DirectoryArchives({ directory: archives.directory, now, randomBytes }),
      });
    case 'directory':
      return new DirectoryArchives({ directory: archives.directory, now, randomBytes });
    case 's3':
      return new S3Archives({ ...archives, prefix: redisPrefix, now, randomBytes });
  }
}
