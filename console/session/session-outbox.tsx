import { useState, type ReactElement } from 'react';

import { ApiError, type MessageRecord, type Session, type SessionHandle } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { Age } from '../status-text.tsx';
import { consoleWords } from '../words/index.ts';
import { SendText } from './send-text.tsx';
import { useOutbox, type Outbox } from './use-outbox.ts';

const WAYS = ['sent', 'failed', 'resend'] as const;

/** What a session has to send: how much, what holds it, what nobody knows of. What messages say is not shown. */
export function SessionOutbox({
  session,
  handle,
}: {
  readonly session: Session;
  readonly handle: SessionHandle;
}): ReactElement {
  const words = useWords(consoleWords).outbox;
  const { access } = useSignedIn();
  const { outbox, look } = useOutbox(handle);
  const [problem, setProblem] = useState<unknown>(null);
  const mayWrite = access.scope !== 'read_only';

  const resolve = async (id: string, as: (typeof WAYS)[number]): Promise<void> => {
    setProblem(null);
    try {
      await handle.messages.resolve(id, as);
    } catch (error) {
      // It was found out meanwhile: that is shown next.
      if (!(error instanceof ApiError && error.code === 'NOT_UNKNOWN')) setProblem(error);
    }
    look();
  };
  return (
    <section className="card panel outbox" aria-labelledby="outbox-title">
      <h2 id="outbox-title">{words.title}</h2>
      {outbox === null ? (
        <span className="loading-row" />
      ) : (
        <>
          <Waiting outbox={outbox} />
          {outbox.unknown.length > 0 && (
            <div className="notice">
              <p>
                <strong>{words.unknown(outbox.unknown.length)}</strong> {words.unknownLead}
              </p>
              <ul className="outbox-list" aria-label={words.unknown(outbox.unknown.length)}>
                {outbox.unknown.map((message) => (
                  <li key={message.id}>
                    <Line message={message} />
                    {mayWrite && (
                      <span className="outbox-ways" role="group" aria-label={words.resolve(message.to)}>
                        {WAYS.map((as) => (
                          <button
                            key={as}
                            className="button"
                            type="button"
                            onClick={() => void resolve(message.id, as)}
                          >
                            {words.ways[as]}
                          </button>
                        ))}
                      </span>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {outbox.recent.length > 0 && (
            <ul className="outbox-list" aria-label={words.recent}>
              {outbox.recent.map((message) => (
                <li key={message.id}>
                  <Line message={message} />
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {problem !== null && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
      {mayWrite && <SendText key={session.id} handle={handle} onSent={look} />}
    </section>
  );
}

/** How many wait, since when, and for what. */
function Waiting({ outbox: { waiting, isCut } }: { readonly outbox: Outbox }): ReactElement {
  const words = useWords(consoleWords).outbox;
  const { language } = useLanguage();
  const [oldest] = waiting;
  if (oldest === undefined) return <p className="quiet">{words.empty}</p>;
  const { heldBy, sendAt } = oldest;
  return (
    <p>
      {words.waiting(`${waiting.length}${isCut ? '+' : ''}`)} · {words.oldest} <Age since={oldest.createdAt} />
      {heldBy !== null && ` · ${words.heldBy[heldBy]}`}
      {heldBy === 'schedule' && sendAt !== null && ` ${new Date(sendAt).toLocaleString(language)}`}
    </p>
  );
}

function Line({ message }: { readonly message: MessageRecord }): ReactElement {
  const words = useWords(consoleWords).outbox;
  return (
    <span className="outbox-line">
      <span className="outbox-status" data-status={message.status}>
        {words.statuses[message.status]}
      </span>
      <span className="mono">{message.to}</span>
      <span className="quiet small">
        {words.types[message.type]} · <Age since={message.createdAt} />
        {message.error !== null && ` · ${message.error.message}`}
      </span>
    </span>
  );
}
