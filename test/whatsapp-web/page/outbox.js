/** What goes to the server, one after another: the real page's socket keeps the order as well. */
export class Outbox {
  #connection;
  #storage;
  #settings;
  #waiting = new Map();
  #rests = new Map();
  #line = Promise.resolve();

  constructor({ connection, storage, settings }) {
    this.#connection = connection;
    this.#storage = storage;
    this.#settings = settings;
  }

  /** Stores and posts, in the order of the settings. Resolves with WhatsApp's word on it. */
  post(record, message) {
    return new Promise((settle) => {
      const entry = { record, message, settle };
      this.#next(async () => {
        if (this.#settings.sends.stored === 'before_posted') await this.#storage.keep(record);
        this.#waiting.set(record.id, entry);
        await this.#sayAll();
        if (this.#settings.sends.stored === 'after_posted') await this.#storage.keep(record);
      });
    });
  }

  /** One that an earlier page has stored and nobody has acknowledged. */
  remember(record, message, isToGoOut) {
    const entry = { record, message, settle: () => {} };
    if (isToGoOut) this.#waiting.set(record.id, entry);
    else this.#rests.set(record.id, entry);
  }

  again(message) {
    const entry = this.#rests.get(message.id.id) ?? this.#waiting.get(message.id.id);
    if (!entry) return Promise.resolve();
    this.#waiting.set(entry.record.id, entry);
    return this.#next(() => this.#sayAll());
  }

  flush() {
    this.#next(() => this.#sayAll());
  }

  #next(step) {
    this.#line = this.#line.then(step).catch((error) => console.error(error));
    return this.#line;
  }

  /** All that waits, in order, until the server does not answer: nothing overtakes what could not be said. */
  async #sayAll() {
    for (const entry of this.#waiting.values()) if (!(await this.#say(entry))) return;
  }

  /** Returns whether the server has answered. */
  async #say({ record, message, settle }) {
    const { id, to, body, type, timestamp, extra } = record;
    const answer = await this.#connection
      .post('sent', { id, to, body, type, timestamp, extra, generation: this.#storage.device()?.generation ?? 0 })
      .catch(() => null);
    if (answer === null) return false;
    this.#waiting.delete(id);
    // Until it is acknowledged it can be asked for once more.
    this.#rests.set(id, { record, message, settle: () => {} });
    if (answer.kind === 'taken') {
      settle({ messageSendResult: 'OK' });
      return true;
    }
    message.set({ ack: -1 });
    await this.#storage.change(id, { ack: -1 });
    settle({ messageSendResult: 'ERROR_UNKNOWN', errorCode: answer.code, timeEnforcementEnds: answer.until });
    return true;
  }
}
