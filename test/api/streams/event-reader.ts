/** One frame of a stream, as a client sees it. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
  readonly comment?: string;
  readonly retry?: string;
}

/** Reads Server-Sent Events frame by frame. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response) {
    if (response.body === null) throw new Error('The answer has no body');
    this.#reader = response.body.getReader();
  }

  /** The next frame; `null` once the stream has ended. */
  async next(): Promise<Frame | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return parse(block);
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next frame that carries an event. Throws when the stream ends first. */
  async event(): Promise<Frame> {
    for (;;) {
      const frame = await this.next();
      if (frame === null) throw new Error('The stream ended');
      if (frame.event !== undefined) return frame;
    }
  }

  async events(count: number): Promise<Frame[]> {
    const frames: Frame[] = [];
    while (frames.length < count) frames.push(await this.event());
    return frames;
  }

  /** All that is left, until the stream ends. */
  async rest(): Promise<Frame[]> {
    const frames: Frame[] = [];
    for (let frame = await this.next(); frame !== null; frame = await this.next()) frames.push(frame);
    return frames;
  }

  close(): Promise<void> {
    return this.#reader.cancel();
  }
}

function parse(block: string): Frame {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const colon = line.indexOf(': ');
    fields[line.slice(0, colon) || 'comment'] = line.slice(colon + 2);
  }
  const { data, ...rest } = fields;
  return { ...rest, ...(data !== undefined && { data: JSON.parse(data) as Record<string, unknown> }) }; // every event's data is an object
}
