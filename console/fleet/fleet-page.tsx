import type { ReactElement, ReactNode } from 'react';

import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useFleet } from '../../visualizer/shared/use-fleet.ts';
import { EmptyState } from '../empty-state.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';
import { FleetMoves } from './fleet-moves.tsx';
import { FleetNodeCard } from './fleet-node.tsx';
import { Meter } from './meter.tsx';
import { sharesOf, skewOf } from './node-shares.ts';
import { useServiceLevel } from './use-service-level.ts';

/** Of the time in which sessions are wanted, what may be missed is a thousandth. */
const OBJECTIVE = 0.999;

/** The nodes, what they carry, and what waits; for admins. */
export function FleetPage(): ReactElement {
  const words = useWords(consoleWords);
  const view = useFleet();
  return (
    <>
      <div className="page-head">
        <h1>{words.fleet.title}</h1>
      </div>
      {view.status === 'failed' && <ProblemNotice problem={view.problem} />}
      {view.status === 'loading' ? (
        <div className="loading-rows card" role="status" aria-label={words.fleet.loading} />
      ) : (
        view.fleet !== null && <Fleet fleet={view.fleet} />
      )}
    </>
  );
}

function Fleet({ fleet }: { readonly fleet: FleetResource }): ReactElement {
  const words = useWords(consoleWords).fleet;
  const { language } = useLanguage();
  const number = (value: number): string => value.toLocaleString(language);
  const { nodes, queue, sessions, breakers } = fleet;
  const level = useServiceLevel();
  const shares = sharesOf(fleet);
  const { builds, setOtherwise } = skewOf(nodes);
  return (
    <>
      {builds > 1 && <p className="notice">{words.severalBuilds(number(builds))}</p>}
      <dl className="tiles">
        <Tile label={words.wanted} value={number(sessions.wanted)} note={words.of(number(sessions.max))}>
          <Meter value={sessions.wanted} max={sessions.max} label={words.wanted} />
        </Tile>
        <Tile label={words.waiting} value={number(queue.waiting)} tone={queue.waiting > 0 ? 'warn' : 'calm'} />
        <Tile label={words.breakers} value={number(breakers.open)} tone={breakers.open > 0 ? 'bad' : 'calm'} />
        <Tile label={words.nodes} value={number(nodes.length)} />
        <Tile
          label={words.level}
          value={level === null ? '–' : percent(level, language)}
          note={words.objective(percent(OBJECTIVE, language))}
          tone={level !== null && level < OBJECTIVE ? 'warn' : 'calm'}
        />
      </dl>
      {nodes.length === 0 ? (
        <EmptyState title={words.nodes} lead={words.none} tone="bad" />
      ) : (
        <ul className="fleet-nodes">
          {nodes.map((node) => (
            <FleetNodeCard
              key={node.nodeId}
              node={node}
              share={shares.get(node.nodeId)}
              isSetOtherwise={setOtherwise.has(node.nodeId)}
            />
          ))}
        </ul>
      )}
      <FleetMoves />
    </>
  );
}

/** Rounded down: 99.9996 % is not all. */
function percent(part: number, language: string): string {
  const parts = Math.floor(part * 100_000) / 100_000;
  return parts.toLocaleString(language, { style: 'percent', maximumFractionDigits: 3 });
}

interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly tone?: 'calm' | 'warn' | 'bad';
  readonly children?: ReactNode;
}

function Tile({ label, value, note, tone = 'calm', children }: TileProps): ReactElement {
  return (
    <div className="tile card" data-tone={tone}>
      <dt className="quiet small">{label}</dt>
      <dd>
        <strong>{value}</strong> {note !== undefined && <span className="quiet">{note}</span>}
        {children}
      </dd>
    </div>
  );
}
