import { useId, useState, type FormEvent, type ReactElement } from 'react';

import type { SessionHandle } from '../../src/client/index.ts';
import { useWords } from '../../visualizer/shared/language.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';

/** A small form that sends a text. It waits in the outbox where the session is not ready. */
export function SendText({
  handle,
  onSent,
}: {
  readonly handle: SessionHandle;
  readonly onSent: () => void;
}): ReactElement {
  const words = useWords(consoleWords).outbox;
  const [toId, textId] = [useId(), useId()];
  const [to, setTo] = useState('');
  const [text, setText] = useState('');
  const [isSending, setIsSending] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const send = async (): Promise<void> => {
    setIsSending(true);
    setProblem(null);
    try {
      await handle.messages.send({ to: to.replace(/^\+/, '').replaceAll(' ', ''), text });
      setText('');
      onSent();
    } catch (error) {
      setProblem(error);
    }
    setIsSending(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void send();
  };
  return (
    <form className="form send-text" onSubmit={submit}>
      <div className="field">
        <label htmlFor={toId}>{words.to}</label>
        <input
          id={toId}
          type="text"
          required
          autoComplete="off"
          spellCheck={false}
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
      </div>
      <div className="field">
        <label htmlFor={textId}>{words.text}</label>
        <textarea
          id={textId}
          required
          rows={2}
          maxLength={65_536}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div className="form-end">
        <button className="button primary" type="submit" disabled={isSending} aria-busy={isSending}>
          {words.send}
        </button>
      </div>
      {problem !== null && <ProblemNotice problem={problem} onDismiss={() => setProblem(null)} />}
    </form>
  );
}
