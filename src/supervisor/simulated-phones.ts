import { sessionKey } from '../domain/session.ts';
import type { EventFeed } from '../store/event-feed.ts';
import type { SimulatedDriver } from '../whatsapp/simulated/driver.ts';

/** Plays on this node's simulated devices what any process was asked to play on them. */
export function playSimulations(feed: EventFeed, driver: SimulatedDriver): void {
  feed.listen((event) => {
    if (event.type === 'control.simulate')
      driver.play(sessionKey({ userId: event.userId, id: event.sessionId }), event.simulate);
  });
}
