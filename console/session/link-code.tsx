import { useId, useMemo, useState, type FormEvent, type ReactElement } from 'react';

import type { SessionHandle, WaitingSession } from '../../src/client/index.ts';
import { useQrDrawing } from '../../src/client/react/qr-drawing.ts';
import { useSecondsLeft } from '../../src/client/react/use-seconds-left.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { durationText } from '../duration.ts';
import { ProblemNotice } from '../problem-notice.tsx';
import { consoleWords } from '../words/index.ts';

/**
 * The code to scan or to type, its age, and how it is done. Drawn in the page: no code is in an address or kept
 * anywhere.
 */
export function LinkCode({
  session,
  handle,
}: {
  readonly session: WaitingSession;
  readonly handle: SessionHandle;
}): ReactElement {
  const words = useWords(consoleWords).code;
  const { access } = useSignedIn();
  const { qr, pairingCode } = session;
  const steps = pairingCode === null ? words.steps : words.typeSteps;
  return (
    <section className="link-code card" aria-labelledby="link-code-title">
      <div className="link-code-picture">
        {qr !== null && <QrPicture handle={handle} code={qr.code} />}
        {pairingCode !== null && (
          <p className="pairing-code mono">{pairingCode.code.replace(/^(.{4})(.{4})$/, '$1-$2')}</p>
        )}
        <TimeLeft code={qr ?? pairingCode} />
      </div>
      <div className="link-code-how">
        <h2 id="link-code-title">{words.title}</h2>
        <ol className="steps">
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
        {qr !== null && access.scope !== 'read_only' && <AskForCode handle={handle} />}
      </div>
    </section>
  );
}

function QrPicture({ handle, code }: { readonly handle: SessionHandle; readonly code: string }): ReactElement {
  const words = useWords(consoleWords).code;
  const drawing = useQrDrawing(handle, code);
  if (drawing === null) return <div className="qr qr-drawing" role="status" aria-label={words.drawing} />;
  return (
    <svg
      className="qr"
      role="img"
      aria-label={words.qr}
      viewBox={`0 0 ${drawing.size} ${drawing.size}`}
      shapeRendering="crispEdges"
    >
      <path d={drawing.path} stroke="#000" />
    </svg>
  );
}

function TimeLeft({
  code,
}: {
  readonly code: { readonly code: string; readonly issuedAt: string; readonly expiresAt: string };
}): ReactElement {
  const words = useWords(consoleWords).code;
  const { language } = useLanguage();
  const secondsLeft = useSecondsLeft(code) ?? 0;
  const life = useMemo(
    () => Math.max(1, (Date.parse(code.expiresAt) - Date.parse(code.issuedAt)) / 1_000),
    [code.expiresAt, code.issuedAt],
  );
  return (
    <div className="time-left">
      <span className="time-track" aria-hidden="true">
        <span style={{ transform: `scaleX(${Math.min(1, secondsLeft / life)})` }} />
      </span>
      <small className="quiet" aria-hidden="true">
        {words.renewed(durationText(secondsLeft * 1_000, language))}
      </small>
      <News code={code.code} text={words.changed} />
    </div>
  );
}

/** Tells a screen reader of each code but the first, which it finds by itself. */
function News({ code, text }: { readonly code: string; readonly text: string }): ReactElement {
  const [first] = useState(code);
  return (
    <span className="unseen" role="status" key={code}>
      {code === first ? '' : text}
    </span>
  );
}

function AskForCode({ handle }: { readonly handle: SessionHandle }): ReactElement {
  const words = useWords(consoleWords);
  const [phone, setPhone] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);
  const field = useId();
  const ask = async (): Promise<void> => {
    setIsSending(true);
    setProblem(null);
    try {
      await handle.pairingCode(phone.replaceAll(/[^\d]/g, ''));
    } catch (error) {
      setProblem(error);
    }
    setIsSending(false);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void ask();
  };
  return (
    <details className="instead">
      <summary>{words.code.instead}</summary>
      <form className="form" onSubmit={submit}>
        <div className="field">
          <label htmlFor={field}>{words.create.phone}</label>
          <div className="field-row">
            <input
              id={field}
              type="tel"
              required
              pattern="\+?[0-9 ]{7,20}"
              placeholder="5215550001111"
              autoComplete="tel"
              value={phone}
              onChange={(event) => setPhone(event.target.value)}
            />
            <button className="button" type="submit" disabled={isSending}>
              {words.code.get}
            </button>
          </div>
        </div>
        {problem !== null && <ProblemNotice problem={problem} />}
      </form>
    </details>
  );
}
