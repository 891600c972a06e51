import type { ReactElement } from 'react';

import { changesBetween } from '../statechart/history.ts';
import { useWords } from '../shared/language.tsx';
import { sharedWords } from '../shared/words/index.ts';
import type { KnownStep } from './use-history.ts';
import { chartWords } from './words/index.ts';

/** One step: its event, its cause, and what it changed. */
export function StepDetails({ step }: { readonly step: KnownStep }): ReactElement {
  const words = useWords(chartWords);
  const { reasons } = useWords(sharedWords);
  const { from, to, event, reason, durationMs, nodeId, before, after } = step;
  const changes = before === null || after === null ? null : changesBetween(before, after);
  const say = (value: string | number | boolean | null): string =>
    value === null ? words.history.none : String(value);
  return (
    <div className="step-details card">
      <p className="mono">
        <strong>{event}</strong>
      </p>
      <p className="mono small">
        {from} → {to}
      </p>
      <dl className="facts">
        {reason !== null && (
          <div>
            <dt>{words.history.cause}</dt>
            <dd>{reasons[reason]}</dd>
          </div>
        )}
        <div>
          <dt>{words.history.took}</dt>
          <dd>{durationMs < 1_000 ? `${durationMs} ms` : words.session.seconds(Math.round(durationMs / 1_000))}</dd>
        </div>
        {nodeId !== null && (
          <div>
            <dt>{words.history.node}</dt>
            <dd className="mono">{nodeId}</dd>
          </div>
        )}
      </dl>
      {changes === null ? (
        <p className="small quiet">{words.history.unseen}</p>
      ) : (
        <>
          <h2>{words.history.changed}</h2>
          {changes.length === 0 && <p>{words.history.nothing}</p>}
          <dl className="facts">
            {changes.map(({ fact, before: was, after: is }) => (
              <div key={fact}>
                <dt>{words.facts[fact]}</dt>
                <dd className="mono">
                  <del>{say(was)}</del> → <ins>{say(is)}</ins>
                </dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </div>
  );
}
