import type { ReactElement } from 'react';

import { useWords } from '../shared/language.tsx';
import type { KnownStep } from './use-history.ts';
import { chartWords } from './words/index.ts';

interface HistoryTrackProps {
  readonly steps: readonly KnownStep[];
  readonly index: number;
  /** A step is looked at, not the present. */
  readonly isPast: boolean;
  readonly onPick: (rev: number | null) => void;
}

/** The history as a track to drag along: a mark for each step, in the colour of the state it led to. */
export function HistoryTrack({ steps, index, isPast, onPick }: HistoryTrackProps): ReactElement | null {
  const words = useWords(chartWords).history;
  if (steps.length === 0) return null;
  const step = steps[index];
  return (
    <div className="track">
      <div className="track-line">
        <div className="track-marks" aria-hidden="true">
          {steps.map(({ rev, to }, at) => (
            <span key={rev} data-state={to.split('.', 1)[0]} data-here={at === index} />
          ))}
        </div>
        <input
          type="range"
          min={0}
          max={steps.length - 1}
          value={Math.max(0, index)}
          aria-label={words.track}
          aria-valuetext={
            step === undefined ? words.now : `${words.step(index + 1, steps.length)}: ${step.to}, ${step.event}`
          }
          onChange={({ target }) => onPick(steps[Number(target.value)]?.rev ?? null)}
        />
      </div>
      <button type="button" className="button" disabled={!isPast} onClick={() => onPick(null)}>
        {isPast ? words.live : words.now}
      </button>
    </div>
  );
}
