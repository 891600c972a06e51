import { useState, type ReactElement } from 'react';
import type { FailedSession, RestReason, SessionView } from 'whatsapp-session-client';
import { SessionQr, useWhatsAppSession } from 'whatsapp-session-client/react';

import './app.css';

/** One WhatsApp account: how it stands, the code when there is one to scan, and what can be done about it. */
export function Account({ id }: { readonly id: string }): ReactElement {
  const account = useWhatsAppSession(id);
  const [refusal, setRefusal] = useState<string | null>(null);
  const { title, text, button } = describe(account);

  async function press(action: () => Promise<void>): Promise<void> {
    setRefusal(null);
    await action().catch((error: unknown) => setRefusal(error instanceof Error ? error.message : String(error)));
  }

  return (
    <main className="account" data-status={account.status}>
      <h1>{title}</h1>
      <p>{text}</p>
      <SessionQr id={id} className="code" />
      {button !== undefined && (
        <button className={button.action} onClick={() => void press(account[button.action])}>
          {button.label}
        </button>
      )}
      {refusal !== null && <p role="alert">{refusal}</p>}
      {account.connection === 'lost' && <p role="status">You are offline: this may have changed meanwhile.</p>}
    </main>
  );
}

interface Description {
  readonly title: string;
  readonly text: string;
  readonly button?: { readonly label: string; readonly action: 'start' | 'stop' | 'logout' };
}

/**
 * What a person wants to know in each state. The types know what each has: a phone number when it is ready, a reason
 * when it is not connected.
 */
function describe(account: SessionView): Description {
  switch (account.status) {
    case 'loading':
    case 'authenticating':
      return { title: 'One moment', text: 'Looking after your WhatsApp.' };
    case 'absent':
      return unlinked;
    case 'waiting_qr':
      return {
        title: 'Scan this code',
        text: 'In WhatsApp on your phone: Settings, Linked devices, Link a device.',
        button: { label: 'Not now', action: 'stop' },
      };
    case 'ready':
      return {
        title: 'Connected',
        text: `${account.session.displayName ?? 'Your phone'}, +${account.session.phoneNumber}`,
        button: { label: 'Unlink', action: 'logout' },
      };
    case 'reconnecting':
      return { title: 'Reconnecting', text: 'It goes on by itself: there is nothing to do or to scan.' };
    case 'disconnected':
      return disconnected[account.session.reason];
    case 'failed':
      return {
        title: 'Something is wrong',
        text: explain(account.session),
        button: { label: 'Try now', action: 'start' },
      };
    case 'refused':
      return { title: 'Not available', text: account.error.message };
  }
}

const link = { label: 'Show a code', action: 'start' } as const;
const start = { label: 'Start', action: 'start' } as const;
const unlinked: Description = { title: 'Link your WhatsApp', text: 'It takes a minute, and your phone.', button: link };
const disconnected: Readonly<Record<RestReason, Description>> = {
  never_started: unlinked,
  queued: { title: 'In line', text: 'Others are starting too. It goes on by itself.' },
  logged_out: { title: 'Unlinked', text: 'Nothing of your account is kept here.', button: link },
  qr_expired: { title: 'Nobody scanned the code', text: 'Get a new one when your phone is at hand.', button: link },
  stopped: { title: 'Resting', text: 'Start it again whenever you like.', button: start },
  evicted: { title: 'Resting', text: 'Another account of yours took its place.', button: start },
};

function explain({ lastError, reconnect: { nextAttemptAt } }: FailedSession): string {
  const next =
    nextAttemptAt === null
      ? 'It waits for you.'
      : `It is tried again at ${new Date(nextAttemptAt).toLocaleTimeString()}.`;
  return `${lastError?.message ?? ''} ${next}`;
}
