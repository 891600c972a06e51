import { readAccess, type Access } from './access.ts';

/**
 * `tab`: in session storage, for every page of this tab, until somebody signs out or closes it. `page`: in memory,
 * until this page is left or reloaded.
 */
export type Keeping = 'page' | 'tab';

export interface KeptAccess {
  readonly access: Access;
  readonly keeping: Keeping;
}

const KEPT = 'wa-token';
const IN_ADDRESS = '#token=';

/**
 * The token that a page starts with: of the link that led here, or else the tab's. A token in the address is taken out
 * of it, and is the tab's from then on.
 */
export function findAccess(): KeptAccess | null {
  const access = takeFromAddress();
  if (access !== null) keepAccess({ access, keeping: 'tab' });
  const found = access ?? readStored();
  return found === null ? null : { access: found, keeping: 'tab' };
}

/** Keeps the token as its owner chose; a token of `page` is no longer the tab's. */
export function keepAccess({ access, keeping }: KeptAccess): void {
  if (keeping === 'tab') store(access.token);
  else forgetAccess();
}

/** Signs the whole tab out. */
export function forgetAccess(): void {
  store(null);
}

/** Calls back when a link with a token is opened in a page that is open already. Returns how to stop listening. */
export function onAccessInAddress(listener: () => void): () => void {
  const look = (): void => {
    if (location.hash.startsWith(IN_ADDRESS)) listener();
  };
  addEventListener('hashchange', look);
  return () => removeEventListener('hashchange', look);
}

/** Of the link that the service prints. Whatever it says, it is no longer in the address when this returns. */
function takeFromAddress(): Access | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(IN_ADDRESS)) return null;
  history.replaceState(null, '', pathname + search);
  return readAccess(hash.slice(IN_ADDRESS.length));
}

function readStored(): Access | null {
  try {
    return readAccess(sessionStorage.getItem(KEPT) ?? '');
  } catch {
    return null;
  }
}

function store(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, token);
  } catch {
    // Storage is switched off here: the token is in memory only, whatever was chosen.
  }
}
