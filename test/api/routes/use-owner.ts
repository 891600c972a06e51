import { afterEach } from 'vitest';

import { withResolvers } from '../../../src/domain/with-resolvers.ts';
import type { ApiFixture } from '../api-fixture.ts';

/** What acts as the owner of a session as soon as the next intent is written; each test waits for its end. */
export function useOwner(fixture: () => ApiFixture): (act: () => Promise<unknown>) => void {
  const acts: Promise<unknown>[] = [];
  afterEach(() => Promise.all(acts.splice(0)));
  return (act) => {
    const { promise, resolve } = withResolvers();
    const stop = fixture().feed.listen((event) => {
      if (event.type === 'session.snapshot' && event.event.startsWith('intent.')) resolve();
    });
    acts.push(promise.finally(stop).then(act));
  };
}
