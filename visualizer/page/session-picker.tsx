import type { ReactElement } from 'react';

import { useLanguage, useWords } from '../shared/language.tsx';
import { nameOf } from '../shared/live-sessions.ts';
import { useLiveSessions, useSignedIn } from '../shared/signed-in.tsx';
import { goTo, type Place } from './route.ts';
import { chartWords } from './words/index.ts';

/** More than this are found by typing rather than by looking. */
const MOST_TO_LIST = 200;

/** All sessions, or one. */
export function SessionPicker({ place }: { readonly place: Place }): ReactElement {
  const words = useWords(chartWords);
  const { language } = useLanguage();
  const { sessions } = useLiveSessions();
  const { access } = useSignedIn();
  const shown = place.view === 'session' ? nameOf(place) : '';
  const names = [...sessions.keys()].toSorted();
  const sayName = (name: string): string => (access.scope === 'admin' ? name : name.slice(name.indexOf('/') + 1));
  const pick = (name: string): void => {
    const session = sessions.get(name);
    if (session !== undefined) goTo({ view: 'session', userId: session.userId, id: session.id });
    else if (name === '') goTo({ view: 'fleet' });
  };
  if (names.length > MOST_TO_LIST) {
    return (
      <span className="picker">
        <input
          type="search"
          list="sessions"
          placeholder={words.findSession}
          aria-label={words.findSession}
          defaultValue={shown}
          key={shown}
          onChange={({ target }) => pick(target.value)}
        />
        <datalist id="sessions">
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </span>
    );
  }
  return (
    <select className="picker" aria-label={words.subject} value={shown} onChange={({ target }) => pick(target.value)}>
      <option value="">{words.everybody(names.length.toLocaleString(language))}</option>
      {shown !== '' && !sessions.has(shown) && <option value={shown}>{sayName(shown)}</option>}
      {names.map((name) => (
        <option key={name} value={name}>
          {sayName(name)}
        </option>
      ))}
    </select>
  );
}
