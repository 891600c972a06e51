import { z } from 'zod';

import { phoneNumberSchema } from './session.ts';
import { simulatedMessageSchema } from './simulated-message.ts';
import { simulatedSendSchemas } from './simulated-sends.ts';

const bare = <Name extends string>(event: Name) => z.strictObject({ event: z.literal(event) });

/** The events that `POST …/simulate` takes: acts of the phone, and faults of network, page and browser. */
export const simulatedEventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('scan'),
    phoneNumber: phoneNumberSchema,
    displayName: z.string().min(1).max(100).optional(),
  }),
  bare('refuse'),
  bare('logout'),
  bare('conflict'),
  bare('block'),
  bare('network_down'),
  bare('network_up'),
  bare('page_crash'),
  bare('browser_crash'),
  bare('hang'),
  z.strictObject({ event: z.literal('launch_failures'), count: z.int().min(0).max(1_000) }),
  simulatedMessageSchema,
  ...simulatedSendSchemas,
]);
export type SimulatedEvent = z.infer<typeof simulatedEventSchema>;
