import { useMemo, type ReactElement } from 'react';

import type { Session, SessionHandle } from '../../src/client/index.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { useLiveSession, useLiveSessions, useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { StateLabel } from '../../visualizer/shared/state-mark.tsx';
import { EmptyState } from '../empty-state.tsx';
import { memoryOf } from '../memory/known-memory.ts';
import { useMemory } from '../memory/use-memory.ts';
import { addressOf } from '../routes.ts';
import { Age, Story } from '../status-text.tsx';
import { consoleWords } from '../words/index.ts';
import { LaterChart } from './later-chart.tsx';
import { LinkCode } from './link-code.tsx';
import { SessionActions } from './session-actions.tsx';
import { SessionFacts } from './session-facts.tsx';
import { SessionHistory } from './session-history.tsx';
import { SessionOutbox } from './session-outbox.tsx';
import { SimulatedPhone } from './simulated-phone.tsx';

/** One session: how it is, what can be done, and what it went through. */
export function SessionPage({ userId, id }: { readonly userId: string; readonly id: string }): ReactElement {
  const words = useWords(consoleWords);
  const { clientFor } = useSignedIn();
  const { status } = useLiveSessions();
  const session = useLiveSession(userId, id);
  const handle = useMemo(() => clientFor(userId).session(id), [clientFor, userId, id]);
  return (
    <>
      <p className="back">
        <a href={addressOf({ page: 'list' })}>← {words.session.back}</a>
      </p>
      {session !== undefined && <KnownSession session={session} handle={handle} />}
      {session === undefined && status === 'loading' && (
        <div className="loading-rows card" role="status" aria-label={words.list.loading} />
      )}
      {session === undefined && status === 'live' && (
        <EmptyState title={words.session.absent} lead={words.session.absentLead} />
      )}
      {session === undefined && status === 'refused' && (
        <EmptyState title={words.list.refused} lead={words.problem.unreachable} tone="bad" />
      )}
    </>
  );
}

function KnownSession({
  session,
  handle,
}: {
  readonly session: Session;
  readonly handle: SessionHandle;
}): ReactElement {
  const words = useWords(consoleWords);
  const { access } = useSignedIn();
  const memory = useMemory();
  const { lastError } = session;
  return (
    <>
      <header className="session-head-card card" data-state={session.state}>
        <div className="session-title">
          <h1>
            {session.id}{' '}
            {session.userId !== access.userId && <span className="quiet">{words.session.of(session.userId)}</span>}
          </h1>
          <p role="status">
            <StateLabel state={session.state} />
            <span className="quiet small">
              <Age since={session.since} />
            </span>
          </p>
          <Story session={session} />
        </div>
        <SessionActions session={session} handle={handle} />
      </header>
      {session.state === 'waiting_qr' && <LinkCode session={session} handle={handle} />}
      <section className="card panel session-chart" aria-labelledby="chart-title">
        <div className="panel-head">
          <h2 id="chart-title">{words.session.chart}</h2>
          <a href={`/visualizer#/session/${encodeURIComponent(session.userId)}/${encodeURIComponent(session.id)}`}>
            {words.session.openChart}
          </a>
        </div>
        <div className="session-chart-place">
          <LaterChart userId={session.userId} id={session.id} />
        </div>
      </section>
      <div className="session-columns">
        <div className="column">
          {lastError !== null && (
            <section className="card panel last-error" aria-labelledby="error-title">
              <h2 id="error-title">{words.session.lastError}</h2>
              <p>{lastError.message}</p>
              <p className="quiet small">
                <span className="mono">{lastError.code}</span> · <Age since={lastError.at} />
              </p>
            </section>
          )}
          <SessionOutbox session={session} handle={handle} />
          <SessionHistory handle={handle} rev={session.rev} />
        </div>
        <div className="column">
          <SessionFacts session={session} memoryBytes={memoryOf(session, memory)} />
          <SimulatedPhone session={session} />
        </div>
      </div>
    </>
  );
}
