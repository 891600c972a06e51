import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react';

import type { Session } from '../../src/client/index.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { nameOf } from '../../visualizer/shared/live-sessions.ts';
import { memoryOf, type KnownMemory } from '../memory/known-memory.ts';
import { consoleWords } from '../words/index.ts';
import { SessionRow } from './session-row.tsx';

/** As in the styles. */
const ROW_PX = 60;
const NARROW_ROW_PX = 84;
const NARROW = '(max-width: 60rem)';

interface SessionTableProps {
  readonly sessions: readonly Session[];
  /** Shown as a column of its own where there is any. */
  readonly memory: KnownMemory;
  readonly showsUser: boolean;
}

/** Thousands of rows, of which only those near the window are drawn. The arrow keys go from row to row. */
export function SessionTable({ sessions, memory, showsUser }: SessionTableProps): ReactElement {
  const words = useWords(consoleWords);
  const { columns } = words.list;
  const body = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const rowPx = useRowHeight();
  const showsMemory = memory.size > 0;
  const rows = useWindowVirtualizer({
    count: sessions.length,
    estimateSize: () => rowPx,
    overscan: 5,
    scrollMargin: offset,
    getItemKey: (index) => {
      const session = sessions[index];
      return session === undefined ? index : nameOf(session);
    },
  });

  useLayoutEffect(() => setOffset(body.current?.offsetTop ?? 0), [rowPx]);
  useLayoutEffect(() => rows.measure(), [rows, rowPx]);

  const move = (event: KeyboardEvent): void => {
    const row = (event.target as Element).closest('[data-index]'); // a React event within this element
    const index = Number(row?.getAttribute('data-index') ?? Number.NaN);
    const to = targetOf(event.key, index, sessions.length);
    if (to === null) return;
    event.preventDefault();
    rows.scrollToIndex(to, { align: 'auto' });
    focusRow(body, to);
  };

  return (
    <div
      className="session-table card"
      role="table"
      aria-label={words.list.title}
      aria-rowcount={sessions.length + 1}
      data-shows-user={showsUser}
      data-shows-memory={showsMemory}
    >
      <div role="rowgroup" className="session-head">
        <div role="row" aria-rowindex={1}>
          {columnsOf(showsMemory).map((name) => (
            <span role="columnheader" key={name} className={`cell-${name}`}>
              {columns[name]}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="session-body" ref={body} style={{ height: rows.getTotalSize() }} onKeyDown={move}>
        {rows.getVirtualItems().map(({ index, key, start }) => {
          const session = sessions[index];
          return session === undefined ? null : (
            <SessionRow
              key={key}
              session={session}
              index={index}
              top={start - offset}
              showsUser={showsUser}
              showsMemory={showsMemory}
              memoryBytes={memoryOf(session, memory)}
            />
          );
        })}
      </div>
    </div>
  );
}

type Column = keyof (typeof consoleWords)['en']['list']['columns'];

function columnsOf(showsMemory: boolean): readonly Column[] {
  return [
    'session',
    'state',
    'story',
    'account',
    'since',
    'node',
    ...(showsMemory ? (['memory'] as const) : []),
    'login',
  ];
}

function targetOf(key: string, index: number, count: number): number | null {
  if (Number.isNaN(index)) return null;
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + 10,
    PageUp: index - 10,
    Home: 0,
    End: count - 1,
  };
  const to = targets[key];
  return to === undefined ? null : Math.min(count - 1, Math.max(0, to));
}

/** Once the row is drawn, which scrolling has to bring about first. */
function focusRow(body: { readonly current: HTMLElement | null }, index: number, triesLeft = 10): void {
  const link = body.current?.querySelector<HTMLElement>(`[data-index="${index}"] a`);
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
  else if (triesLeft > 0) requestAnimationFrame(() => focusRow(body, index, triesLeft - 1));
}

function useRowHeight(): number {
  const [isNarrow, setIsNarrow] = useState(() => matchMedia(NARROW).matches);
  useLayoutEffect(() => {
    const query = matchMedia(NARROW);
    const change = (): void => setIsNarrow(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, []);
  return isNarrow ? NARROW_ROW_PX : ROW_PX;
}
