import type { SessionCommand, SessionEvent } from '../../machines/session.machine.ts';

interface Entry {
  readonly number: number;
  alive: boolean;
  askedToCloseAt: number | null;
}

/**
 * The browsers of a session, counted from the machine's commands and from the events that were sent to it. Throws on a
 * command that no machine may give.
 */
export class BrowserLedger {
  readonly #entries: Entry[] = [];
  readonly #closeTimeoutMs: number;
  #noneAskedToClose = false;

  constructor(closeTimeoutMs: number) {
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  get numbers(): readonly number[] {
    return this.#entries.map(({ number }) => number);
  }

  isAlive(number: number): boolean {
    return this.#entries.some((entry) => entry.number === number && entry.alive);
  }

  /** The browsers that the machine wants closed; 0 stands for none when there never was any. */
  get askedToClose(): readonly number[] {
    const asked = this.#entries.filter(({ askedToCloseAt }) => askedToCloseAt !== null).map(({ number }) => number);
    return this.#noneAskedToClose ? [0, ...asked] : asked;
  }

  obey(command: SessionCommand, now: number): void {
    switch (command.type) {
      case 'browser.open':
        return this.#open(command.browser, now);
      case 'browser.close':
        return this.#close(command, now);
      case 'browser.pair':
      case 'browser.unlink':
        if (!this.#find(command).alive) throw new Error(`${command.type} of the dead browser ${command.browser}`);
        return;
      case 'profile.erase':
      case 'profile.discard':
        return this.#expectNoneLeft('the login is erased', now);
      default:
    }
  }

  hear(event: SessionEvent): void {
    if (event.type !== 'browser.closed' && event.type !== 'browser.lost') return;
    const entry = this.#entries.find(({ number }) => number === event.browser);
    if (entry !== undefined) entry.alive = false;
  }

  #close(command: Extract<SessionCommand, { browser: number }>, now: number): void {
    if (command.browser === 0 && this.#entries.length === 0) this.#noneAskedToClose = true;
    else this.#find(command).askedToCloseAt ??= now;
  }

  #open(number: number, now: number): void {
    if (number <= Math.max(0, ...this.numbers)) throw new Error(`browser ${number} was there before`);
    this.#expectNoneLeft(`browser ${number} opens`, now);
    this.#entries.push({ number, alive: true, askedToCloseAt: null });
  }

  /** One that would not die in time may be left: the driver refuses to share its profile. */
  #expectNoneLeft(what: string, now: number): void {
    for (const { number, alive, askedToCloseAt } of this.#entries) {
      if (askedToCloseAt === null) throw new Error(`${what} though nobody has closed browser ${number}`);
      if (alive && now - askedToCloseAt < this.#closeTimeoutMs)
        throw new Error(`${what} though browser ${number} is still closing`);
    }
  }

  #find({ type, browser }: Extract<SessionCommand, { browser: number }>): Entry {
    const entry = this.#entries.find(({ number }) => number === browser);
    if (entry === undefined) throw new Error(`${type} of browser ${browser}, which was never opened`);
    return entry;
  }
}
