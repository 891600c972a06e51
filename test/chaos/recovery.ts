import { expect } from 'vitest';

import type { Reason } from '../../src/domain/session.ts';
import type { RealFixture, Linked } from './real-fixture.ts';
import { keepRow } from './rows.ts';

/** One thing that goes wrong with one session, and what must follow. */
export interface Fault {
  readonly fault: string;
  /** For the table: what follows, in a few words. */
  readonly outcome: string;
  strike(hit: Linked, world: RealFixture): Promise<void> | void;
  /** The values that the session goes through. The last is where it stays. */
  readonly path: readonly [string, ...string[]];
  /** Why it was lost, as its snapshots say; `null` when it is not lost. */
  readonly reason: Reason | null;
}

/**
 * Two sessions, of which one is struck. It must go the way that its fault demands, and the other must not notice
 * anything.
 */
export async function expectRecovery(
  world: RealFixture,
  { fault, outcome, strike, path, reason }: Fault,
): Promise<void> {
  const [hit, calm] = await world.link('hit', 'calm');
  if (hit === undefined || calm === undefined) throw new Error('There are no sessions.');
  const { ground } = world;
  const [{ rev }, calmRev, calmBrowser] = [hit, calm.rev, calm.browser.pid];
  const struckAt = performance.now();
  await strike(hit, world);
  const { at } = await ground.watcher.passes(hit.key, path, rev);
  const place = path.at(-1) ?? path[0];
  await ground.expectWhole({ [hit.key]: place, [calm.key]: 'ready' });
  const reasons = ground.watcher
    .sightings(hit.key)
    .flatMap(({ session }) => (session.rev > rev && session.reason !== null ? [session.reason] : []));
  expect(reasons).toEqual(reason === null ? [] : expect.arrayContaining([reason]));
  expect([calm.rev, calm.browser.pid]).toEqual([calmRev, calmBrowser]);
  keepRow({ fault, outcome, recoveredMs: Math.round(at - struckAt) });
}
