import type { Page } from 'puppeteer';
import { inTime } from '../../../../domain/deadline.ts';
import type { Capabilities } from '../../../../domain/message.ts';
import type { CallHandlers } from '../../../call-table.ts';
import type { MessageCalls, Listing, SendResult } from '../../../message-calls.ts';
import type { Report } from '../../isolate/messages.ts';
import { IN_PAGE, INSTALL } from './install-script.ts';
import { PageMedia } from './page-media.ts';

/** How long the self-test of a page may hold up what needs no messages (ms). */
const SELF_TEST_MS = 2_000;
/** Of a list, how much comes in one answer of the page. */
const LIST_ITEMS = 2_000;
/** How long a listing may go on while the page's lists change under it. */
const LONGEST_LIST = 200_000;

const LOADING = { kind: 'not_now', why: 'the page is loading' } as const satisfies SendResult;

type Handlers = {
  readonly [Name in keyof MessageCalls]: (
    request: MessageCalls[Name]['request'],
    signal: AbortSignal,
  ) => ReturnType<CallHandlers<MessageCalls>[Name]>;
};

/** A need that the page does not meet. */
interface Lack {
  readonly part: string;
  readonly capability: string | null;
  readonly name: string;
}

export interface PageMessagesOptions {
  readonly page: () => Page | null;
  readonly report: (report: Report) => void;
}

/** Messages on the page: what the calls of a device ask of it. Each rejects when the page does not answer. */
export class PageMessages {
  readonly #options: PageMessagesOptions;
  readonly #media: PageMedia;
  #toldOf = '';

  constructor(options: PageMessagesOptions) {
    this.#options = options;
    this.#media = new PageMedia({ page: () => this.#page(), ask: (name, request) => this.#ask(name, request) });
  }

  /** Has each document of the page listen. Never rejects: what it cannot do shows in the self-test. */
  async attach(page: Page): Promise<void> {
    try {
      await page.exposeFunction('supervisorBell', () => this.#options.report({ type: 'inbox' }));
      await page.evaluateOnNewDocument(INSTALL);
      await page.evaluate(INSTALL);
    } catch {
      // The page is going, or will be found to lack everything.
    }
  }

  /** What the page can be used for; nothing where it does not say so soon. Takes milliseconds, and never rejects. */
  selfTest(): Promise<{ readonly capabilities?: Capabilities }> {
    return inTime(SELF_TEST_MS, this.handlers.capabilities(null, AbortSignal.timeout(SELF_TEST_MS))).then(
      (capabilities) => ({ capabilities }),
      () => ({}),
    );
  }

  readonly handlers: Handlers = {
    capabilities: async () => {
      const lacks = await this.#lacks();
      const has = (capability: string): boolean => lacks.every((one) => one.capability !== capability);
      return { receive: has('receive'), send: has('send'), media: has('media'), chats: has('chats') };
    },
    idForm: () => this.#ask('idForm', null),
    resolve: (request) => this.#ask('resolve', request),
    send: async ({ waId, chatId, content }, signal) => {
      if (content.kind !== 'media') return this.#askIfThere('send', { waId, chatId, content });
      return (await this.#isInstalled()) ? this.#media.send({ waId, chatId, content }, signal) : LOADING;
    },
    find: (request) => this.#ask('find', request),
    resend: (request) => this.#askIfThere('resend', request),
    act: (request) => this.#ask('act', request),
    pull: (request) => this.#ask('pull', request),
    recent: (request) => this.#ask('recent', request),
    mediaOpen: ({ messageId }, signal) => this.#media.open(messageId, signal),
    mediaRead: (request) => this.#media.read(request),
    mediaClose: (request) => this.#ask('close', request),
    chats: () => this.#list('chats'),
    groups: () => this.#list('groups'),
    group: (request) => this.#ask('group', request),
    contacts: () => this.#list('contacts'),
  };

  async #lacks(): Promise<readonly Lack[]> {
    const lacks = await this.#ask<readonly Lack[]>('selfTest', null);
    const names = lacks.map(({ part, name }) => `${part}: ${name}`).join(', ');
    if (names !== '' && names !== this.#toldOf)
      this.#options.report({ type: 'unreadable', unreadable: { kind: 'page', why: `this page lacks ${names}` } });
    this.#toldOf = names;
    return lacks;
  }

  async #isInstalled(): Promise<boolean> {
    return (await this.#page().evaluate(`window.${IN_PAGE} !== undefined`)) === true;
  }

  async #list<Item>(name: 'chats' | 'groups' | 'contacts'): Promise<Listing<Item>> {
    const items: Item[] = [];
    for (let from = 0; from < LONGEST_LIST; from += LIST_ITEMS) {
      const some = await this.#ask<{ readonly items: readonly Item[]; readonly total: number } | NotListed>('list', {
        name,
        from,
        count: LIST_ITEMS,
      });
      if ('kind' in some) return some;
      items.push(...some.items);
      if (items.length >= some.total || some.items.length === 0) break;
    }
    return { kind: 'listed', items };
  }

  /** A page that is loading anew has surely done nothing. */
  async #askIfThere(name: 'send' | 'resend', request: unknown): Promise<SendResult> {
    const call = `window.${IN_PAGE} === undefined ? null : window.${IN_PAGE}.${name}(${JSON.stringify(request)})`;
    return ((await this.#page().evaluate(call)) as SendResult | null) ?? LOADING; // our own function's answer
  }

  /** Our own function in the page is what answers: its shape is ours to know. */
  async #ask<Result>(name: string, request: unknown): Promise<Result> {
    return (await this.#page().evaluate(`window.${IN_PAGE}.${name}(${JSON.stringify(request)})`)) as Result;
  }

  #page(): Page {
    const page = this.#options.page();
    if (page === null) throw new Error('no page is there yet');
    return page;
  }
}

type NotListed = Exclude<Listing<never>, { readonly kind: 'listed' }>;
