import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from 'whatsapp-session-client';
import { WhatsAppProvider } from 'whatsapp-session-client/react';

import { Account } from './app.tsx';
import { SimulatedPhone } from './simulated-phone.tsx';

/** Your backend knows who is signed in and gives the page a token of theirs, again and again: it may be short-lived. */
async function fetchToken(): Promise<string> {
  const answer = await fetch('/my/token', { method: 'POST' });
  if (!answer.ok) throw new Error(`No token: ${answer.status}`);
  return answer.text();
}

const client = createClient({ baseUrl: import.meta.env.VITE_WHATSAPP_URL, token: fetchToken });
const root = document.getElementById('root');
if (root === null) throw new Error('The document has no #root');
createRoot(root).render(
  <StrictMode>
    <WhatsAppProvider client={client}>
      <Account id="sales" />
      <SimulatedPhone id="sales" />
    </WhatsAppProvider>
  </StrictMode>,
);
