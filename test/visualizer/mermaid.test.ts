import { createMachine } from 'xstate';
import { describe, expect, it } from 'vitest';

import { graphOf } from '../../visualizer/graph.ts';
import { mermaidOf, overviewOf } from '../../visualizer/mermaid.ts';

const door = graphOf(
  createMachine({
    id: 'door',
    description: 'A door.',
    initial: 'shut',
    on: { FIRE: { target: '.open.wide' } },
    states: {
      shut: {
        on: {
          PUSH: [{ guard: 'isLocked' }, { guard: 'isLight', target: 'open' }, { target: 'gone' }],
          PULL: { target: 'open' },
          KNOCK: { actions: 'hear' },
        },
      },
      open: {
        initial: 'ajar',
        after: { draught: { target: 'shut' } },
        on: { 'KICK;"#:': { target: '.wide' } },
        states: {
          ajar: { on: { PUSH: { guard: 'isLight', target: 'wide' } } },
          wide: { always: { guard: 'isTorn', target: '#door.gone' } },
        },
      },
      gone: { type: 'final' },
    },
  }),
);

describe('the Mermaid chart', () => {
  it('nests states, draws one arrow for all edges between two of them, and guards only where they decide', () => {
    expect(mermaidOf(door)).toBe(`stateDiagram-v2
%% A door.
  state "shut" as shut
  state "open" as open {
    state "ajar" as open__ajar
    state "wide" as open__wide
    [*] --> open__ajar
    state "in any state" as open__anywhere
    open__anywhere --> open__wide: KICK#59;#34;#35;#58;
    open__ajar --> open__wide: PUSH
  }
  state "gone" as gone
  gone --> [*]
  [*] --> shut
  state "in any state" as anywhere
  anywhere --> open__wide: FIRE
  shut --> open: PUSH [isLight]<br/>PULL
  shut --> gone: PUSH [otherwise]
  open --> shut: after draught
  open__wide --> gone: [isTorn]
`);
  });

  it('shrinks to the states at the top', () => {
    expect(overviewOf(door)).toBe(`stateDiagram-v2
%% A door.
  state "shut" as shut
  state "open" as open
  state "gone" as gone
  [*] --> shut
  state "in any state" as anywhere
  anywhere --> open: FIRE
  shut --> open: PUSH [isLight]<br/>PULL
  shut --> gone: PUSH [otherwise]
  open --> shut: after draught
  open --> gone: [isTorn]
`);
  });
});
