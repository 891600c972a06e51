import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { SupervisorEvent, SupervisorVerdict } from '../../machines/supervisor.machine.ts';
import { NODE_LIMITS, runSupervisor } from './run-supervisor.ts';

const RESTORING = ['r1', 'r2'];
const KEYS = [...RESTORING, 'a', 'b', 'c'];
type Turn = SupervisorEvent | { readonly type: 'wait'; readonly ms: number };

const key = fc.constantFrom(...KEYS);
// A claim is drawn twice as often as a release, so that sessions gather.
const told = fc.constantFrom(
  'session.claimed',
  'session.claimed',
  'session.released',
  'launch.withdrawn',
  'launch.settled',
);
const turn: fc.Arbitrary<Turn> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ type: told, key }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('launch.requested' as const), key, user: fc.constantFrom('ana', 'bob') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('launches.limited' as const), atMost: fc.nat({ max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('session.failed' as const), key, at: fc.nat({ max: 200_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(1, 5_000, 10_000) }) },
);
const turns = fc.array(turn, { minLength: 1, maxLength: 80, size: 'max' });

/** The sessions of a node that wait for a slot or hold one. Throws on a grant that no session waits for. */
class Slots {
  readonly waiting = new Set<string>();
  readonly held = new Set<string>();
  readonly claimed = new Set<string>();

  /** Launches allowed at once at present. */
  width = NODE_LIMITS.maxConcurrentLaunches;

  tell(event: Turn): void {
    if (event.type === 'launches.limited') this.width = Math.min(event.atMost, NODE_LIMITS.maxConcurrentLaunches);
    if (!('key' in event)) return;
    if (event.type === 'session.claimed') this.claimed.add(event.key);
    if (event.type === 'launch.requested' && this.claimed.has(event.key)) {
      this.waiting.add(event.key);
      this.held.delete(event.key);
    }
    if (event.type === 'launch.withdrawn' || event.type === 'session.released') this.waiting.delete(event.key);
    if (event.type === 'launch.settled' || event.type === 'session.released') this.held.delete(event.key);
    if (event.type === 'session.released') this.claimed.delete(event.key);
  }

  hear(verdict: SupervisorVerdict): void {
    if (verdict.type !== 'launch.granted') return;
    if (!this.waiting.delete(verdict.key))
      throw new Error(`a launch of ${verdict.key} was granted, which does not wait for one`);
    if (this.held.size >= this.width)
      throw new Error(`a launch of ${verdict.key} was granted, though ${this.width} may launch at once`);
    this.held.add(verdict.key);
  }
}

function always(check: (run: ReturnType<typeof runSupervisor>, slots: Slots) => void): void {
  fc.assert(
    fc.property(fc.constantFrom([], RESTORING), turns, (restoring, all) => {
      const run = runSupervisor({ restoring });
      const slots = new Slots();
      let heard = 0;
      for (const next of all) {
        slots.tell(next);
        if (next.type === 'wait') run.clock.increment(next.ms);
        else run.actor.send(next);
        for (; heard < run.verdicts.length; heard += 1) {
          const verdict = run.verdicts[heard];
          if (verdict !== undefined) slots.hear(verdict);
        }
        check(run, slots);
      }
      run.actor.stop();
    }),
    { numRuns: 500 },
  );
}

describe('whatever happens on a node', () => {
  it('its machine goes on', () => {
    always(({ actor, errors }) => {
      expect(errors).toEqual([]);
      expect(actor.getSnapshot().status).toBe('active');
    });
  });

  it('never more launch at once than may, and nobody who does not wait for it', () => {
    let most = 0;
    always(({ actor }, { held }) => {
      most = Math.max(most, held.size);
      expect(held.size).toBeLessThanOrEqual(NODE_LIMITS.maxConcurrentLaunches);
      const { launching } = actor.getSnapshot().context;
      expect(launching).toHaveLength(held.size);
      expect(new Set(launching)).toEqual(held);
    });
    expect(most).toBe(NODE_LIMITS.maxConcurrentLaunches);
  });

  it('once it runs, nobody waits while a slot is free', () => {
    always(({ actor }, { waiting, held, width }) => {
      if (actor.getSnapshot().value === 'running' && waiting.size > 0) expect(held.size).toBeGreaterThanOrEqual(width);
    });
  });

  it('nothing but its restarts is left of a session that was released', () => {
    always(({ actor }, { claimed }) => {
      const { sessions, waiting, launching } = actor.getSnapshot().context;
      expect(new Set(sessions)).toEqual(claimed);
      expect([...waiting.map(({ key: some }) => some), ...launching].filter((some) => !claimed.has(some))).toEqual([]);
    });
    fc.assert(
      fc.property(turns, key, (all, gone) => {
        const { actor, clock } = runSupervisor({ restoring: RESTORING });
        for (const next of all) {
          if (next.type === 'wait') clock.increment(next.ms);
          else actor.send(next);
        }
        actor.send({ type: 'session.released', key: gone });
        const { limits: _, restarts: __, ...rest } = actor.getSnapshot().context;
        expect(JSON.stringify(rest)).not.toContain(`"${gone}"`);
        actor.stop();
      }),
    );
  });

  it('a drain ends in bounded time, and grants nothing', () => {
    fc.assert(
      fc.property(turns, turns, (before, after) => {
        const { actor, clock, verdicts } = runSupervisor({ restoring: RESTORING });
        const send = (next: Turn) => (next.type === 'wait' ? clock.increment(next.ms) : actor.send(next));
        before.forEach(send);
        const heard = verdicts.length;
        actor.send({ type: 'node.drain' });
        for (const next of after) if (actor.getSnapshot().status === 'active') send(next);
        clock.increment(NODE_LIMITS.shutdownTimeoutMs);
        expect(actor.getSnapshot().status).toBe('done');
        expect(verdicts.slice(heard).filter(({ type }) => type === 'launch.granted')).toEqual([]);
      }),
    );
  });
});
