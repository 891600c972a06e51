import type { Dialog, Page } from 'puppeteer';
import { LOSS_BY_STATE, PAGE_CLOSED, PAGE_CRASHED, PAGE_LEFT, PAGE_REFUSED, type Loss } from '../loss-causes.ts';

const ORIGIN = 'https://web.whatsapp.com/';
/** Where WhatsApp Web goes when the device was logged out, by whichever side. */
const LOGGED_OUT = 'post_logout=1';

export interface PageWatch {
  readonly onLoss: (loss: Loss) => void;
  /** The socket's state, as often as it changes; `isLoading`: it has not, but what the account holds is loading. */
  readonly onSocket: (state: string, hasSynced: boolean, isLoading: boolean) => void;
  /** Code that was put into the page by the library or by us has thrown there, where nobody caught it. */
  readonly onScriptThrown: (thrown: unknown) => void;
}

/** Listens to what the library does not: the page's death, where it goes, and its socket before the library does. */
export async function watchPage(page: Page, { onLoss, onSocket, onScriptThrown }: PageWatch): Promise<void> {
  page.on('error', () => onLoss(PAGE_CRASHED));
  page.on('close', () => onLoss(PAGE_CLOSED));
  page.on('pageerror', (thrown) => {
    if (isOfOurs(thrown)) onScriptThrown(thrown);
  });
  page.on('dialog', (dialog) => void answer(dialog));
  page.on('framenavigated', (frame) => {
    if (frame.parentFrame() !== null) return;
    const url = frame.url();
    if (url.includes(LOGGED_OUT)) onLoss(LOSS_BY_STATE['LOGOUT'] ?? PAGE_LEFT);
    else if (!url.startsWith(ORIGIN) && !url.startsWith('chrome-error:')) onLoss(PAGE_LEFT);
  });
  page.on('response', (response) => {
    const isDocument = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
    if (isDocument && response.status() >= 400) onLoss(PAGE_REFUSED(response.status()));
  });
  await page.exposeFunction('supervisorHears', onSocket);
}

/** Puppeteer names what it puts into a page so; all else is WhatsApp's own. */
const isOfOurs = (thrown: unknown): boolean => thrown instanceof Error && (thrown.stack ?? '').includes('pptr:');

/**
 * A page stands still while it shows a dialog. One that asks whether to leave is let go; to all else the answer is no,
 * as of somebody who closes it unread.
 */
async function answer(dialog: Dialog): Promise<void> {
  const isLeaving = dialog.type() === 'beforeunload';
  // One that is gone needs no answer any more.
  await (isLeaving ? dialog.accept() : dialog.dismiss()).catch(() => {});
}

/** Has the page's JavaScript heap collected once, in full. Blocks the page for some tenths of a second. */
export function collectPageGarbage(page: Page): Promise<void> {
  return command(page, 'HeapProfiler.collectGarbage');
}

/** Empties the HTTP cache of the page's browser: ten milliseconds (measured). */
export function clearPageCache(page: Page): Promise<void> {
  return command(page, 'Network.clearBrowserCache');
}

async function command(page: Page, name: 'HeapProfiler.collectGarbage' | 'Network.clearBrowserCache'): Promise<void> {
  const session = await page.createCDPSession();
  try {
    await session.send(name);
  } finally {
    await session.detach();
  }
}

/** Whether the page shows that the device was logged out. */
export const showsLogout = (page: Page): boolean => page.url().includes(LOGGED_OUT);
