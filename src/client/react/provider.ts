import { createContext, createElement, useContext, type ReactElement, type ReactNode } from 'react';

import type { Client } from '../client.ts';

const ClientContext = createContext<Client | null>(null);

interface WhatsAppProviderProps {
  /** Make it once, outside of any component. */
  readonly client: Client;
  readonly children?: ReactNode;
}

/** Gives the components within their client. */
export function WhatsAppProvider({ client, children }: WhatsAppProviderProps): ReactElement {
  return createElement(ClientContext.Provider, { value: client }, children);
}

/** The client of the nearest provider. Throws where there is none. */
export function useWhatsAppClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('Put a <WhatsAppProvider client={…}> around this component.');
  return client;
}
