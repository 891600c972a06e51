import { describe, expect, it } from 'vitest';
import { watchExposed } from '../../../../src/whatsapp/web/page/exposed-functions.ts';

/** Refuses a name that it has, as Puppeteer's page does. */
class Page {
  readonly functions = new Map<string, () => unknown>();
  readonly #ids = new Set<string>();

  call(name: string): unknown {
    return this.functions.get(name)?.();
  }

  async exposeFunction(name: string, called: () => unknown): Promise<void> {
    if (this.functions.has(name)) throw new Error(`window['${name}'] already exists!`);
    this.functions.set(name, called);
    await Promise.resolve();
    this.#ids.add(name);
  }

  async removeExposedFunction(name: string): Promise<void> {
    if (!this.#ids.has(name)) throw new Error(`Function with name "${name}" does not exist`);
    this.#ids.delete(name);
    this.functions.delete(name);
    await Promise.resolve();
  }
}

const first = () => 'first';
const second = () => 'second';

describe('A function that is given to a page', () => {
  it('takes the place of the one that it was given before by this name', async () => {
    const page = new Page();
    watchExposed(page, () => undefined);
    await page.exposeFunction('onQr', first);
    await page.exposeFunction('onQr', second);
    expect(await page.call('onQr')).toBe('second');
  });

  it('waits for one that is still being given', async () => {
    const page = new Page();
    watchExposed(page, () => undefined);
    await Promise.all([page.exposeFunction('onQr', first), page.exposeFunction('onQr', second)]);
    expect(await page.call('onQr')).toBe('second');
  });

  it('leaves those with other names', async () => {
    const page = new Page();
    watchExposed(page, () => undefined);
    await page.exposeFunction('onQr', first);
    await page.exposeFunction('onCode', second);
    expect([await page.call('onQr'), await page.call('onCode')]).toEqual(['first', 'second']);
  });

  it('is heard when it throws, and the page is not told', async () => {
    const page = new Page();
    const heard: unknown[] = [];
    watchExposed(page, (name, thrown) => heard.push([name, thrown]));
    const failure = new Error('cannot read this');
    await page.exposeFunction('onMessage', () => Promise.reject(failure));
    expect(await page.call('onMessage')).toBeUndefined();
    expect(heard).toEqual([['onMessage', failure]]);
  });
});
