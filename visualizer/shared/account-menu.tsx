import { useEffect, useRef, type ReactElement, type RefObject } from 'react';

import { KeepSignedIn } from './keep-signed-in.tsx';
import { useLanguage, useWords } from './language.tsx';
import type { Language } from './languages.ts';
import { useVisitor, type SignedIn } from './signed-in.tsx';
import { chooseTheme, THEMES, useTheme } from './theme.ts';
import { sharedWords } from './words/index.ts';

const LANGUAGES: Readonly<Record<Language, string>> = { en: 'English', es: 'Español' };

/** Who is signed in, how the page looks and speaks, and the way out, or in. */
export function AccountMenu(): ReactElement {
  const words = useWords(sharedWords);
  const visitor = useVisitor();
  const details = useRef<HTMLDetailsElement>(null);
  useClosing(details);

  return (
    <details className="menu" ref={details}>
      <summary className="avatar" aria-label={words.user.menu} title={words.user.menu}>
        {visitor === null ? <Nobody /> : visitor.access.userId.slice(0, 1).toUpperCase()}
      </summary>
      <div className="menu-panel card">
        {visitor !== null && <Account visitor={visitor} />}
        <Preferences />
        {visitor === null ? (
          <a className="button" href="/#/">
            {words.signIn.submit}
          </a>
        ) : (
          <button className="button" type="button" onClick={visitor.signOut}>
            {words.user.signOut}
          </button>
        )}
      </div>
    </details>
  );
}

/** Where the first letter of a name would be. */
function Nobody(): ReactElement {
  return (
    <svg viewBox="0 0 24 24" width="18" height="18" fill="currentColor" aria-hidden="true">
      <circle cx="12" cy="8" r="4.5" />
      <path d="M3.5 21a8.5 7.5 0 0 1 17 0z" />
    </svg>
  );
}

function Account({ visitor: { access, keeping, keep } }: { readonly visitor: SignedIn }): ReactElement {
  const words = useWords(sharedWords);
  const { language } = useLanguage();
  const expires = new Date(access.expiresAt).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <>
      <p className="menu-who">
        <strong>{access.userId}</strong>
        <span className="quiet small">{words.user.scopes[access.scope]}</span>
        <span className="quiet small">{words.user.expires(expires)}</span>
      </p>
      <KeepSignedIn keeping={keeping} onChange={keep} />
    </>
  );
}

/** How the pages look and speak, whoever looks. */
function Preferences(): ReactElement {
  const words = useWords(sharedWords);
  const { language, choose } = useLanguage();
  const theme = useTheme();
  return (
    <>
      <fieldset className="segmented">
        <legend>{words.user.theme}</legend>
        {THEMES.map((name) => (
          <label key={name}>
            <input type="radio" name="theme" checked={theme === name} onChange={() => chooseTheme(name)} />
            <span>{words.user.themes[name]}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="segmented">
        <legend>{words.user.language}</legend>
        {(Object.keys(LANGUAGES) as Language[]).map((name) => (
          <label key={name}>
            <input type="radio" name="language" checked={language === name} onChange={() => choose(name)} />
            <span lang={name}>{LANGUAGES[name]}</span>
          </label>
        ))}
      </fieldset>
    </>
  );
}

/** A menu closes when one looks elsewhere. */
function useClosing(details: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const closeOutside = ({ target }: Event): void => {
      const menu = details.current;
      if (menu !== null && target instanceof Node && !menu.contains(target)) menu.open = false;
    };
    const closeByKey = ({ key }: KeyboardEvent): void => {
      const menu = details.current;
      if (key !== 'Escape' || menu === null || !menu.open) return;
      menu.open = false;
      menu.querySelector('summary')?.focus();
    };
    document.addEventListener('pointerdown', closeOutside);
    document.addEventListener('focusin', closeOutside);
    document.addEventListener('keydown', closeByKey);
    return () => {
      document.removeEventListener('pointerdown', closeOutside);
      document.removeEventListener('focusin', closeOutside);
      document.removeEventListener('keydown', closeByKey);
    };
  }, [details]);
}
