import type { BrowserContext, Page } from 'puppeteer';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

import { PagesFixture, type Visitor } from './pages-fixture.ts';

export interface Pages {
  readonly fixture: PagesFixture;
  /** Somebody's own browser, until the test has ended. */
  readonly visitor: () => Promise<BrowserContext>;
  /** A page in a browser of its own. */
  readonly visit: (path: string, visitor?: Visitor) => Promise<Page>;
}

/** Gives a file's tests a service with its pages. Whatever a test is about, no page may do what `faults` names. */
export function usePages(): Pages {
  let opened: PagesFixture | null = null;
  const contexts: BrowserContext[] = [];
  const fixture = (): PagesFixture => {
    if (opened === null) throw new Error('The pages are there during tests only');
    return opened;
  };
  beforeAll(async () => {
    opened = await PagesFixture.open();
  });
  afterAll(() => fixture().close());
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(fixture().faults.splice(0)).toEqual([]);
  });
  const visitor = async (): Promise<BrowserContext> => {
    const context = await fixture().visitor();
    contexts.push(context);
    return context;
  };
  return {
    get fixture() {
      return fixture();
    },
    visitor,
    visit: async (path, how) => fixture().visit(await visitor(), path, how),
  };
}
