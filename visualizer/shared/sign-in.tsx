import { useId, useState, type FormEvent, type ReactElement } from 'react';

import { readAccess, type Access } from './access.ts';
import { KeepSignedIn } from './keep-signed-in.tsx';
import { useWords } from './language.tsx';
import type { Keeping } from './token-keeping.ts';
import { sharedWords } from './words/index.ts';

/** Why somebody who had signed in is asked again. */
export type Refusal = 'expired' | 'refused' | null;

interface SignInProps {
  readonly because: Refusal;
  readonly onSignIn: (access: Access, keeping: Keeping) => void;
}

/** Asks for a token. It is not checked here: the first request tells. */
export function SignIn({ because, onSignIn }: SignInProps): ReactElement {
  const words = useWords(sharedWords);
  const [token, setToken] = useState('');
  const [keeping, setKeeping] = useState<Keeping>('tab');
  const [isMalformed, setIsMalformed] = useState(false);
  const [field, hint, problem] = [useId(), useId(), useId()];

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const access = readAccess(token);
    setIsMalformed(access === null);
    if (access !== null) onSignIn(access, keeping);
  };

  return (
    <main className="sign-in" id="content">
      <form className="sign-in-card card" onSubmit={submit}>
        <img src="/icon.svg" alt="" width="40" height="40" />
        <h1>{words.product}</h1>
        <p className="quiet">{words.signIn.lead}</p>
        {because !== null && (
          <p className="notice" role="alert">
            {words.signIn[because]}
          </p>
        )}
        <label htmlFor={field}>{words.signIn.token}</label>
        <textarea
          id={field}
          className="mono"
          rows={4}
          required
          autoFocus
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          value={token}
          aria-describedby={isMalformed ? problem : hint}
          aria-invalid={isMalformed}
          onChange={(event) => setToken(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && submit(event)}
        />
        {isMalformed ? (
          <p className="field-problem" id={problem} role="alert">
            {words.signIn.notAToken}
          </p>
        ) : (
          <p className="quiet small" id={hint}>
            {words.signIn.tokenHint}
          </p>
        )}
        <KeepSignedIn keeping={keeping} onChange={setKeeping} />
        <button className="button primary" type="submit">
          {words.signIn.submit}
        </button>
      </form>
    </main>
  );
}
