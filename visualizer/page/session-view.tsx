import type { ReactElement } from 'react';

import type { Session } from '../../src/client/index.ts';
import { lastFailure } from '../statechart/history.ts';
import { sessionChart } from '../statechart/placed/session.generated.ts';
import { useLanguage, useWords } from '../shared/language.tsx';
import { useNow } from '../shared/now.ts';
import { useLiveSession, useLiveSessions } from '../shared/signed-in.tsx';
import { StateLabel } from '../shared/state-mark.tsx';
import { ExportButton } from './export-button.tsx';
import { HistoryTrack } from './history-track.tsx';
import { activeIn, lastTaken, timersOf } from './live-chart.ts';
import { Statechart } from './statechart.tsx';
import { StepDetails } from './step-details.tsx';
import { useHistory, type KnownStep } from './use-history.ts';
import { useLook, type Look } from './use-look.ts';
import { chartWords } from './words/index.ts';

interface SessionViewProps {
  readonly userId: string;
  readonly id: string;
  readonly follow: boolean;
}

/** One session: as it is, or as it was at a step of its history. */
export function SessionView({ userId, id, follow }: SessionViewProps): ReactElement {
  const words = useWords(chartWords);
  const { status } = useLiveSessions();
  const session = useLiveSession(userId, id);
  const history = useHistory(userId, id);
  const now = useNow();
  const { steps } = history;
  const look = useLook(steps, `${userId}/${id}`);
  if (session === undefined && status === 'live') return <p className="chart-empty quiet">{words.gone}</p>;
  const { step, isPast } = look;
  const value = isPast ? step?.to : session?.value;
  return (
    <>
      <div className="chart-area" data-past={isPast}>
        <Statechart
          chart={sessionChart}
          label={words.liveOf(id)}
          active={value === undefined ? [] : activeIn(value)}
          taken={lastTaken(step, isPast ? 'past' : 'live')}
          led={look.led}
          timers={isPast || session === undefined ? [] : timersOf(session, now)}
          follow={follow}
        />
        <HistoryTrack steps={steps} index={look.index} isPast={isPast} onPick={look.pick} />
      </div>
      <section className="side" aria-label={words.history.title}>
        {session !== undefined && !isPast && <Present session={session} now={now} />}
        <div className="side-actions">
          <TraceButtons steps={steps} look={look} />
          {session !== undefined && <ExportButton session={session} steps={steps} />}
        </div>
        {step !== undefined && <StepDetails step={step} />}
        <Steps history={history} rev={isPast ? look.rev : null} onPick={look.pick} />
        <p className="unseen" role="status">
          {step !== undefined && !isPast && words.session.announce(step.to, step.event)}
        </p>
      </section>
    </>
  );
}

interface TraceButtonsProps {
  readonly steps: readonly KnownStep[];
  readonly look: Look;
}

/** To what failed last, and to what led to the step that is looked at. */
function TraceButtons({ steps, look: { step, isTracing, pick, trace } }: TraceButtonsProps): ReactElement {
  const words = useWords(chartWords).history;
  const failure = lastFailure(steps, steps.length - 1);
  return (
    <>
      <button
        type="button"
        className="button"
        disabled={failure === null}
        onClick={() => {
          pick(steps[failure ?? 0]?.rev ?? null);
          trace(true);
        }}
      >
        {words.lastFailure}
      </button>
      <button
        type="button"
        className="button"
        aria-pressed={isTracing}
        disabled={step === undefined}
        onClick={() => trace(!isTracing)}
      >
        {isTracing ? words.forget : words.ledHere}
      </button>
    </>
  );
}

function Present({ session, now }: { readonly session: Session; readonly now: number }): ReactElement {
  const words = useWords(chartWords);
  const seconds = (ms: number): string => words.session.seconds(Math.max(0, Math.round(ms / 1_000)));
  const [timer] = timersOf(session, now);
  return (
    <div className="present">
      <StateLabel state={session.state} />
      <dl className="facts">
        <div>
          <dt>{words.session.inState}</dt>
          <dd>{seconds(now - Date.parse(session.since))}</dd>
        </div>
        {timer !== undefined && (
          <div>
            <dt>{words.session[timer.delay === null ? 'qr' : waitOf(session)]}</dt>
            <dd>{words.session.seconds(timer.secondsLeft)}</dd>
          </div>
        )}
        {session.queue !== null && (
          <div>
            <dt>{words.session.place}</dt>
            <dd>{session.queue.position}</dd>
          </div>
        )}
      </dl>
    </div>
  );
}

/** What a session that waits is waiting for. */
function waitOf({ state, reason }: Session): 'takeover' | 'next' {
  return state === 'reconnecting' && reason === 'conflict' ? 'takeover' : 'next';
}

interface StepsProps {
  readonly history: ReturnType<typeof useHistory>;
  readonly rev: number | null;
  readonly onPick: (rev: number | null) => void;
}

function Steps({ history: { status, steps, loadOlder }, rev, onPick }: StepsProps): ReactElement {
  const words = useWords(chartWords).history;
  const { language } = useLanguage();
  if (status === 'failed') return <p className="notice bad">{words.failed}</p>;
  if (status === 'known' && steps.length === 0) return <p className="quiet">{words.empty}</p>;
  return (
    <>
      <ol className="steps">
        {steps.toReversed().map((step) => (
          <li key={step.rev} data-state={step.to.split('.', 1)[0]} aria-current={step.rev === rev ? 'step' : undefined}>
            <button type="button" onClick={() => onPick(step.rev === rev ? null : step.rev)}>
              <time dateTime={step.at}>{new Date(step.at).toLocaleTimeString(language)}</time>
              <span className="mono to">{step.to}</span>
              <span className="mono quiet">{step.event}</span>
            </button>
          </li>
        ))}
      </ol>
      {loadOlder !== null && (
        <button type="button" className="button" onClick={loadOlder}>
          {words.older}
        </button>
      )}
    </>
  );
}
