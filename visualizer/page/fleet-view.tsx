import { useCallback, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';

import type { SnapshotEvent } from '../../src/client/index.ts';
import { sessionChart } from '../statechart/placed/session.generated.ts';
import { stateIdOf } from '../statechart/steps.ts';
import { useLanguage, useWords } from '../shared/language.tsx';
import { nameOf } from '../shared/live-sessions.ts';
import { useLiveSessions, useSteps } from '../shared/signed-in.tsx';
import { StateLabel } from '../shared/state-mark.tsx';
import { takenBy } from './live-chart.ts';
import { placeOf } from './route.ts';
import type { Taken } from './chart-marks.ts';
import { Statechart } from './statechart.tsx';
import { chartWords } from './words/index.ts';

const STATES = ['ready', 'waiting_qr', 'authenticating', 'reconnecting', 'failed', 'disconnected'] as const;
/** However many sessions move, the picture flashes no more often. */
const FLASH_EVERY_MS = 250;
const LATEST = 14;

interface Moved {
  readonly name: string;
  readonly userId: string;
  readonly id: string;
  readonly to: string;
  readonly event: string;
  readonly rev: number;
}

/** How many sessions are in each state now, and what moves. */
export function FleetView(): ReactElement {
  const words = useWords(chartWords);
  const { language } = useLanguage();
  const { sessions, status } = useLiveSessions();
  const { taken, moves } = useMoves();
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const { value } of sessions.values()) {
      const id = stateIdOf(sessionChart.graph, value);
      found.set(id, (found.get(id) ?? 0) + 1);
    }
    return found;
  }, [sessions]);
  const total = (state: string): number => [...sessions.values()].filter((session) => session.state === state).length;
  return (
    <>
      <div className="chart-area">
        <Statechart chart={sessionChart} label={words.fleet.title} counts={counts} taken={taken} />
        {status !== 'live' && <p className="chart-note card">{status === 'loading' ? words.loading : words.refused}</p>}
        {status === 'live' && sessions.size === 0 && <p className="chart-note card">{words.noSessions}</p>}
      </div>
      <section className="side" aria-label={words.fleet.title}>
        <h2>{words.fleet.title}</h2>
        <ul className="totals">
          {STATES.map((state) => (
            <li key={state} data-state={state} data-empty={total(state) === 0}>
              <StateLabel state={state} />
              <strong>{total(state).toLocaleString(language)}</strong>
            </li>
          ))}
        </ul>
        <h2>{words.fleet.lately}</h2>
        {moves.length === 0 && <p className="quiet">{words.history.empty}</p>}
        <ol className="steps">
          {moves.map(({ name, userId, id, to, event, rev }) => (
            <li key={`${name} ${rev}`} data-state={to.split('.', 1)[0]}>
              <a href={placeOf({ view: 'session', userId, id })} title={words.fleet.open}>
                <span>{name}</span>
                <span className="mono to">{to}</span>
                <span className="mono quiet">{event}</span>
              </a>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

/** What moves, of all sessions. Moves that come together flash together. */
function useMoves(): { readonly taken: Taken | null; readonly moves: readonly Moved[] } {
  const { live } = useLiveSnapshot();
  const values = useRef(new Map<string, string>());
  const waiting = useRef<Moved[]>([]);
  const edges = useRef(new Set<string>());
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const [shown, setShown] = useState<{ readonly taken: Taken | null; readonly moves: readonly Moved[] }>({
    taken: null,
    moves: [],
  });

  const hear = useCallback(
    ({ session, event }: SnapshotEvent) => {
      const name = nameOf(session);
      const from = values.current.get(name) ?? live.current.get(name)?.value;
      values.current.set(name, session.value);
      if (event === null || from === undefined || from === session.value) return;
      const { userId, id, value: to, rev, reason } = session;
      waiting.current.push({ name, userId, id, to, event, rev });
      for (const edge of takenBy({ from, to, event, reason })) edges.current.add(edge);
      timer.current ??= setTimeout(() => {
        timer.current = undefined;
        const news = waiting.current.splice(0).toReversed();
        const taken = { edges: [...edges.current], key: `${news[0]?.name} ${news[0]?.rev}` };
        edges.current.clear();
        setShown(({ moves }) => ({ taken, moves: [...news, ...moves].slice(0, LATEST) }));
      }, FLASH_EVERY_MS);
    },
    [live],
  );
  useSteps(hear);
  useEffect(() => () => clearTimeout(timer.current), []);
  return shown;
}

/** The sessions as they were last shown, without being drawn anew for each. */
function useLiveSnapshot(): { readonly live: { readonly current: ReadonlyMap<string, { readonly value: string }> } } {
  const { sessions } = useLiveSessions();
  const live = useRef<ReadonlyMap<string, { readonly value: string }>>(sessions);
  useEffect(() => {
    live.current = sessions;
  }, [sessions]);
  return { live };
}
