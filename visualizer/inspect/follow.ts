import type { Client, Session } from '../../src/client/index.ts';
import { startBridge, type Bridge } from './bridge.ts';
import { InspectorMessages } from './messages.ts';

interface FollowOptions {
  readonly client: Client;
  readonly port: number;
  readonly inspector: string;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly onBridge: (bridge: Bridge) => void;
}

/**
 * Streams all sessions that the client may see to Stately's inspector, until the signal. Throws an `ApiError` when the
 * service refuses the token.
 */
export async function followForInspector({
  client,
  port,
  inspector,
  signal,
  now,
  onBridge,
}: FollowOptions): Promise<void> {
  const messages = new InspectorMessages(now);
  const sessions = new Map<string, Session>();
  const bridge = await startBridge({
    port,
    inspector,
    greet: () => [...sessions.values()].map((session) => messages.actor(session)),
  });
  try {
    onBridge(bridge);
    for await (const event of client.events({ signal, types: ['session.snapshot', 'session.deleted'] })) {
      if (event.type === 'session.deleted') sessions.delete(JSON.stringify([event.userId, event.sessionId]));
      if (event.type !== 'session.snapshot') continue;
      const { session } = event;
      const name = JSON.stringify([session.userId, session.id]);
      const isNew = !sessions.has(name);
      sessions.set(name, session);
      if (isNew) bridge.send(messages.actor(session));
      else for (const message of messages.step(session, event.event ?? 'gap')) bridge.send(message);
    }
  } finally {
    await bridge.close();
  }
}
