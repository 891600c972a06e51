import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { SessionState } from '../../src/client/index.ts';
import { countStates, ORDERS, select, type Knowledge, type Wish } from '../../console/list/session-order.ts';
import { STATES } from '../../visualizer/shared/states.ts';
import { session } from './sessions.ts';

const ALL: Wish = { search: '', states: new Set(), order: 'name' };
const known = { explain: (): string => '', memoryOf: (): null => null };
const ids = (wish: Partial<Wish>, sessions: ReturnType<typeof session>[], over: Partial<Knowledge> = {}): string[] =>
  select(sessions, { ...ALL, ...wish }, { ...known, ...over }).map(({ id }) => id);

const fleet = fc
  .array(
    fc.record({
      id: fc.stringMatching(/^[a-z]{1,3}$/),
      userId: fc.constantFrom('ana', 'ben'),
      state: fc.constantFrom<SessionState>(...STATES),
    }),
  )
  .map((all) => all.map(({ state, ...over }) => session(state, over)));

describe('the list', () => {
  it('shows every session once when nothing is wished for, in whatever order', () => {
    fc.assert(
      fc.property(fleet, fc.constantFrom(...ORDERS), (sessions, order) => {
        const shown = select(sessions, { ...ALL, order }, known);
        expect(new Set(shown)).toEqual(new Set(sessions));
        expect(shown).toHaveLength(sessions.length);
      }),
    );
  });

  it('shows those of the chosen states and no other', () => {
    fc.assert(
      fc.property(
        fleet,
        fc.uniqueArray(fc.constantFrom<SessionState>(...STATES), { minLength: 1 }),
        (sessions, states) => {
          const shown = select(sessions, { ...ALL, states: new Set(states) }, known);
          expect(shown).toHaveLength(sessions.filter(({ state }) => states.includes(state)).length);
        },
      ),
    );
  });

  it('finds a session by its name, user, number, node and reason, whatever the case', () => {
    const sales = session('ready', { phoneNumber: '5215550001111', nodeId: 'n7' });
    for (const search of ['SAL', 'ana', '0001111', 'n7', 'crash', 'sal ana  n7'])
      expect([search, ids({ search }, [sales], { explain: () => 'The browser crashed' })]).toEqual([search, ['sales']]);
    expect(ids({ search: 'sales ben' }, [sales])).toEqual([]);
  });

  it('puts first what waits for a person', () => {
    const sessions = STATES.map((state) => session(state, { id: state }));
    expect(ids({ order: 'attention' }, sessions)).toEqual([
      'failed',
      'waiting_qr',
      'reconnecting',
      'authenticating',
      'disconnected',
      'ready',
    ]);
  });

  it('puts the latest change first when that is wished for', () => {
    const sessions = ['a', 'b', 'c'].map((id, hour) =>
      session('ready', { id, since: `2026-11-24T1${hour}:00:00.000Z` }),
    );
    expect(ids({ order: 'newest' }, sessions)).toEqual(['c', 'b', 'a']);
  });

  it('puts first whose browser holds most memory when that is wished for, and last where that is not known', () => {
    const bytes: Readonly<Record<string, number | null>> = { a: null, b: 200, c: 300, d: 200, e: 0 };
    const sessions = Object.keys(bytes).map((id) => session('ready', { id }));
    expect(ids({ order: 'memory' }, sessions, { memoryOf: ({ id }) => bytes[id] ?? null })).toEqual([
      'c',
      'b',
      'd',
      'e',
      'a',
    ]);
  });

  it('counts each session in its state', () => {
    fc.assert(
      fc.property(fleet, (sessions) => {
        const counts = countStates(sessions);
        for (const state of STATES) expect(counts[state]).toBe(sessions.filter((one) => one.state === state).length);
      }),
    );
  });
});
