/** What a frontend writes: compiled against the packed client with the types of browsers and of React alone. */
import type { ReactElement } from 'react';
import { ApiError, createClient, type SessionIn } from 'whatsapp-session-client';
import { SessionQr, useSecondsLeft, useWhatsAppSession, WhatsAppProvider } from 'whatsapp-session-client/react';

const client = createClient({ baseUrl: 'https://wa.example.com', token: async () => 'token' });

const phoneOf = ({ phoneNumber, displayName }: SessionIn<'ready'>): string => `${displayName ?? ''} ${phoneNumber}`;
const explain = (error: unknown): string => (error instanceof ApiError ? error.code : 'no network');

function Account({ id }: { readonly id: string }): ReactElement {
  const account = useWhatsAppSession(id);
  const left = useSecondsLeft(account.status === 'waiting_qr' ? account.session.qr : null);
  const start = (): void => void account.start().catch((error: unknown) => document.title.concat(explain(error)));
  return (
    <main>
      <SessionQr id={id} labels={{ renewedIn: (seconds) => `${seconds}` }} />
      {account.status === 'ready' ? phoneOf(account.session) : <button onClick={start}>{left}</button>}
    </main>
  );
}

export const App = (): ReactElement => (
  <WhatsAppProvider client={client}>
    <Account id="sales" />
  </WhatsAppProvider>
);
