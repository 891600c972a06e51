import { expect } from 'vitest';

import type { Reason } from '../../src/domain/session.ts';
import type { RealFixture, Linked } from './real-fixture.ts';
import { keepRow } from './rows.ts';

/** A fault of one session, and the states that must follow. */
export interface Fault {
  readonly fault: string;
  /** The outcome in a few words, for the table. */
  readonly outcome: string;
  inject(faulty: Linked, fixture: RealFixture): Promise<void> | void;
  /** The values that the session goes through. The last is where it stays. */
  readonly path: readonly [string, ...string[]];
  /** Why it was lost, as its snapshots say; `null` when it is not lost. */
  readonly reason: Reason | null;
}

/**
 * Two sessions, one of which gets the fault. That one must take the fault's path, and the other must keep its state
 * and its browser.
 */
export async function expectRecovery(
  fixture: RealFixture,
  { fault, outcome, inject, path, reason }: Fault,
): Promise<void> {
  const [faulty, sibling] = await fixture.link('faulty', 'sibling');
  if (faulty === undefined || sibling === undefined) throw new Error('There are no sessions.');
  const { chaos } = fixture;
  const [{ rev }, siblingRev, siblingBrowser] = [faulty, sibling.rev, sibling.browser.pid];
  const injectedAt = performance.now();
  await inject(faulty, fixture);
  const { at } = await chaos.watcher.passes(faulty.key, path, rev);
  const place = path.at(-1) ?? path[0];
  await chaos.expectWhole({ [faulty.key]: place, [sibling.key]: 'ready' });
  const reasons = chaos.watcher
    .sightings(faulty.key)
    .flatMap(({ session }) => (session.rev > rev && session.reason !== null ? [session.reason] : []));
  expect(reasons).toEqual(reason === null ? [] : expect.arrayContaining([reason]));
  expect([sibling.rev, sibling.browser.pid]).toEqual([siblingRev, siblingBrowser]);
  keepRow({ fault, outcome, recoveredMs: Math.round(at - injectedAt) });
}
