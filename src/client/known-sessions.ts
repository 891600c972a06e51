import type { ClientEvent, DeletedEvent, SnapshotEvent } from './client-events.ts';
import type { Session } from './session-types.ts';

type Remembered = Pick<Session, 'id' | 'userId' | 'createdAt' | 'rev'>;

/**
 * What the reader of a stream has been told, so that a stream which had to begin anew says only what is news: no
 * session twice as it was, and those that went meanwhile as deleted.
 */
export class KnownSessions {
  readonly #known = new Map<string, Remembered>();
  #unconfirmed: Map<string, Remembered> | null = null;

  /** The sessions as they are now will follow. */
  beginAnew(): void {
    this.#unconfirmed = new Map(this.#known);
  }

  /** Whether the reader must be told. */
  isNews(event: ClientEvent): boolean {
    if (event.type === 'session.deleted') {
      const key = keyOf(event.userId, event.sessionId);
      this.#unconfirmed?.delete(key);
      this.#known.delete(key);
      return true;
    }
    return event.type === 'session.snapshot' ? this.#isNewer(event) : true;
  }

  /** All of them were told: what is known beyond that has gone. */
  endPresent(position: string): DeletedEvent[] {
    const gone = [...(this.#unconfirmed ?? [])];
    this.#unconfirmed = null;
    for (const [key] of gone) this.#known.delete(key);
    return gone.map(([, { id, userId }]) => ({ type: 'session.deleted', position, sessionId: id, userId }));
  }

  #isNewer({ session: { id, userId, createdAt, rev } }: SnapshotEvent): boolean {
    const key = keyOf(userId, id);
    this.#unconfirmed?.delete(key);
    const before = this.#known.get(key);
    // A deleted session's successor counts its revs anew.
    if (before !== undefined && before.createdAt === createdAt && before.rev >= rev) return false;
    this.#known.set(key, { id, userId, createdAt, rev });
    return true;
  }
}

function keyOf(userId: string, id: string): string {
  return `${id} ${userId}`;
}
