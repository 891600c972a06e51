import { memo, type ReactElement } from 'react';

import type { Session } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { StateLabel } from '../../visualizer/shared/state-mark.tsx';
import { loginOf } from '../login.ts';
import { memoryText } from '../memory/known-memory.ts';
import { addressOf } from '../routes.ts';
import { Age, Story } from '../status-text.tsx';
import { consoleWords } from '../words/index.ts';

interface SessionRowProps {
  readonly session: Session;
  /** From 0. */
  readonly index: number;
  readonly top: number;
  readonly showsUser: boolean;
  readonly showsMemory: boolean;
  /** `null` where it is not known. */
  readonly memoryBytes: number | null;
}

/** One session. It is drawn anew only when the session is another one, or moved. */
export const SessionRow = memo(function SessionRow({
  session,
  index,
  top,
  showsUser,
  showsMemory,
  memoryBytes,
}: SessionRowProps): ReactElement {
  const words = useWords(consoleWords);
  const { language } = useLanguage();
  const { id, userId, state, phoneNumber, displayName, nodeId } = session;
  const login = words.login[loginOf(session)];
  return (
    <div
      className="session-row"
      role="row"
      aria-rowindex={index + 2}
      data-index={index}
      data-state={state}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell" className="cell-session">
        <a href={addressOf({ page: 'session', userId, id })} title={id}>
          {id}
        </a>
        {showsUser && (
          <span className="quiet small" title={userId}>
            {userId}
          </span>
        )}
      </span>
      <span role="cell" className="cell-state">
        <StateLabel state={state} />
      </span>
      <span role="cell" className="cell-story">
        <Story session={session} />
      </span>
      <span role="cell" className="cell-account">
        {displayName !== null && <span title={displayName}>{displayName}</span>}
        {phoneNumber !== null && <span className="quiet small">+{phoneNumber}</span>}
      </span>
      <span role="cell" className="cell-since quiet">
        <Age since={session.since} />
      </span>
      <span role="cell" className="cell-node quiet small" title={nodeId ?? ''}>
        {nodeId ?? '–'}
      </span>
      {showsMemory && (
        <span role="cell" className="cell-memory quiet small">
          {memoryBytes !== null && memoryText(memoryBytes, language)}
        </span>
      )}
      <span role="cell" className="cell-login quiet small" title={login.hint}>
        {login.name}
      </span>
    </div>
  );
});
