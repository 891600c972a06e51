import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { sessionKey, type SessionAddress } from '../../../src/domain/session.ts';
import { codeOf, type Action } from '../../store/store-fixture.ts';
import { isWithoutHole, session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';
import type { TestNode } from '../node.ts';

const fixture = useFleet();

type Step =
  | { readonly kind: 'ask'; readonly action: Action; readonly twice: boolean }
  | { readonly kind: 'scan' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'wait'; readonly ms: number };

const action = fc.constantFrom<Action>('create_and_start', 'start', 'stop', 'restart', 'reconnect', 'logout', 'delete');
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('ask' as const), action, twice: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'scan' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crash' as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }) },
);

/** Takes the steps; returns the last request that was accepted, and whether the phone or a crash came after it. */
async function take(nodes: readonly TestNode[], address: SessionAddress, steps: readonly Step[]): Promise<Action> {
  const { fleet } = fixture;
  let last: Action = 'create_and_start';
  await fleet.ask(address, last);
  for (const each of steps) {
    switch (each.kind) {
      case 'wait':
        await delay(each.ms);
        break;
      case 'scan':
        for (const { driver } of nodes)
          driver.play(sessionKey(address), { event: 'scan', phoneNumber: '5215550001111' });
        break;
      case 'crash':
        for (const { driver } of nodes) driver.play(sessionKey(address), { event: 'browser_crash' });
        break;
      case 'ask': {
        const asked = await Promise.all(
          Array.from({ length: each.twice ? 2 : 1 }, () => codeOf(fleet.ask(address, each.action))),
        );
        if (asked[0] === 'accepted') last = each.action;
        else expect(['SESSION_NOT_FOUND', 'DELETION_PENDING']).toContain(asked[0]);
      }
    }
  }
  return last;
}

it.each([1, 2])(
  'whatever is asked of %d node(s) in whatever order, the last request wins, with one browser at most, and every request is done',
  async (count) => {
    const { fleet } = fixture;
    const nodes = await Promise.all(
      Array.from({ length: count }, (_, index) => fleet.node({ nodeId: `node-${index}`, sweepMs: 30 })),
    );
    const alive = () => nodes.reduce((sum, { driver }) => sum + driver.liveBrowsers, 0);
    let mostAlive = 0;
    for (const { driver } of nodes) driver.onOpened = () => (mostAlive = Math.max(mostAlive, alive()));
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const address = session(`s${(number += 1)}`);
        mostAlive = 0;
        const last = await take(nodes, address, steps);
        const stored = await fleet.settled(address);
        if (last === 'delete') {
          expect(stored).toBeNull();
        } else {
          expect(['stop', 'logout'].includes(last) ? ['disconnected'] : ['waiting_qr', 'ready']).toContain(
            stored?.session.state,
          );
          expect(stored?.session.desired).toBe(['stop', 'logout'].includes(last) ? 'stopped' : 'running');
        }
        if (last === 'logout')
          expect(stored?.session).toMatchObject({ value: 'disconnected.logged_out', phoneNumber: null });
        expect(alive()).toBe(['stop', 'logout', 'delete'].includes(last) ? 0 : 1);
        expect(mostAlive).toBeLessThanOrEqual(1);
        const told = await fleet.told(address);
        const anew = told.findLastIndex(({ type }) => type === 'session.deleted');
        expect(
          isWithoutHole(told.slice(anew + 1).flatMap((event) => (event.type === 'session.snapshot' ? [event] : []))),
        ).toBe(true);
        await codeOf(fleet.ask(address, 'delete'));
        expect(await fleet.settled(address)).toBeNull();
      }),
      { numRuns: 25, seed: 20_261_124, endOnFailure: true },
    );
    // A Redis that is slow for a moment is waited for, and said so: that is no fault.
    expect(
      nodes.flatMap(({ errors }) => errors).filter((error) => !error.includes('could not be written yet')),
    ).toEqual([]);
  },
  60_000,
);
