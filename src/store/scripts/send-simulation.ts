import { z } from 'zod';

import { scriptTaking } from '../script.ts';

interface SendSimulationArgs {
  readonly key: string;
  /** JSON. */
  readonly event: string;
  readonly kept: number;
}

/**
 * Appends what a simulated phone is to play; in time or not at all, as whoever asked for it was told.
 *
 * Keys   simulation (stream)
 * Reply  its position
 */
export const sendSimulation = scriptTaking<SendSimulationArgs>()({
  name: 'send-simulation',
  keys: ['simulation'],
  lua: "return redis.call('XADD', keys.simulation, 'MAXLEN', '~', args.kept, '*', 'key', args.key, 'event', args.event)",
  reply: z.string(),
});
