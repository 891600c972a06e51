import { useState, type ReactElement } from 'react';

import type { Session, SessionHandle } from '../../src/client/index.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { Dialog } from '../dialog.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';
import { actionsFor, ASKED, type Action } from './possible-actions.ts';

/** What can be done with a session now. What came of it is told by the stream, as everything else. */
export function SessionActions({
  session,
  handle,
}: {
  readonly session: Session;
  readonly handle: SessionHandle;
}): ReactElement {
  const words = useWords(consoleWords).actions;
  const { access } = useSignedIn();
  const [asked, setAsked] = useState<Action | null>(null);
  const [sending, setSending] = useState<Action | null>(null);
  const [problem, setProblem] = useState<unknown>(null);

  const act = async (action: Action): Promise<void> => {
    setAsked(null);
    setProblem(null);
    setSending(action);
    try {
      await handle[action]();
    } catch (error) {
      setProblem(error);
    }
    setSending(null);
  };

  if (access.scope === 'read_only') return <p className="quiet small">{words.readOnly}</p>;
  const [first, ...others] = actionsFor(session);
  return (
    <div className="actions" role="group" aria-label={words.title}>
      {[...(first === undefined ? [] : [first]), ...others].map((action) => (
        <button
          key={action}
          type="button"
          className={`button${styleOf(action, action === first)}`}
          disabled={sending !== null}
          aria-busy={sending === action}
          onClick={() => (ASKED.has(action) ? setAsked(action) : void act(action))}
        >
          {words[action]}
        </button>
      ))}
      {problem !== null && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      {(asked === 'logout' || asked === 'remove') && (
        <Dialog
          title={asked === 'logout' ? words.confirmLogout(session.id) : words.confirmRemove(session.id)}
          onClose={() => setAsked(null)}
        >
          <p className="quiet">{asked === 'logout' ? words.confirmLogoutLead : words.confirmRemoveLead}</p>
          <div className="form-end">
            <button className="button" type="button" autoFocus onClick={() => setAsked(null)}>
              {words.cancel}
            </button>
            <button className="button danger primary" type="button" onClick={() => void act(asked)}>
              {words[asked]}
            </button>
          </div>
        </Dialog>
      )}
    </div>
  );
}

function styleOf(action: Action, isFirst: boolean): string {
  if (action === 'remove' || action === 'logout') return ' danger';
  return isFirst && (action === 'start' || action === 'restart' || action === 'reconnect') ? ' primary' : '';
}
