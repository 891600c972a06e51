import { readAccess, type Access } from './access.ts';

/** `tab`: in session storage, until the tab is closed. `page`: in memory, until the page is left. */
export type Keeping = 'page' | 'tab';

const KEPT = 'wa-token';
const HANDED_OVER = 'wa-token-for-next-page';
const IN_ADDRESS = /^#token=([\w-]+\.[\w-]+\.[\w-]+)$/;

/** The token that a page starts with, if any: of the link that led here, of the page before, or kept. */
export function findAccess(): { readonly access: Access; readonly keeping: Keeping } | null {
  const fromAddress = takeFromAddress();
  if (fromAddress !== null) return { access: fromAddress, keeping: 'page' };
  const handedOver = takeStored(HANDED_OVER);
  if (handedOver !== null) return { access: handedOver, keeping: 'page' };
  const kept = readStored(KEPT);
  return kept === null ? null : { access: kept, keeping: 'tab' };
}

/** Remembers the token for reloads, or forgets it. */
export function keep(access: Access | null, keeping: Keeping): void {
  if (access !== null && keeping === 'tab') store(KEPT, access.token);
  else store(KEPT, null);
}

/** For the next page of this tab, which takes it at once. */
export function handOver(access: Access): void {
  store(HANDED_OVER, access.token);
}

/** From the link that the service prints. It is no longer in the address when this returns. */
function takeFromAddress(): Access | null {
  const [, token] = IN_ADDRESS.exec(location.hash) ?? [];
  if (token === undefined) return null;
  history.replaceState(null, '', location.pathname + location.search);
  return readAccess(token);
}

function takeStored(key: string): Access | null {
  const access = readStored(key);
  store(key, null);
  return access;
}

function readStored(key: string): Access | null {
  try {
    return readAccess(sessionStorage.getItem(key) ?? '');
  } catch {
    return null;
  }
}

function store(key: string, token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, token);
  } catch {
    // Storage is switched off here: then it is in memory only.
  }
}
