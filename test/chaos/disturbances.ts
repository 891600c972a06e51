import { setTimeout as delay } from 'node:timers/promises';

import type { ChaosFixture } from './chaos-fixture.ts';

const FROZEN_MS = 3_000;

/** What strikes all sessions of a service at once. */
export const DISTURBANCES = {
  'kill -9 of Redis': (ground) => {
    process.kill(ground.redisPid, 'SIGKILL');
  },
  'SIGSTOP of Redis': async (ground) => {
    const pid = ground.redisPid;
    process.kill(pid, 'SIGSTOP');
    await delay(FROZEN_MS);
    process.kill(pid, 'SIGCONT');
  },
  'kill -9 of the service': (ground) => ground.restart('SIGKILL'),
  'SIGTERM of the service': (ground) => ground.restart('SIGTERM'),
} as const satisfies Record<string, (ground: ChaosFixture) => Promise<void> | void>;

export type Disturbance = keyof typeof DISTURBANCES;

export const ALL_DISTURBANCES = Object.keys(DISTURBANCES) as readonly Disturbance[]; // of the object above
/** Those that the process of the service survives, so that its memory can be compared. */
export const STORE_DISTURBANCES = ALL_DISTURBANCES.filter((name) => name.includes('Redis'));
