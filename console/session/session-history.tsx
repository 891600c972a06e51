import type { ReactElement } from 'react';

import type { SessionHandle, SessionState, Transition } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import type { Language } from '../../visualizer/shared/languages.ts';
import { StateMark } from '../../visualizer/shared/state-mark.tsx';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { durationText } from '../duration.ts';
import { consoleWords } from '../words/index.ts';
import { useHistory } from './history-feed.ts';

/** What a session went through, newest first. */
export function SessionHistory({
  handle,
  rev,
}: {
  readonly handle: SessionHandle;
  readonly rev: number;
}): ReactElement {
  const words = useWords(consoleWords).history;
  const { status, items, earlier, showEarlier } = useHistory(handle, rev);
  return (
    <section className="card panel history" aria-labelledby="history-title">
      <h2 id="history-title">{words.title}</h2>
      {status === 'failed' && <p className="notice bad">{words.failed}</p>}
      {status === 'loading' && <span className="loading-row" />}
      {status === 'there' && items.length === 0 && <p className="quiet">{words.none}</p>}
      <ol className="timeline">
        {items.map((step, index) => (
          <Step key={step.rev} step={step} before={items[index - 1]} />
        ))}
      </ol>
      {earlier !== null && (
        <button className="button" type="button" onClick={showEarlier}>
          {words.more}
        </button>
      )}
    </section>
  );
}

function Step({ step, before }: { readonly step: Transition; readonly before: Transition | undefined }): ReactElement {
  const words = useWords(consoleWords).history;
  const { reasons } = useWords(sharedWords);
  const { language } = useLanguage();
  const state = stateOf(step.to);
  const day = dayOf(step.at, language);
  const tellsDay = before === undefined || dayOf(before.at, language) !== day;
  return (
    <>
      {tellsDay && <li className="timeline-day quiet small">{day}</li>}
      <li className="timeline-step" data-state={state}>
        <StateMark state={state} />
        <div>
          <p>
            <span className="mono timeline-to">{step.to}</span>
            {step.reason !== null && <span className="timeline-reason">{reasons[step.reason]}</span>}
          </p>
          <p className="quiet small">
            <span className="mono">{step.event}</span> · {words.lasted(spanText(step.durationMs, language))}
            {step.nodeId !== null && before?.nodeId !== step.nodeId && ` · ${words.on(step.nodeId)}`}
          </p>
        </div>
        <time className="quiet small" dateTime={step.at}>
          {new Date(step.at).toLocaleTimeString(language)}
        </time>
      </li>
    </>
  );
}

function spanText(ms: number, language: Language): string {
  return ms < 1_000 ? `${ms} ms` : durationText(ms, language);
}

function dayOf(instant: string, language: Language): string {
  return new Date(instant).toLocaleDateString(language, { dateStyle: 'full' });
}

/** Of a value in the statechart: its first part is one of the six states. */
function stateOf(value: string): SessionState {
  return value.split('.', 1)[0] as SessionState; // the service writes no other
}
