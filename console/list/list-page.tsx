import { useDeferredValue, useEffect, useMemo, useRef, useState, type ReactElement } from 'react';

import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useLiveSessions, useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { EmptyState } from '../empty-state.tsx';
import { memoryOf } from '../memory/known-memory.ts';
import { useMemory } from '../memory/use-memory.ts';
import { whyOf } from '../status-text.tsx';
import { consoleWords } from '../words/index.ts';
import { NewSession } from './new-session.tsx';
import { countStates, ORDERS, select, type Order, type Wish } from './session-order.ts';
import { SessionTable } from './session-table.tsx';
import { StateFilter } from './state-filter.tsx';

const EVERYTHING: Wish = { search: '', states: new Set(), order: 'name' };

/** What was wished for outlives a look at a single session. */
let lastWish = EVERYTHING;

/** All sessions, live. */
export function ListPage(): ReactElement {
  const words = useWords(consoleWords);
  const shared = useWords(sharedWords);
  const { language } = useLanguage();
  const { access } = useSignedIn();
  const { status, sessions, error } = useLiveSessions();
  const memory = useMemory();
  const [wish, setWish] = useState(lastWish);
  const [isCreating, setIsCreating] = useState(false);
  const change = (part: Partial<Wish>): void => {
    lastWish = { ...wish, ...part };
    setWish(lastWish);
  };
  const search = useDeferredValue(wish.search);
  const shown = useMemo(
    () =>
      select(
        sessions.values(),
        { ...wish, search },
        { explain: (session) => whyOf(session, words, shared), memoryOf: (session) => memoryOf(session, memory) },
      ),
    [sessions, wish, search, words, shared, memory],
  );
  const counts = useMemo(() => countStates(sessions.values()), [sessions]);
  const field = useSearchKey();
  const isEmpty = status === 'live' && sessions.size === 0;
  const mayCreate = access.scope !== 'read_only';
  const newSession = (
    <button className="button primary" type="button" onClick={() => setIsCreating(true)}>
      {words.create.open}
    </button>
  );
  const isFiltered = wish.search !== '' || wish.states.size > 0;

  return (
    <>
      <div className="page-head">
        <h1>{words.list.title}</h1>
        {mayCreate && sessions.size > 0 && newSession}
      </div>
      {isCreating && <NewSession onClose={() => setIsCreating(false)} />}
      {status === 'refused' && (
        <EmptyState title={words.list.refused} lead={error?.message ?? words.problem.unreachable} tone="bad" />
      )}
      {status === 'loading' && <LoadingRows label={words.list.loading} />}
      {isEmpty && (
        <EmptyState title={words.list.none} lead={words.list.noneLead}>
          {mayCreate && newSession}
        </EmptyState>
      )}
      {status === 'live' && sessions.size > 0 && (
        <>
          <StateFilter counts={counts} chosen={wish.states} onChoose={(states) => change({ states })} />
          <div className="list-tools">
            <input
              ref={field}
              type="search"
              value={wish.search}
              placeholder={words.list.search}
              aria-label={words.list.search}
              onChange={(event) => change({ search: event.target.value })}
            />
            <select
              value={wish.order}
              aria-label={words.list.sort}
              onChange={(event) => change({ order: orderOf(event.target.value) })}
            >
              {ORDERS.map((order) => (
                <option key={order} value={order}>
                  {words.list.sorts[order]}
                </option>
              ))}
            </select>
            <p className="quiet small list-count" role="status">
              {words.list.shown(shown.length.toLocaleString(language), sessions.size.toLocaleString(language))}
            </p>
          </div>
          {shown.length > 0 && <SessionTable sessions={shown} memory={memory} showsUser={access.scope === 'admin'} />}
          {shown.length === 0 && (
            <EmptyState title={words.list.nothingFound} lead={words.list.nothingFoundLead}>
              {isFiltered && (
                <button className="button" type="button" onClick={() => change({ search: '', states: new Set() })}>
                  {words.list.clear}
                </button>
              )}
            </EmptyState>
          )}
        </>
      )}
    </>
  );
}

function orderOf(value: string): Order {
  return ORDERS.find((order) => order === value) ?? 'name';
}

function LoadingRows({ label }: { readonly label: string }): ReactElement {
  return (
    <div className="loading-rows card" role="status" aria-label={label}>
      {Array.from({ length: 6 }, (_, index) => (
        <span key={index} className="loading-row" />
      ))}
    </div>
  );
}

/** The slash leads to the search, as in other consoles. */
function useSearchKey() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof HTMLElement && event.target.closest('input, textarea, select, dialog') !== null;
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      field.current?.focus();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
  return field;
}
