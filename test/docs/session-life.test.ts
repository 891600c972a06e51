import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { causes, sessionMachine } from '../../machines/session.machine.ts';
import { SESSION_TAGS } from '../../src/domain/session.ts';
import { page, table } from './markdown.ts';

const life = page('docs/session-life.md');
const unquoted = (text = ''): string => text.replaceAll('`', '');

describe('The page of a session’s life', () => {
  it('shows the chart as it is exported', () => {
    expect(life.text).toContain(readFileSync('machines/session.overview.mmd', 'utf8').trimEnd());
  });

  it('shows every cause with what follows and why', () => {
    const rows = table(life, 'cause').map(([cause, follows, why]) => ({ cause: unquoted(cause), follows, why }));
    expect(rows).toEqual(Object.entries(causes).map(([cause, { follows, why }]) => ({ cause, follows, why })));
  });

  it('has the substates of each state but those that last no time', () => {
    const shown = Object.fromEntries(
      table(life, 'state').map(([state, substates = '']) => [unquoted(state), unquoted(substates).split(' ')]),
    );
    const lasting = Object.entries(sessionMachine.root.states).map(([state, { states }]) => {
      const substates = Object.entries(states).filter(([, { always }]) => (always ?? []).length === 0);
      return [state, substates.map(([name]) => name)];
    });
    expect(shown).toEqual(Object.fromEntries(lasting));
  });

  it('has every tag', () => {
    expect(table(life, 'tag').map(([tag]) => unquoted(tag))).toEqual([...SESSION_TAGS]);
  });
});
