import type { ReactElement } from 'react';

import type { Session } from '../src/client/index.ts';
import { useLanguage, useWords } from '../visualizer/shared/language.tsx';
import type { Language } from '../visualizer/shared/languages.ts';
import { useNow } from '../visualizer/shared/now.ts';
import { sharedWords } from '../visualizer/shared/words/index.ts';
import { durationText, instantText } from './duration.ts';
import { instantOf, nextStepOf, type Comeback, type NextStep } from './next-step.ts';
import { consoleWords } from './words/index.ts';

type Words = (typeof consoleWords)['en'];
type SharedWords = (typeof sharedWords)['en'];

/** Why a session is where it is. */
export function whyOf(session: Session, words: Words, shared: SharedWords): string {
  // The reason tells how it ends; as long as the login is being given up it would not be true.
  const isLoggingOut = session.value.startsWith('disconnected.logging_out');
  if (session.reason !== null && !isLoggingOut) return shared.reasons[session.reason];
  return valueText(session.value, words) ?? shared.states[session.state];
}

/** Of a state within one that has a name, that name. */
function valueText(value: string, words: Words): string | undefined {
  const outer = value.slice(0, Math.max(0, value.lastIndexOf('.')));
  return words.values[value] ?? (outer === '' ? undefined : valueText(outer, words));
}

/** What happens next, with the time until then; empty when nothing does. */
export function nextText(step: NextStep, now: number, words: Words, language: Language): string {
  const { next } = words;
  const at = instantOf(step);
  // The last second is still one: nought would say that it has happened.
  const time = at === null ? '' : durationText(Math.max(at - now, 0) + 999, language);
  switch (step.kind) {
    case 'queue':
      return [
        next.queue(step.position.toLocaleString(language)),
        ...(step.heldBy === null ? [] : [next.heldBy[step.heldBy]]),
      ].join('; ');
    case 'new_code':
      return next.newCode(time);
    case 'comeback_later':
      return comebackText(step.comeback, next.later, language, time);
    case 'comeback':
      return comebackText(step.comeback, next.underWay, language, '');
    case 'closing':
    case 'turn':
    case 'verdict':
    case 'progress':
      return next[step.kind];
    case 'person':
      return next[step.how];
    case 'nothing':
      return next.nothing;
  }
}

function comebackText(
  comeback: Comeback,
  words: Words['next']['later' | 'underWay'],
  language: Language,
  time: string,
): string {
  if (comeback.by !== 'attempt') return words[comeback.by](time);
  return words.attempt(comeback.attempt.toLocaleString(language), comeback.of.toLocaleString(language), time);
}

/** Both, on two lines or one, as its style has it. */
export function Story({ session }: { readonly session: Session }): ReactElement {
  const words = useWords(consoleWords);
  const shared = useWords(sharedWords);
  const { language } = useLanguage();
  const now = useNow();
  const next = nextText(nextStepOf(session), now, words, language);
  return (
    <span className="story">
      <span className="story-why">{whyOf(session, words, shared)}</span>
      {next !== '' && <span className="story-next">{next}</span>}
    </span>
  );
}

/** How long ago something was, counted up. */
export function Age({ since }: { readonly since: string }): ReactElement {
  const { language } = useLanguage();
  const now = useNow();
  return (
    <time dateTime={since} title={instantText(since, language)}>
      {durationText(now - Date.parse(since), language)}
    </time>
  );
}
