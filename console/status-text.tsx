import type { ReactElement } from 'react';

import type { Session } from '../src/client/index.ts';
import { useLanguage, useWords } from '../visualizer/shared/language.tsx';
import type { Language } from '../visualizer/shared/languages.ts';
import { useNow } from '../visualizer/shared/now.ts';
import { sharedWords } from '../visualizer/shared/words/index.ts';
import { durationText, instantText } from './duration.ts';
import { instantOf, nextStepOf, type NextStep } from './next-step.ts';
import { consoleWords } from './words/index.ts';

type Words = (typeof consoleWords)['en'];
type SharedWords = (typeof sharedWords)['en'];

/** Why a session is where it is. */
export function whyOf(session: Session, words: Words, shared: SharedWords): string {
  if (session.reason !== null) return shared.reasons[session.reason];
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
    case 'line':
      return [
        next.line(step.position.toLocaleString(language)),
        ...(step.heldBy === null ? [] : [next.heldBy[step.heldBy]]),
      ].join('; ');
    case 'new_code':
      return next.newCode(time);
    case 'attempt':
      return next.attempt(step.attempt, step.of, time);
    case 'attempting':
      return next.attempting(step.attempt, step.of);
    case 'restart':
      return next.restart(time);
    case 'progress':
      return next.progress;
    case 'person':
      return next[step.how];
    case 'nothing':
      return next.nothing;
  }
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
