/** One block of a stream of Server-Sent Events. */
export interface Frame {
  readonly id: string | null;
  readonly event: string;
  /** `null`: the block has none. It calls no listener, but its `id` moves the position all the same. */
  readonly data: string | null;
  readonly retryMs: number | null;
}

const FIELD = /^([^:]*):? ?(.*)$/s;

/** Cuts text into frames (WHATWG HTML, section 9.2.6), however it was cut on its way. */
export class FrameParser {
  #rest = '';
  #fields = new Map<string, string>();

  feed(text: string): Frame[] {
    const frames: Frame[] = [];
    // A carriage return at the end may be half of a line's end.
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') frames.push(...this.#end());
      else this.#take(line);
    }
    return frames;
  }

  #take(line: string): void {
    const [, name = '', value = ''] = FIELD.exec(line) ?? [];
    const before = name === 'data' ? this.#fields.get(name) : undefined;
    this.#fields.set(name, before === undefined ? value : `${before}\n${value}`);
  }

  #end(): Frame[] {
    const fields = this.#fields;
    if (fields.size === 0) return [];
    this.#fields = new Map();
    const retry = fields.get('retry') ?? '';
    return [
      {
        id: fields.get('id') ?? null,
        event: fields.get('event') ?? 'message',
        data: fields.get('data') ?? null,
        retryMs: /^\d+$/.test(retry) ? Number(retry) : null,
      },
    ];
  }
}
