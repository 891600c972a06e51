/** What a browser's document tells of being seen. Node has none. */
interface Visible extends EventTarget {
  readonly visibilityState: string;
}

const CHANGE = 'visibilitychange';

function currentPage(): Visible | undefined {
  return (globalThis as { document?: Visible }).document; // looked up late, as it may be a test's
}

/**
 * Calls `release` once the page has been hidden for `ms` without a break; never where there is no page. Returns what
 * ends the watch.
 */
export function onceHidden(ms: number, release: () => void): () => void {
  const page = currentPage();
  if (page === undefined || !Number.isFinite(ms)) return () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = (): void => {
    clearTimeout(timer);
    if (page.visibilityState === 'hidden') timer = setTimeout(release, ms);
  };
  page.addEventListener(CHANGE, look);
  look();
  return () => {
    clearTimeout(timer);
    page.removeEventListener(CHANGE, look);
  };
}

/** Resolves once the page is seen, at once where there is none, or when the signal ends the wait. Never rejects. */
export function untilSeen(signal: AbortSignal): Promise<void> {
  const page = currentPage();
  return new Promise((resolve) => {
    const look = (): void => {
      if (page?.visibilityState === 'hidden' && !signal.aborted) return;
      page?.removeEventListener(CHANGE, look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    page?.addEventListener(CHANGE, look);
    signal.addEventListener('abort', look);
    look();
  });
}
