import { setTimeout as delay } from 'node:timers/promises';

import type { ChaosFixture } from './chaos-fixture.ts';

const FROZEN_MS = 3_000;

/** Faults of the whole service or its Redis, which reach all its sessions at once. */
export const DISTURBANCES = {
  'kill -9 of Redis': (chaos) => {
    process.kill(chaos.redisPid, 'SIGKILL');
  },
  'SIGSTOP of Redis': async (chaos) => {
    const pid = chaos.redisPid;
    process.kill(pid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(pid, 'SIGCONT');
  },
  'kill -9 of the service': (chaos) => chaos.restart('SIGKILL'),
  'SIGTERM of the service': (chaos) => chaos.restart('SIGTERM'),
} as const satisfies Record<string, (chaos: ChaosFixture) => Promise<void> | void>;

export type Disturbance = keyof typeof DISTURBANCES;

export const ALL_DISTURBANCES = Object.keys(DISTURBANCES) as readonly Disturbance[]; // of the object above
/** Those that the process of the service survives, so that its memory can be compared. */
export const STORE_DISTURBANCES = ALL_DISTURBANCES.filter((name) => name.includes('Redis'));
