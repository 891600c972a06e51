/** The line to the server: pushes come by one event stream, posts go by fetch. */
export class Connection {
  #page;
  #source = null;

  constructor(page) {
    this.#page = page;
  }

  /**
   * Opens the stream. Resolves with the server's challenge, rejects when there is no answer.
   * `onPush` gets everything later, `onLost` is called once when the stream ends.
   */
  open(onPush, onLost) {
    this.#source?.close();
    const source = new EventSource(`/wa/events?page=${this.#page}`);
    this.#source = source;
    return new Promise((resolve, reject) => {
      let isOpen = false;
      source.onmessage = ({ data }) => {
        const push = JSON.parse(data);
        if (push.type !== 'challenge') return onPush(push);
        isOpen = true;
        resolve(push.nonce);
      };
      source.onerror = () => {
        source.close();
        if (isOpen) onLost();
        else reject(new Error('No connection'));
        isOpen = false;
      };
    });
  }

  async post(verb, body = {}) {
    const response = await fetch(`/wa/${verb}`, {
      method: 'POST',
      body: JSON.stringify({ page: this.#page, ...body }),
    });
    if (!response.ok) throw new Error(`The server answered ${response.status} to ${verb}`);
    return response.json();
  }
}
