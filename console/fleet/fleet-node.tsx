import type { ReactElement, ReactNode } from 'react';

import type { FleetResource } from '../../src/api/routes/fleet-routes.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useNow } from '../../visualizer/shared/now.ts';
import { StateMark } from '../../visualizer/shared/state-mark.tsx';
import { STATES } from '../../visualizer/shared/states.ts';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { durationText } from '../duration.ts';
import { consoleWords } from '../words/index.ts';
import { DrainButton } from './drain-button.tsx';
import { Meter } from './meter.tsx';
import type { NodeShare } from './node-shares.ts';

type FleetNode = FleetResource['nodes'][number];

interface FleetNodeCardProps {
  readonly node: FleetNode;
  readonly share: NodeShare | undefined;
  /** Its limits are not those of the others. */
  readonly isSetOtherwise: boolean;
}

/** One node: what it carries, what is its part, what holds it up, and how to take it out of service. */
export function FleetNodeCard({ node, share, isSetOtherwise }: FleetNodeCardProps): ReactElement {
  const words = useWords(consoleWords).fleet;
  const { language } = useLanguage();
  const now = useNow();
  const running = STATES.filter((state) => state !== 'disconnected').reduce(
    (sum, state) => sum + node.sessions[state],
    0,
  );
  const ago = (instant: string): string => durationText(now - Date.parse(instant), language);
  return (
    <li className="fleet-node card">
      <header>
        <h2 className="mono">{node.nodeId}</h2>
        <p className="quiet small">
          {words.roles[node.role]} · {node.version}
          {node.build !== null && <span className="mono"> {node.build}</span>} · {words.up(ago(node.startedAt))} ·{' '}
          {words.seen(ago(node.lastSeenAt))}
        </p>
        <DrainButton node={node} />
      </header>
      <div className="node-capacity">
        <p>
          <span className="quiet">{words.capacity}</span> <strong>{running.toLocaleString(language)}</strong>{' '}
          {words.of(node.capacity.toLocaleString(language))}
        </p>
        <Meter value={running} max={node.capacity} label={words.capacity} />
        <StateBar counts={node.sessions} />
      </div>
      <dl className="node-facts">
        {share !== undefined && (
          <Fact label={words.share}>
            {words.carriedOf(share.carried.toLocaleString(language), share.share.toLocaleString(language))}
          </Fact>
        )}
        {node.draining && <Fact label={words.drainLabel}>{words.drains}</Fact>}
        {isSetOtherwise && node.limits !== null && (
          <Fact label={words.limits} tone="bad">
            {words.ownLimits(
              node.limits.maxSessions.toLocaleString(language),
              node.limits.maxSessionsPerUser.toLocaleString(language),
            )}
          </Fact>
        )}
        <Fact label={words.launching}>{node.launching}</Fact>
        <Fact label={words.slots}>{node.waiting}</Fact>
        {node.supervisor !== null && <Fact label={words.supervisor}>{words.supervisorStates[node.supervisor]}</Fact>}
        <Fact label={words.breaker} tone={node.breaker === 'closed' ? 'calm' : 'bad'}>
          {words.breakerStates[node.breaker]}
        </Fact>
        <Fact label={words.pressure} tone={node.pressure === 'normal' ? 'calm' : 'bad'}>
          {words.pressures[node.pressure]}
        </Fact>
        <Fact label={words.memory}>
          {(node.memory.rssBytes / 2 ** 20).toLocaleString(language, { maximumFractionDigits: 0 })} MB
        </Fact>
      </dl>
    </li>
  );
}

function Fact({
  label,
  tone = 'calm',
  children,
}: {
  readonly label: string;
  readonly tone?: 'calm' | 'bad';
  readonly children: ReactNode;
}): ReactElement {
  return (
    <div data-tone={tone}>
      <dt className="quiet small">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function StateBar({ counts }: { readonly counts: FleetNode['sessions'] }): ReactElement {
  const words = useWords(consoleWords).fleet;
  const { states } = useWords(sharedWords);
  const { language } = useLanguage();
  const present = STATES.filter((state) => counts[state] > 0);
  if (present.length === 0) return <p className="quiet small">{words.idle}</p>;
  return (
    <ul className="node-states" aria-label={words.sessions}>
      {present.map((state) => (
        <li key={state} data-state={state}>
          <StateMark state={state} /> {counts[state].toLocaleString(language)}{' '}
          <span className="small">{states[state]}</span>
        </li>
      ))}
    </ul>
  );
}
