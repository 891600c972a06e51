import { useSyncExternalStore } from 'react';

/** Where in the console one is; the address has it in its fragment, which no server sees. */
export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'fleet' }
  | { readonly page: 'session'; readonly userId: string; readonly id: string };

const SESSION = /^#\/session\/([^/]+)\/([^/]+)$/;

export function readRoute(fragment: string): Route {
  if (fragment === '#/fleet') return { page: 'fleet' };
  const [, userId, id] = SESSION.exec(fragment) ?? [];
  if (userId === undefined || id === undefined) return { page: 'list' };
  try {
    return { page: 'session', userId: decodeURIComponent(userId), id: decodeURIComponent(id) };
  } catch {
    return { page: 'list' };
  }
}

export function addressOf(route: Route): string {
  if (route.page === 'list') return '#/';
  if (route.page === 'fleet') return '#/fleet';
  return `#/session/${encodeURIComponent(route.userId)}/${encodeURIComponent(route.id)}`;
}

export function go(route: Route): void {
  location.hash = addressOf(route);
}

/** The fragment of now; the same text until one goes elsewhere. */
export function useFragment(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
