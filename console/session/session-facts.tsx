import type { ReactElement, ReactNode } from 'react';

import type { Session } from '../../src/client/index.ts';
import { useLanguage, useWords } from '../../visualizer/shared/language.tsx';
import { instantText } from '../duration.ts';
import { loginOf } from '../login.ts';
import { memoryText } from '../memory/known-memory.ts';
import { Age } from '../status-text.tsx';
import { consoleWords } from '../words/index.ts';

interface SessionFactsProps {
  readonly session: Session;
  /** Of its browser; `null` where it is not known, and then not spoken of. */
  readonly memoryBytes: number | null;
}

/** All that is known of a session, but its codes. */
export function SessionFacts({ session, memoryBytes }: SessionFactsProps): ReactElement {
  const words = useWords(consoleWords);
  const { language } = useLanguage();
  const { labels } = words.session;
  const { reconnect, metadata } = session;
  const when = (instant: string): ReactNode => (
    <>
      {instantText(instant, language)}{' '}
      <span className="quiet">
        (<Age since={instant} />)
      </span>
    </>
  );
  const facts: readonly (readonly [keyof typeof labels, ReactNode])[] = [
    ['value', <span className="mono">{session.value}</span>],
    ['since', when(session.since)],
    ['desired', words.session.desired[session.desired]],
    ['phone', session.phoneNumber === null ? '–' : `+${session.phoneNumber}`],
    ['name', session.displayName ?? '–'],
    ['login', words.login[loginOf(session)].hint],
    ['node', <span className="mono">{session.nodeId ?? '–'}</span>],
    ...(memoryBytes === null ? [] : [['memory', memoryText(memoryBytes, language)] as const]),
    ['attempts', `${reconnect.attempt} / ${reconnect.maxAttempts}`],
    ['restarts', session.restarts],
    ['created', when(session.createdAt)],
    ['updated', when(session.updatedAt)],
    ['revision', session.rev],
    ['epoch', <span className="mono">{session.epoch}</span>],
  ];
  return (
    <section className="card panel" aria-labelledby="facts-title">
      <h2 id="facts-title">{words.session.facts}</h2>
      <dl className="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{labels[name]}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        {Object.keys(metadata).length > 0 && (
          <div>
            <dt>{labels.metadata}</dt>
            <dd>
              <pre className="mono" tabIndex={0}>
                {JSON.stringify(metadata, null, 2)}
              </pre>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}
