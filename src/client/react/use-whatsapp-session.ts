import { useMemo, useSyncExternalStore } from 'react';

import type { Client } from '../client.ts';
import { createSessionStore, type SessionActions, type SessionStore, type SessionView } from '../session-store.ts';
import { useWhatsAppClient } from './provider.ts';

/** One store for all components that show a session, so that there is one connection. */
const stores = new WeakMap<Client, Map<string, SessionStore>>();

function storeOf(client: Client, id: string): SessionStore {
  const ofClient = stores.get(client) ?? new Map<string, SessionStore>();
  stores.set(client, ofClient);
  const store = ofClient.get(id) ?? createSessionStore(client, id);
  ofClient.set(id, store);
  return store;
}

/** What a server renders, and what the page begins with. */
const atFirst: SessionView = { status: 'loading', connection: 'connecting' };

/**
 * A session as it is now, and what can be done with it. Look at `status`: `session.qr` exists only in `waiting_qr`. It
 * begins with `loading`, until the service has said whether there is such a session; nothing is made or started unless
 * you call `start`.
 */
export function useWhatsAppSession(id: string): SessionView & SessionActions {
  const client = useWhatsAppClient();
  const store = storeOf(client, id);
  const view = useSyncExternalStore(store.subscribe, store.getSnapshot, () => atFirst);
  return useMemo(() => ({ ...view, ...store.actions }), [view, store]);
}
