import type { IncomingMessage } from '../../domain/events.ts';
import type { Account } from '../device.ts';
import type { SimulationOptions } from './options.ts';

/** A text from `from`, a phone number or a WhatsApp id, as the page of `account` reports it. */
export function createIncomingMessage(
  account: Account,
  from: string,
  text: string,
  { clock, randomBytes }: SimulationOptions,
): IncomingMessage {
  const chatId = from.includes('@') ? from : `${from}@c.us`;
  return {
    id: `false_${chatId}_${randomBytes(10).toString('hex').toUpperCase()}`,
    from: chatId,
    to: `${account.phoneNumber}@c.us`,
    chatId,
    type: 'chat',
    body: text,
    timestamp: Math.floor(clock.now() / 1_000),
    hasMedia: false,
  };
}
