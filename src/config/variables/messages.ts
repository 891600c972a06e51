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
};
