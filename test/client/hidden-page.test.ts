import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { createLiveSession, type SessionView } from '../../src/client/index.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService();

/** A browser's page, as far as it tells whether it is seen. */
class Page extends EventTarget {
  visibilityState: 'visible' | 'hidden' = 'visible';
  turn(to: 'visible' | 'hidden'): void {
    this.visibilityState = to;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}
let page: Page;
beforeEach(() => {
  page = new Page();
  vi.stubGlobal('document', page);
  onTestFinished(() => void vi.unstubAllGlobals());
});

interface Stream {
  /** The event behind which it was asked to begin. */
  readonly behind: string | null;
  readonly closed: AbortSignal | null;
}

/** A client that keeps what streams it has opened. */
function watched(user: string, hiddenMs: number) {
  const streams: Stream[] = [];
  const client = service().client(user, {
    timing: { hiddenMs },
    fetch: (input, init) => {
      const { headers, signal } = new Request(input, init);
      if (headers.get('accept') === 'text/event-stream')
        streams.push({ behind: headers.get('last-event-id'), closed: init?.signal ?? signal });
      return fetch(input, init);
    },
  });
  return { client, streams };
}

const PATIENCE = { timeout: 30_000 };
const eventually = (check: () => void): Promise<void> => vi.waitFor(check, PATIENCE);

/** A live session that somebody looks at, and all that it has shown. */
function show(client: ReturnType<typeof watched>['client']): SessionView[] {
  const live = createLiveSession(client, 'sales');
  const seen: SessionView[] = [];
  onTestFinished(live.subscribe(() => seen.push(live.getSnapshot())));
  return seen;
}
const showing = (status: SessionView['status']): unknown => expect.objectContaining({ status, connection: 'live' });

describe('A page that is hidden', () => {
  it('lets the stream of its live session go, and shows what has happened as soon as it is seen, never as lost', async () => {
    await service().bring('sales', 'ready', 'hidden');
    const { client, streams } = watched('hidden', 1);
    const seen = show(client);
    await eventually(() => expect(seen.at(-1)).toEqual(showing('ready')));
    page.turn('hidden');
    await eventually(() => expect(streams.at(-1)?.closed?.aborted).toBe(true));
    await service().bring('sales', 'disconnected', 'hidden');
    expect(seen.at(-1)).toEqual(showing('ready'));
    page.turn('visible');
    await eventually(() => expect(seen.at(-1)).toEqual(showing('disconnected')));
    expect(streams.map(({ behind }) => behind)).toEqual([null, expect.any(String)]);
    expect(seen.map(({ connection }) => connection)).not.toContain('lost');
  });

  it.each([
    { which: 'its events, which the app may want to notify of', hiddenMs: 1, follow: 'events' },
    { which: 'its live session when the client is told to', hiddenMs: Infinity, follow: 'session' },
    { which: 'its live session while it is hidden for a moment only', hiddenMs: 600_000, follow: 'session' },
  ] as const)('keeps the stream of $which', async ({ hiddenMs, follow }) => {
    const user = `${follow}-${hiddenMs}`;
    await service().bring('sales', 'waiting_qr', user);
    const { client, streams } = watched(user, hiddenMs);
    const states: string[] = [];
    if (follow === 'session') onTestFinished(followSession(client, states));
    else onTestFinished(followEvents(client, states));
    await eventually(() => expect(states.at(-1)).toBe('waiting_qr'));
    page.turn('hidden');
    await service().phone('sales', user).scan();
    await eventually(() => expect(states.at(-1)).toBe('ready'));
    page.turn('visible');
    await service().phone('sales', user).logout();
    await eventually(() => expect(states.at(-1)).toBe('disconnected'));
    expect(streams).toHaveLength(1);
  });
});

type Watched = ReturnType<typeof watched>['client'];

function followSession(client: Watched, states: string[]): () => void {
  const live = createLiveSession(client, 'sales');
  return live.subscribe(() => states.push(live.getSnapshot().status));
}

function followEvents(client: Watched, states: string[]): () => void {
  const leaving = new AbortController();
  const read = async (): Promise<void> => {
    for await (const event of client.events({ signal: leaving.signal }))
      if (event.type === 'session.snapshot') states.push(event.session.state);
  };
  void read();
  return () => leaving.abort();
}
