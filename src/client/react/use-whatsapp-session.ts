import { useMemo, useSyncExternalStore } from 'react';

import type { Client } from '../client.ts';
import { createLiveSession, type LiveSession, type SessionActions, type SessionView } from '../live-session.ts';
import { useWhatsAppClient } from './provider.ts';

/** One live session for all components that show a session, so that there is one connection. */
const liveSessions = new WeakMap<Client, Map<string, LiveSession>>();

function liveSessionOf(client: Client, id: string): LiveSession {
  const ofClient = liveSessions.get(client) ?? new Map<string, LiveSession>();
  liveSessions.set(client, ofClient);
  const live = ofClient.get(id) ?? createLiveSession(client, id);
  ofClient.set(id, live);
  return live;
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
  const live = liveSessionOf(client, id);
  const view = useSyncExternalStore(live.subscribe, live.getSnapshot, () => atFirst);
  return useMemo(() => ({ ...view, ...live.actions }), [view, live]);
}
