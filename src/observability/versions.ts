import { createRequire } from 'node:module';

import type { Redis } from 'ioredis';
import { z } from 'zod';

import { reachStore } from '../store/connection.ts';

/** Versions of what a report of a fault should name; what cannot be told is left out. */
export async function readVersions(redis: Redis, service: string, build: string): Promise<Record<string, string>> {
  const library: unknown = createRequire(import.meta.url)('whatsapp-web.js/package.json');
  const info = await reachStore(() => redis.info('server')).catch(() => '');
  const redisVersion = /^(?:valkey|redis)_version:(\S+)/m.exec(info)?.[1];
  return {
    service,
    build,
    node: process.versions.node,
    'whatsapp-web.js': z.object({ version: z.string() }).parse(library).version,
    ...(redisVersion !== undefined && { redis: redisVersion }),
  };
}
