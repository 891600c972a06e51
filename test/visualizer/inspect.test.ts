import { once } from 'node:events';

import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

import type { Client, ClientEvent } from '../../src/client/index.ts';
import { withResolvers } from '../../src/domain/with-resolvers.ts';
import type { Bridge } from '../../visualizer/inspect/bridge.ts';
import { followForInspector } from '../../visualizer/inspect/follow.ts';
import { InspectorMessages } from '../../visualizer/inspect/messages.ts';
import { privateSession, SECRETS } from './statechart/private-session.ts';

const messages = () => new InspectorMessages(() => 1_000);
const ready = { ...privateSession, state: 'ready', value: 'ready.online' } as typeof privateSession; // only what the messages read

describe('what Stately’s inspector is told', () => {
  it('is an actor with its machine and its state', () => {
    const actor = messages().actor(privateSession);
    expect(actor).toMatchObject({
      type: '@xstate.actor',
      sessionId: 'session 1',
      name: 'session 1',
      createdAt: '1000',
      snapshot: { status: 'active', value: { waiting_qr: 'scan' } },
    });
    expect(JSON.parse(String(actor['definition']))).toMatchObject({ id: 'session', initial: 'disconnected' });
  });

  it('is each step as the event and where it led', () => {
    expect(messages().step(ready, 'browser.ready')).toMatchObject([
      { type: '@xstate.event', event: { type: 'browser.ready' } },
      { type: '@xstate.snapshot', event: { type: 'browser.ready' }, snapshot: { value: { ready: 'online' } } },
    ]);
  });

  it('keeps sessions apart by numbers, the same each time', () => {
    const say = messages();
    const other = { ...privateSession, id: 'support' };
    expect([privateSession, other, privateSession].map((session) => say.actor(session).sessionId)).toEqual([
      'session 1',
      'session 2',
      'session 1',
    ]);
  });

  it('has nothing of a code, an account, a message or a name in it', () => {
    const said = JSON.stringify([
      messages().actor(privateSession),
      messages().step(privateSession, 'browser.qr'),
    ]).replace(/"definition":"(?:[^"\\]|\\.)*"/, '');
    expect([...SECRETS, 'ana', 'sales', 'n1'].filter((secret) => said.includes(secret))).toEqual([]);
  });
});

describe('the bridge to Stately’s inspector', () => {
  const ending: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0)) await end();
  });

  async function start(): Promise<{ bridge: Bridge; tell: (event: ClientEvent) => void }> {
    const stop = new AbortController();
    const told: ClientEvent[] = [];
    let wake = (): void => undefined;
    async function* events(): AsyncGenerator<ClientEvent, void, undefined> {
      while (!stop.signal.aborted) {
        for (let next = told.shift(); next !== undefined; next = told.shift()) yield next;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
    const { promise, resolve } = withResolvers<Bridge>();
    const client = { events } as unknown as Client; // it follows, and does nothing else
    const following = followForInspector({
      client,
      port: 0,
      inspector: 'https://stately.ai/inspect',
      signal: stop.signal,
      now: () => 1_000,
      onBridge: resolve,
    });
    ending.push(async () => {
      stop.abort();
      wake();
      await following;
    });
    return { bridge: await promise, tell: (event) => (told.push(event), wake()) };
  }

  function connect(url: string, origin: string): { socket: WebSocket; next: () => Promise<unknown> } {
    const socket = new WebSocket(url.replace('http', 'ws'), { origin });
    const heard: unknown[] = [];
    let wake = (): void => undefined;
    socket.on('message', (data: Buffer) => (heard.push(JSON.parse(data.toString('utf8'))), wake()));
    ending.unshift(() => Promise.resolve(socket.terminate()));
    return {
      socket,
      next: async () => {
        while (heard.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        return heard.shift();
      },
    };
  }

  it('tells a page that comes late how the sessions stand, then each step', async () => {
    const { bridge, tell } = await start();
    const first = connect(bridge.url, bridge.url);
    await once(first.socket, 'open');
    tell({ type: 'session.snapshot', session: privateSession, event: null, position: null });
    expect(await first.next()).toMatchObject({ type: '@xstate.actor' });
    const late = connect(bridge.url, bridge.url);
    expect(await late.next()).toMatchObject({ type: '@xstate.actor', snapshot: { value: { waiting_qr: 'scan' } } });
    tell({ type: 'session.snapshot', session: ready, event: 'browser.ready', position: null });
    expect(await late.next()).toMatchObject({ type: '@xstate.event' });
    expect(await late.next()).toMatchObject({ type: '@xstate.snapshot', snapshot: { value: { ready: 'online' } } });
  });

  it('is for this machine and its own page: a page from elsewhere is refused', async () => {
    const { bridge } = await start();
    expect(new URL(bridge.url).hostname).toBe('127.0.0.1');
    const { socket } = connect(bridge.url, 'https://elsewhere.example');
    const [error] = (await once(socket, 'error')) as [Error]; // what `ws` gives
    expect(error.message).toContain('401');
  });

  it('hands messages to Stately’s origin alone', async () => {
    const { bridge } = await start();
    const page = await (await fetch(bridge.url)).text();
    expect(page).toContain('src="https://stately.ai/inspect"');
    expect([...page.matchAll(/postMessage\(message, '([^']+)'\)/g)].map(([, origin]) => origin)).toEqual([
      'https://stately.ai',
      'https://stately.ai',
    ]);
  });
});
