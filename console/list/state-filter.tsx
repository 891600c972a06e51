import type { ReactElement } from 'react';

import type { SessionState } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { StateMark } from '../../visualizer/shared/state-mark.tsx';
import { STATES } from '../../visualizer/shared/states.ts';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { consoleWords } from '../words/index.ts';

interface StateFilterProps {
  readonly counts: Readonly<Record<SessionState, number>>;
  readonly chosen: ReadonlySet<SessionState>;
  readonly onChoose: (states: ReadonlySet<SessionState>) => void;
}

/** How many sessions are in each state; a press shows only those. */
export function StateFilter({ counts, chosen, onChoose }: StateFilterProps): ReactElement {
  const words = useWords(consoleWords);
  const { states } = useWords(sharedWords);
  const { language } = useLanguage();
  const toggle = (state: SessionState): void => {
    const next = new Set(chosen);
    if (!next.delete(state)) next.add(state);
    onChoose(next);
  };
  return (
    <div className="state-filter" role="group" aria-label={words.list.filter}>
      {STATES.map((state) => (
        <button
          key={state}
          type="button"
          className="state-tile"
          data-state={state}
          data-none={counts[state] === 0}
          aria-pressed={chosen.has(state)}
          onClick={() => toggle(state)}
        >
          <span className="state-count">
            {counts[state].toLocaleString(language)}
            <StateMark state={state} />
          </span>
          <span className="state-name">{states[state]}</span>
        </button>
      ))}
    </div>
  );
}
