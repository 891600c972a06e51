import { Window } from 'happy-dom';
import { vi } from 'vitest';

/**
 * A window without a browser, as the globals that React looks for, until the test file ends. Requests go out by Node's
 * own fetch.
 */
export class BrowserPage {
  readonly #window = new Window();

  constructor() {
    const { document, navigator } = this.#window;
    for (const [name, value] of Object.entries({ window: this.#window, document, navigator }))
      vi.stubGlobal(name, value);
  }

  /** A fresh element for React to render into. */
  root(html = ''): Element {
    const { document } = this.#window;
    const root = document.createElement('div');
    root.innerHTML = html;
    document.body.replaceChildren(root);
    return root;
  }

  text(selector: string): string | null {
    return this.#window.document.querySelector(selector)?.textContent ?? null;
  }

  attribute(selector: string, name: string): string | null {
    return this.#window.document.querySelector(selector)?.getAttribute(name) ?? null;
  }

  count(selector: string): number {
    return this.#window.document.querySelectorAll(selector).length;
  }

  click(selector: string): void {
    const element = this.#window.document.querySelector(selector);
    if (element === null) throw new Error(`The page has no ${selector}`);
    element.dispatchEvent(new this.#window.MouseEvent('click', { bubbles: true }));
  }

  close(): Promise<void> {
    return this.#window.happyDOM.close();
  }
}
