import { useId, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';

import { useWords } from '../../visualizer/shared/language.tsx';
import { useSignedIn } from '../../visualizer/shared/signed-in.tsx';
import { Dialog } from '../dialog.tsx';
import { ProblemNotice } from '../problem-notice.tsx';
import { go } from '../routes.ts';
import { consoleWords } from '../words/index.ts';

type Link = 'qr' | 'code' | 'later';
const LINKS: readonly Link[] = ['qr', 'code', 'later'];

/** Makes a session, and goes to it. */
export function NewSession({ onClose }: { readonly onClose: () => void }): ReactElement {
  const words = useWords(consoleWords).create;
  const { access, clientFor } = useSignedIn();
  const [id, setId] = useState('');
  const [userId, setUserId] = useState(access.userId);
  const [link, setLink] = useState<Link>('qr');
  const [phone, setPhone] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [isSending, setIsSending] = useState(false);

  const create = async (): Promise<void> => {
    setIsSending(true);
    try {
      const session = await clientFor(userId).sessions.ensure(id, {
        start: link !== 'later',
        ...(link === 'code' && { pairWith: phone.replaceAll(/[^\d]/g, '') }),
      });
      onClose();
      go({ page: 'session', userId: session.userId, id: session.id });
    } catch (error) {
      setProblem(error);
      setIsSending(false);
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void create();
  };

  return (
    <Dialog title={words.title} onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <Field label={words.id} hint={words.idHint}>
          {(ids) => (
            <input
              {...ids}
              type="text"
              required
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]{0,63}"
              autoFocus
              autoComplete="off"
              autoCapitalize="off"
              spellCheck={false}
              value={id}
              onChange={(event) => setId(event.target.value)}
            />
          )}
        </Field>
        {access.scope === 'admin' && (
          <Field label={words.user} hint={words.userHint}>
            {(ids) => (
              <input
                {...ids}
                type="text"
                required
                maxLength={128}
                autoComplete="off"
                autoCapitalize="off"
                spellCheck={false}
                value={userId}
                onChange={(event) => setUserId(event.target.value)}
              />
            )}
          </Field>
        )}
        <fieldset className="segmented">
          <legend>{words.how}</legend>
          {LINKS.map((name) => (
            <label key={name}>
              <input type="radio" name="link" checked={link === name} onChange={() => setLink(name)} />
              <span>{words[name]}</span>
            </label>
          ))}
        </fieldset>
        {link === 'code' && (
          <Field label={words.phone} hint={words.phoneHint}>
            {(ids) => (
              <input
                {...ids}
                type="tel"
                required
                pattern="\+?[0-9 ]{7,20}"
                autoComplete="tel"
                value={phone}
                onChange={(event) => setPhone(event.target.value)}
              />
            )}
          </Field>
        )}
        {problem !== null && <ProblemNotice problem={problem} />}
        <div className="form-end">
          <button className="button" type="button" onClick={onClose}>
            {words.cancel}
          </button>
          <button className="button primary" type="submit" disabled={isSending}>
            {words.submit}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldProps {
  readonly label: string;
  readonly hint: string;
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby': string }) => ReactNode;
}

function Field({ label, hint, children }: FieldProps): ReactElement {
  const [id, hintId] = [useId(), useId()];
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-describedby': hintId })}
      <p className="quiet small" id={hintId}>
        {hint}
      </p>
    </div>
  );
}
