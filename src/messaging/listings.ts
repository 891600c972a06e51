import { NotReadyError } from '../domain/errors.ts';
import type { Chat, Contact, Group } from '../domain/message.ts';
import { sessionKey, type Session } from '../domain/session.ts';
import type { ResolveResult } from '../whatsapp/message-calls.ts';
import type { RemoteDevices } from './remote-devices.ts';

/** As WhatsApp knew it, so many milliseconds ago. */
export interface Known<T> {
  readonly value: T;
  readonly ageMs: number;
}

/** How old an answer may be, how long the page may take for one, and how many are remembered. */
const KEPT_MS = 60_000;
const LIST_MS = 15_000;
const ONE_MS = 8_000;
const REMEMBERED = 500;

/** Who can be found: a phone's address, or that there is none. */
export type Reach = Exclude<ResolveResult, { kind: 'unsupported' }>;

/**
 * Chats, groups and contacts as WhatsApp knows them: the page is asked once a minute at most, however many ask here, and
 * for one group after another.
 */
export class Listings {
  readonly #devices: Pick<RemoteDevices, 'call'>;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly at: number; readonly answer: Promise<unknown> }>();

  /** @param now monotonic milliseconds */
  constructor(devices: Pick<RemoteDevices, 'call'>, now: () => number) {
    this.#devices = devices;
    this.#now = now;
  }

  chats(session: Session): Promise<Known<readonly Chat[]>> {
    return this.#once(session, 'chats', async () =>
      itemsOf(await this.#devices.call(session, 'chats', null, LIST_MS), session),
    );
  }

  contacts(session: Session): Promise<Known<readonly Contact[]>> {
    return this.#once(session, 'contacts', async () =>
      itemsOf(await this.#devices.call(session, 'contacts', null, LIST_MS), session),
    );
  }

  groups(session: Session): Promise<Known<readonly Pick<Group, 'id' | 'name'>[]>> {
    return this.#once(session, 'groups', async () =>
      itemsOf(await this.#devices.call(session, 'groups', null, LIST_MS), session),
    );
  }

  /** `null`: there is no such group any more. */
  group(session: Session, chatId: string): Promise<Known<Group | null>> {
    return this.#once(session, `group ${chatId}`, async () => {
      const [group] = itemsOf(await this.#devices.call(session, 'group', { chatId }, ONE_MS), session);
      return group ?? null;
    });
  }

  reach(session: Session, to: string): Promise<Known<Reach>> {
    return this.#once(session, `reach ${to}`, async () => {
      const found = await this.#devices.call(session, 'resolve', { to }, ONE_MS);
      if (found.kind === 'unsupported') throw cannot(session);
      return found;
    });
  }

  /** One who asks while another waits gets the same answer. A failure is not remembered. */
  async #once<T>(session: Session, what: string, ask: () => Promise<T>): Promise<Known<T>> {
    if (session.state !== 'ready') throw new NotReadyError(session.state);
    // Another epoch, another page.
    const name = `${sessionKey(session)} ${session.epoch} ${what}`;
    const known = this.#known.get(name);
    // What stands under this name was put there by this very question.
    if (known !== undefined && this.#now() - known.at < KEPT_MS)
      return { value: (await known.answer) as T, ageMs: this.#now() - known.at };
    const entry = { at: this.#now(), answer: ask() };
    this.#known.delete(name);
    this.#known.set(name, entry);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    try {
      return { value: await entry.answer, ageMs: 0 };
    } catch (error) {
      if (this.#known.get(name) === entry) this.#known.delete(name);
      throw error;
    }
  }
}

function itemsOf<Item>(
  listing: { readonly kind: 'listed'; readonly items: readonly Item[] } | { readonly kind: 'unsupported' },
  session: Session,
): readonly Item[] {
  if (listing.kind === 'unsupported') throw cannot(session);
  return listing.items;
}

function cannot({ state }: Session): NotReadyError {
  return new NotReadyError(state, 'WhatsApp has changed its page: this service cannot ask it for that now.');
}
