import type { OutboxLedger } from './outbox-ledger.ts';

/** What is too late by `at` (ms since 1970), or was for another phone than this one, goes out no more. */
export async function endOverdue(ledger: OutboxLedger, phoneNumber: string, at: number): Promise<void> {
  for (const message of ledger.open) {
    if (message.status !== 'queued') continue;
    if (message.account !== null && message.account !== phoneNumber)
      await ledger.apply(message, { type: 'message.account_changed' });
    else if (message.expiresAt <= at) await ledger.apply(message, { type: 'message.expire' });
  }
}
