import { createHmac } from 'node:crypto';

/** The form that WhatsApp Web's own ids have. */
const FORM = /^3EB0[0-9A-F]{18}$/;
const BYTES = 9;

/** An id of its own, by chance. */
export function randomWaId(randomBytes: (count: number) => Buffer): string {
  return waIdOf(randomBytes(BYTES));
}

/**
 * The id that a caller's Idempotency-Key stands for in this session, whoever asks and however often: a retry whose first
 * answer was lost has the same one, even where everything else was forgotten.
 */
export function waIdForKey(secret: Uint8Array, session: string, idempotencyKey: string): string {
  return waIdOf(
    createHmac('sha256', secret)
      .update(JSON.stringify(['wa-id', session, idempotencyKey]))
      .digest(),
  );
}

/** Whether an id that the page made looks like ours. */
export function isOurForm(sample: string): boolean {
  return FORM.test(sample);
}

/** Our own name of the message with this id. */
export function messageIdOf(waId: string): string {
  return `m_${waId.slice(4).toLowerCase()}`;
}

function waIdOf(bytes: Uint8Array): string {
  return `3EB0${Buffer.from(bytes.subarray(0, BYTES)).toString('hex').toUpperCase()}`;
}
