import type { CallName } from '../../../src/whatsapp/device-calls.ts';

/** Where in the life of a message something strikes. */
export const STEPS = [
  'before its address is resolved',
  'written down as begun, before the page has it',
  'stored by the page, before WhatsApp has it',
  'taken by WhatsApp, before the page answers',
  'answered, before that is written down',
  'before it is looked up',
  'before the page is asked for what came in',
  'came in, before that is written down',
  'before what came meanwhile is asked for',
] as const;
export type Step = (typeof STEPS)[number];

/** By the call of the device in which each step lies. */
const CALLS: Readonly<Record<Step, readonly [name: CallName, when: 'before' | 'after' | 'in_page' | 'after_server']>> =
  {
    'before its address is resolved': ['resolve', 'before'],
    'written down as begun, before the page has it': ['send', 'before'],
    'stored by the page, before WhatsApp has it': ['send', 'in_page'],
    'taken by WhatsApp, before the page answers': ['send', 'after_server'],
    'answered, before that is written down': ['send', 'after'],
    'before it is looked up': ['find', 'before'],
    'before the page is asked for what came in': ['pull', 'before'],
    'came in, before that is written down': ['pull', 'after'],
    'before what came meanwhile is asked for': ['recent', 'before'],
  };

interface Armed {
  readonly step: Step;
  readonly strike: () => Promise<void> | void;
  readonly struck: () => void;
}

/** Lets a fault strike at one step of whichever message comes to it next. */
export class Strikes {
  #armed: Armed | null = null;
  /** Loses the next hand-over there. */
  lose: (when: 'in_page' | 'after_server') => void = () => undefined;

  /** Resolves once it has struck; `false` when nothing came to that step until `signal`. */
  at(step: Step, strike: Armed['strike'], signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const armed: Armed = { step, strike, struck: () => resolve(true) };
      this.#armed = armed;
      signal.addEventListener(
        'abort',
        () => {
          if (this.#armed !== armed) return;
          this.#armed = null;
          resolve(false);
        },
        { once: true },
      );
    });
  }

  async around<T>(name: CallName, call: () => Promise<T>): Promise<T> {
    const when = this.#armed === null ? undefined : CALLS[this.#armed.step];
    if (this.#armed === null || when?.[0] !== name) return call();
    // An empty answer is none that came in.
    if (when[1] === 'after' && name === 'pull') {
      const result = await call();
      const { items = [] } = result as { items?: readonly unknown[] }; // what a pull answers with
      if (items.length > 0) await this.#strike();
      return result;
    }
    if (when[1] === 'before') {
      await this.#strike();
      return call();
    }
    if (when[1] === 'after') {
      const result = await call();
      await this.#strike();
      return result;
    }
    this.lose(when[1]);
    try {
      return await call();
    } finally {
      await this.#strike();
    }
  }

  async #strike(): Promise<void> {
    const armed = this.#armed;
    if (armed === null) return;
    this.#armed = null;
    await armed.strike();
    armed.struck();
  }
}
