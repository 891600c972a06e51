import { ApiError } from './api-error.ts';

/** A token, or where to get one. It is kept until the service refuses it; then a function is asked again. */
export type TokenSource = string | (() => string | Promise<string>);

interface RequesterOptions {
  readonly baseUrl: string;
  readonly token: TokenSource;
  readonly fetch: typeof fetch;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests with the token of now. */
export class Requester {
  readonly #options: RequesterOptions;
  #token: Promise<string> | null = null;

  constructor(options: RequesterOptions) {
    this.#options = options;
  }

  /**
   * The answer of a success. Throws an {@link ApiError} for any other, and whatever `fetch` or the token's source
   * throws.
   */
  async send(path: string, call: Call = {}): Promise<Response> {
    const { token: source } = this.#options;
    const token = this.#current();
    let answer = await this.#fetch(path, call, await token);
    if (answer.status === 401 && typeof source === 'function') {
      // Others may have met the same refusal at once: they share the next token.
      if (this.#token === token) this.#token = null;
      await answer.body?.cancel();
      answer = await this.#fetch(path, call, await this.#current());
      if (answer.status === 401) this.#token = null;
    }
    if (!answer.ok) throw await ApiError.of(answer);
    return answer;
  }

  #current(): Promise<string> {
    if (this.#token !== null) return this.#token;
    const { token: source } = this.#options;
    const token = (async () => (typeof source === 'function' ? source() : source))();
    this.#token = token;
    token.catch(() => {
      if (this.#token === token) this.#token = null;
    });
    return token;
  }

  #fetch(path: string, { method = 'GET', query = {}, json, headers, signal }: Call, token: string): Promise<Response> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    return this.#options.fetch(`${this.#options.baseUrl}${path}${search.size > 0 ? '?' : ''}${search.toString()}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(signal !== undefined && { signal }),
    });
  }
}
