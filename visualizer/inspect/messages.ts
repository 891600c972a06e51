import type { StateValue } from 'xstate';

import { sessionMachine } from '../../machines/session.machine.ts';
import type { Session } from '../../src/client/index.ts';
import { factsOf } from '../statechart/history.ts';

/** Version of `@statelyai/inspect` whose protocol this is. */
const PROTOCOL = '0.7.2';

interface Message {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly sessionId: string;
  readonly [field: string]: unknown;
}

/**
 * Says what the service's event stream tells in the protocol that Stately's inspector reads. It is what the stream
 * tells and no more: the state, the event that led there by its name, and the plain facts as context. Sessions and
 * users get numbers instead of their names; nothing of a code, an account or a message is in it.
 */
export class InspectorMessages {
  readonly #numbers = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** An actor that the inspector has not heard of, as it stands. */
  actor(session: Session): Message {
    const sessionId = this.#idOf(session);
    return {
      type: '@xstate.actor' as const,
      sessionId,
      rootId: sessionId,
      parentId: undefined,
      name: sessionId,
      definition: JSON.stringify(sessionMachine.config),
      snapshot: snapshotOf(session),
      ...this.#stamp(),
    };
  }

  /** A step: the event, and where it led. */
  step(session: Session, event: string): readonly Message[] {
    const sessionId = this.#idOf(session);
    const about = { sessionId, rootId: sessionId, event: { type: event } };
    return [
      { type: '@xstate.event', sourceId: undefined, ...about, ...this.#stamp() },
      { type: '@xstate.snapshot', snapshot: snapshotOf(session), ...about, ...this.#stamp() },
    ];
  }

  #idOf({ userId, id }: Pick<Session, 'userId' | 'id'>): string {
    const name = JSON.stringify([userId, id]);
    const number = this.#numbers.get(name) ?? this.#numbers.size + 1;
    this.#numbers.set(name, number);
    return `session ${number}`;
  }

  #stamp(): { readonly id: null; readonly createdAt: string; readonly _version: string } {
    return { id: null, createdAt: String(this.#now()), _version: PROTOCOL };
  }
}

function snapshotOf(session: Session): unknown {
  const { node: _, ...context } = factsOf(session);
  return { status: 'active', value: valueOf(session.value), context, tags: session.tags, children: {} };
}

/** `ready.online` as `{ready: 'online'}`. */
function valueOf(path: string): StateValue {
  const [key = '', ...inner] = path.split('.');
  return inner.length === 0 ? key : { [key]: valueOf(inner.join('.')) };
}
