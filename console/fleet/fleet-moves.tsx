import { useCallback, useState, type ReactElement } from 'react';

import type { SnapshotEvent } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useSteps } from '../../visualizer/shared/signed-in.tsx';
import { consoleWords } from '../words/index.ts';

interface Move {
  readonly key: string;
  readonly name: string;
  readonly why: 'node.rebalance' | 'node.drain';
  readonly at: string;
}

const LATEST = 5;

/** Sessions that left a node by plan, as they do so. What was before this page was opened, their histories tell. */
export function FleetMoves(): ReactElement {
  const words = useWords(consoleWords).fleet;
  const { language } = useLanguage();
  const [moves, setMoves] = useState<readonly Move[]>([]);
  const hear = useCallback(({ session, event }: SnapshotEvent) => {
    if (event !== 'node.rebalance' && event !== 'node.drain') return;
    const { userId, id, rev, updatedAt } = session;
    const move: Move = { key: `${userId}/${id} ${rev}`, name: `${userId}/${id}`, why: event, at: updatedAt };
    setMoves((before) => [move, ...before].slice(0, LATEST));
  }, []);
  useSteps(hear);
  return (
    <section className="fleet-moves card">
      <h2>{words.moves}</h2>
      {moves.length === 0 ? (
        <p className="quiet small">{words.noMoves}</p>
      ) : (
        <ul role="log">
          {moves.map(({ key, name, why, at }) => (
            <li key={key}>
              <time className="quiet small" dateTime={at}>
                {new Date(at).toLocaleTimeString(language)}
              </time>{' '}
              <span className="mono">{name}</span> <span className="small">{words.moveReasons[why]}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
