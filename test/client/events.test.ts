import { describe, expect, it } from 'vitest';

import type { ClientEvent } from '../../src/client/index.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService();
/**
 * Quick, so that a test of a broken connection need not wait; the service's own `retry:` is the least wait all the
 * same.
 */
const timing = { random: () => 0 };

/** Reads on until an event is as asked. */
async function until(
  events: AsyncGenerator<ClientEvent, void>,
  is: (event: ClientEvent) => boolean,
): Promise<ClientEvent[]> {
  const seen: ClientEvent[] = [];
  for (;;) {
    const { done, value } = await events.next();
    if (done === true) throw new Error(`The stream ended after ${JSON.stringify(seen.map(valueOf))}`);
    seen.push(value);
    if (is(value)) return seen;
  }
}
const valueOf = (event: ClientEvent): string => (event.type === 'session.snapshot' ? event.session.value : event.type);
const isAt = (value: string) => (event: ClientEvent) => valueOf(event) === value;
const revsOf = (events: readonly ClientEvent[]): number[] =>
  events.flatMap((event) => (event.type === 'session.snapshot' ? [event.session.rev] : []));

describe('A stream of events', () => {
  it('begins with what is, tells what happens, and ends with its signal', async () => {
    const client = service().client('stream');
    await service().bring('sales', 'waiting_qr', 'stream');
    const leaving = new AbortController();
    const events = client.events({ signal: leaving.signal });
    const [present] = await until(events, isAt('waiting_qr.scan'));
    expect(present).toMatchObject({ event: null, session: { id: 'sales' } });
    await service().phone('sales', 'stream').scan();
    const seen = await until(events, isAt('ready.online'));
    expect(seen.map(valueOf)).toEqual(['authenticating.syncing', 'ready.online']);
    await service().phone('sales', 'stream').receive('hola');
    expect(await until(events, isAt('message.received'))).toMatchObject([
      { sessionId: 'sales', message: { body: 'hola' } },
    ]);
    const last = events.next();
    leaving.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('tells only of the types asked for', async () => {
    await service().bring('sales', 'ready', 'types');
    const events = service()
      .client('types')
      .session('sales')
      .events({ types: ['message.received'] });
    const first = events.next();
    await service().play('sales', { event: 'conflict' }, 'types');
    await service().client('types').sessions.waitFor('sales', 'reconnecting');
    await service().client('types').sessions.reconnect('sales', { wait: 20 });
    await service().phone('sales', 'types').receive('hola');
    expect(await first).toMatchObject({ value: { type: 'message.received' } });
    await events.return();
  });

  it('goes on behind an event that was read before', async () => {
    const session = service().client('resume').session('sales');
    await service().bring('sales', 'waiting_qr', 'resume');
    const first = session.events();
    const [before] = await until(first, isAt('waiting_qr.scan'));
    await first.return();
    await service().phone('sales', 'resume').scan();
    await session.waitFor('ready');
    const second = session.events({ lastEventId: before?.position ?? null });
    expect((await until(second, isAt('ready.online'))).map(valueOf)).toEqual([
      'authenticating.syncing',
      'ready.online',
    ]);
    await second.return();
  });

  it('is refused where no retry would help', async () => {
    const events = service().client('refused').session('missing').events();
    await expect(events.next()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  });

  it('asks for a fresh token when its own expires in the middle, and misses nothing', async () => {
    await service().bring('sales', 'ready', 'expiring');
    const lives = [2, 600];
    const asked: string[] = [];
    const token = async (): Promise<string> => {
      const given = await service().token('expiring', { expiresInSeconds: lives[asked.length] ?? 600 });
      asked.push(given);
      return given;
    };
    const connections: string[] = [];
    let onLost = (): void => undefined;
    const lost = new Promise<void>((resolve) => (onLost = resolve));
    const onConnection = (connection: 'live' | 'lost'): void => {
      connections.push(connection);
      if (connection === 'lost') onLost();
    };
    const events = service().client('expiring', { token, timing }).events({ onConnection });
    const seen = await until(events, isAt('ready.online'));
    const rest = until(events, isAt('disconnected.stopped'));
    await lost;
    await service().client('expiring').sessions.stop('sales', { wait: 20 });
    seen.push(...(await rest));
    const revs = revsOf(seen);
    expect(revs).toEqual(revs.map((_, index) => Number(revs[0]) + index));
    expect(asked).toHaveLength(2);
    expect(connections).toEqual(['live', 'lost', 'live']);
    await events.return();
  });

  it('takes a silent connection for dead, and comes back to what happened meanwhile', async () => {
    await service().bring('sales', 'waiting_qr', 'asleep');
    let now = 0;
    let isAsleep = false;
    // A network that swallows everything, as a laptop's does that was closed.
    const send: typeof fetch = async (...request) => {
      const answer = await fetch(...request);
      const swallow = new TransformStream<Uint8Array, Uint8Array>({
        transform: (chunk, controller) => (isAsleep ? undefined : controller.enqueue(chunk)),
      });
      const body =
        isAsleep || answer.body === null
          ? answer.body
          : answer.body.pipeThrough(swallow, { signal: request[1]?.signal ?? new AbortController().signal });
      return new Response(body, answer);
    };
    const lost: unknown[] = [];
    const events = service()
      .client('asleep', { fetch: send, timing: { ...timing, silenceMs: 400, now: () => now } })
      .events({ onConnection: (connection, why) => void (connection === 'lost' && lost.push(why)) });
    const seen = await until(events, isAt('waiting_qr.scan'));
    const rest = until(events, isAt('ready.online'));
    isAsleep = true;
    await service().bring('sales', 'ready', 'asleep');
    expect(lost).toEqual([]);
    now = 60_000;
    seen.push(...(await rest));
    expect(seen.map(valueOf)).toEqual(['waiting_qr.scan', 'authenticating.syncing', 'ready.online']);
    expect(lost).toMatchObject([{ name: 'SilenceError' }]);
    await events.return();
  });

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'goes on over a restart of the service by %s: nothing is missed and nothing comes twice',
    async (signal) => {
      await service().bring('sales', 'ready', signal);
      const connections: string[] = [];
      const events = service()
        .client(signal, { timing })
        .events({ onConnection: (connection) => connections.push(connection) });
      const seen = await until(events, isAt('ready.online'));
      // Its login is on the disk: it comes back without a scan.
      const rest = until(events, isAt('ready.online'));
      await service().restart(signal);
      seen.push(...(await rest));
      const revs = revsOf(seen);
      expect(revs).toEqual(revs.map((_, index) => Number(revs[0]) + index));
      expect(seen.map(valueOf)).not.toContain('waiting_qr.scan');
      expect(connections.at(-1)).toBe('live');
      await events.return();
    },
  );

  it('heals a gap: says that there is one, what changed and what has gone, and nothing of what is as it was', async () => {
    for (const id of ['changed', 'gone', 'same']) await service().bring(id, 'ready', 'gap');
    // Until its login is sealed a session that is ready still has news.
    await expect
      .poll(async () => (await service().client('gap').sessions.get('same')).durable, { timeout: 30_000 })
      .toBe(true);
    const reconnecting = new AbortController();
    let connections = 0;
    let onChanged = (): void => undefined;
    const changed = new Promise<void>((resolve) => (onChanged = resolve));
    // Its first connection can be cut; what it resumes from then is no position of this service, as after the loss of
    // its Redis.
    const send: typeof fetch = async (url, init) => {
      connections += 1;
      if (connections === 1) return fetch(url, { ...init, signal: reconnecting.signal });
      await changed;
      const headers = new Headers(init?.headers);
      headers.set('last-event-id', '9999999999999-0');
      return fetch(url, { ...init, headers });
    };
    const events = service().client('gap', { fetch: send, timing }).events();
    let count = 0;
    await until(events, () => (count += 1) === 3);
    const rest = until(events, (event) => event.type === 'session.deleted');
    reconnecting.abort(new Error('cut'));
    const { sessions } = service().client('gap');
    await sessions.remove('gone');
    await sessions.stop('changed', { wait: 20 });
    onChanged();
    expect(
      (await rest).map((event) =>
        event.type === 'session.snapshot' ? `${event.session.id} ${event.session.value}` : event.type,
      ),
    ).toEqual(['gap', 'changed disconnected.stopped', 'session.deleted']);
    await events.return();
  });
});
