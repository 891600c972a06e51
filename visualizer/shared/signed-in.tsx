import {
  createContext,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactElement,
  type ReactNode,
} from 'react';

import { createClient, type Client, type Session } from '../../src/client/index.ts';
import type { Access } from './access.ts';
import { LiveSessions, nameOf, type LiveView } from './live-sessions.ts';
import type { Keeping } from './token-keeping.ts';

export interface SignedIn {
  readonly access: Access;
  readonly keeping: Keeping;
  readonly client: Client;
  /**
   * The client that addresses a session: the caller's own, or for an admin that of its user. The same one each time.
   */
  readonly clientFor: (userId: string) => Client;
  readonly live: LiveSessions;
  readonly keep: (keeping: Keeping) => void;
  readonly signOut: () => void;
}

const SignedInContext = createContext<SignedIn | null>(null);

interface SignedInProviderProps extends Pick<SignedIn, 'access' | 'keeping' | 'keep' | 'signOut'> {
  /** The service no longer takes the token. */
  readonly onRefused: () => void;
  readonly children: ReactNode;
}

/** The client of whoever is signed in, and all sessions on one connection, for the components within. */
export function SignedInProvider({
  access,
  keeping,
  keep,
  signOut,
  onRefused,
  children,
}: SignedInProviderProps): ReactElement {
  const [{ client, clientFor, live }] = useState(() => connect(access, onRefused));
  const value = useMemo(
    (): SignedIn => ({ access, keeping, client, clientFor, live, keep, signOut }),
    [access, keeping, client, clientFor, live, keep, signOut],
  );
  return <SignedInContext.Provider value={value}>{children}</SignedInContext.Provider>;
}

function connect(access: Access, onRefused: () => void): Pick<SignedIn, 'client' | 'clientFor' | 'live'> {
  const client = createClient({
    token: access.token,
    fetch: async (...request) => {
      const answer = await fetch(...request);
      if (answer.status === 401) onRefused();
      return answer;
    },
  });
  const clients = new Map<string, Client>([[access.userId, client]]);
  const clientFor = (userId: string): Client => {
    const known = clients.get(userId) ?? client.of(userId);
    clients.set(userId, known);
    return known;
  };
  return { client, clientFor, live: new LiveSessions(client) };
}

/** `null`: nobody is signed in, on a page that everybody may see. */
export function useVisitor(): SignedIn | null {
  return useContext(SignedInContext);
}

export function useSignedIn(): SignedIn {
  const signedIn = useVisitor();
  if (signedIn === null) throw new Error('Nobody is signed in here.');
  return signedIn;
}

/** All sessions that the caller may see, shown at most ten times a second. */
export function useLiveSessions(): LiveView {
  const { live } = useSignedIn();
  return useSyncExternalStore(live.subscribe, live.getSnapshot);
}

/** One of them; `undefined` when there is none of that name (or nothing is known yet). */
export function useLiveSession(userId: string, id: string): Session | undefined {
  return useLiveSessions().sessions.get(nameOf({ userId, id }));
}

/** Calls back with each step of a session, at once. */
export function useSteps(listener: Parameters<LiveSessions['onStep']>[0]): void {
  const { live } = useSignedIn();
  useEffect(() => live.onStep(listener), [live, listener]);
}
