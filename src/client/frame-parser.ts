/** One block of a stream of Server-Sent Events. */
export interface Frame {
  readonly id: string | null;
  readonly event: string;
  /** `null`: the block has none. It calls no listener, but its `id` moves the position all the same. */
  readonly data: string | null;
  readonly retryMs: number | null;
}

/** A carriage return at the end of the text may be half of a line's end. */
const LINE_END = /\r\n|\n|\r(?!$)/g;
const FIELD = /^([^:]*):? ?(.*)$/s;

/**
 * Cuts text into frames (WHATWG HTML, section 9.2.6), however it was cut on its way. By hand, since eventsource-parser
 * 3.1 tells nothing of a block without data, whose `id` is what tells here that all present sessions have been named,
 * and it would be the only package that this client brings.
 */
export class FrameParser {
  #rest = '';
  #fields = new Map<string, string>();

  /**
   * Cuts a frame only when it is asked for: whoever reads a lot at once can do something else in between. To be read to
   * its end before more is fed.
   */
  *feed(text: string): Generator<Frame, void, undefined> {
    const whole = this.#rest + text;
    let from = 0;
    for (const { 0: end, index } of whole.matchAll(LINE_END)) {
      const line = whole.slice(from, index);
      from = index + end.length;
      if (line !== '') this.#take(line);
      else if (this.#fields.size > 0) yield this.#end();
    }
    this.#rest = whole.slice(from);
  }

  #take(line: string): void {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    const before = name === 'data' ? this.#fields.get(name) : undefined;
    this.#fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }

  #end(): Frame {
    const fields = this.#fields;
    this.#fields = new Map();
    const retry = fields.get('retry') ?? '';
    return {
      id: fields.get('id') ?? null,
      event: fields.get('event') ?? 'message',
      data: fields.get('data') ?? null,
      retryMs: /^\d+$/.test(retry) ? Number(retry) : null,
    };
  }
}
