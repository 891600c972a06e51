import { expect } from 'vitest';
import { z } from 'zod';

import type { Service } from '../service/service.ts';

/** For the environment of a service whose memory will be read. */
export const READABLE_MEMORY = { NODE_OPTIONS: `--import ${new URL('collect-on-signal.mjs', import.meta.url).href}` };

const MB = 2 ** 20;
const line = z.object({ msg: z.literal('garbage collected'), heapUsed: z.number(), rss: z.number() });

/**
 * What a service holds once all garbage is collected: the heap of its main thread, and the whole process with its
 * sessions' threads. In MB.
 */
export interface Memory {
  readonly heapMb: number;
  readonly residentMb: number;
}

/** The service must have been started with {@link READABLE_MEMORY}. */
export async function readMemory(service: Service): Promise<Memory> {
  const findAll = () => service.log.flatMap((entry) => line.safeParse(entry).data ?? []);
  const before = findAll().length;
  service.signal('SIGUSR2');
  await expect
    .poll(() => findAll().length, { message: 'the service collects its garbage', timeout: 60_000 })
    .toBeGreaterThan(before);
  const { heapUsed = 0, rss = 0 } = findAll().at(-1) ?? {};
  return { heapMb: heapUsed / MB, residentMb: rss / MB };
}
