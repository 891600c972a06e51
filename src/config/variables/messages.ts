import { integer, LONGEST_MS } from './values.ts';

/** What is kept of messages. */
export const messageVariables = {
  MESSAGE_RETENTION_MS: integer(0, LONGEST_MS, 345_600_000).optional().meta({
    defaultValue: '345600000',
    description:
      'How long messages and the event log of a session are kept; `0`: a received body only until it is delivered.',
  }),
  MESSAGE_LOG_MAX_BYTES: integer(65_536, 1_073_741_824, 2_097_152).optional().meta({
    defaultValue: '2097152',
    description: 'The same in bytes for each session. What is over it leaves a `gap`, never silence.',
  }),
  MEDIA_MAX_BYTES: integer(1, 2_147_483_648, 104_857_600).optional().meta({
    defaultValue: '104857600',
    description: 'Bytes of one file of a message, either way.',
  }),
  OUTBOX_MAX: integer(1, 100_000, 1_000).optional().meta({
    defaultValue: '1000',
    description: 'Open messages of one session; one more is refused with `OUTBOX_FULL`.',
  }),
};
