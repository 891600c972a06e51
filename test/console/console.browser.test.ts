import type { Page } from 'puppeteer';
import { describe, expect, it } from 'vitest';

import { accessFaults, becomes, press, sees, write, type Visitor } from './pages-fixture.ts';
import { usePages } from './use-pages.ts';

const pages = usePages();
const { visitor } = pages;

async function openAs(userId: string, fragment = '', visit: Visitor = {}, scope?: string): Promise<Page> {
  const page = await pages.fixture.visit(
    await visitor(),
    await pages.fixture.linkFor(userId, scope === undefined ? {} : { scope }),
    visit,
  );
  await sees(page, '#content');
  if (fragment !== '') await page.evaluate((to) => (location.hash = to), fragment);
  return page;
}

/** As the browser does when another tab covers it, or no longer does; a browser without a screen shows all of them. */
const turn = (page: Page, to: 'hidden' | 'visible'): Promise<void> =>
  page.evaluate((visibilityState) => {
    Object.defineProperty(document, 'visibilityState', { value: visibilityState, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, to);

const stateOf = (page: Page) => (): Promise<string | null> =>
  page.$eval('.session-head-card', (card) => card.getAttribute('data-state')).catch(() => null);
const is = (state: string) => (found: string | null) => expect(found).toBe(state);

describe('the console', () => {
  it('takes a first visitor from an empty list to a linked phone', async () => {
    const page = await openAs('first');
    expect(page.url()).not.toContain('token');
    await sees(page, '::-p-text(No sessions yet)');
    await press(page, 'New session');
    await write(page, 'dialog input[type=text]', 'sales');
    await press(page, 'Create');
    await sees(page, 'svg.qr');
    await pages.fixture.service.phone('sales', 'first').scan('5215550001111', 'Ana');
    await becomes(stateOf(page), is('ready'));
    await sees(page, '::-p-text(+5215550001111)');
    await sees(page, '.timeline-step[data-state=ready]');
  });

  it('stays signed in and connected over a reload, without a flash of another state', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'reloader');
    const page = await openAs('reloader', '#/session/reloader/sales');
    await becomes(stateOf(page), is('ready'));
    await page.evaluateOnNewDocument(() => {
      const seen = new Set<string>();
      Object.assign(globalThis, { seen });
      const look = (): void =>
        document
          .querySelectorAll('.session-head-card')
          .forEach((card) => seen.add(card.getAttribute('data-state') ?? ''));
      new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
    });
    await page.reload();
    await becomes(stateOf(page), is('ready'));
    expect(await page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen])).toEqual(['ready']); // what the observer has kept
  });

  it('tells at once, in every tab, what happens on the phone and what is done in another tab', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'tabber');
    const context = await visitor();
    const open = async (): Promise<Page> => {
      const page = await pages.fixture.visit(context, await pages.fixture.linkFor('tabber'));
      await sees(page, '#content');
      await page.evaluate(() => (location.hash = '#/session/tabber/sales'));
      await becomes(stateOf(page), is('ready'));
      return page;
    };
    const [one, other] = [await open(), await open()];
    await pages.fixture.service.phone('sales', 'tabber').logout();
    for (const page of [one, other]) await becomes(stateOf(page), is('disconnected'));
    await sees(other, '::-p-text(Logged out)');
    await one.bringToFront();
    await press(one, 'Start');
    for (const page of [one, other]) await becomes(stateOf(page), is('waiting_qr'));
    await press(one, 'Delete');
    await one.locator('dialog .danger').click();
    for (const page of [one, other])
      await becomes(
        () => page.$eval('main', (main) => main.textContent),
        (text) => expect(text).toContain('There is no such session'),
      );
  });

  it('shows an eighth tab what is the case, since those that are hidden let their stream go, and each again once it is seen', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'collector');
    const context = await visitor();
    const open = async (): Promise<Page> => pages.fixture.visit(context, await pages.fixture.linkFor('collector'));
    const shown = (page: Page) => (): Promise<string | null> =>
      page.$eval('.session-row', (row) => row.getAttribute('data-state')).catch(() => null);
    const first = await open();
    await becomes(shown(first), is('ready'));
    await turn(first, 'hidden');
    await Promise.all(Array.from({ length: 6 }, async () => turn(await open(), 'hidden')));
    const eighth = await open();
    await becomes(shown(eighth), is('ready'));
    await pages.fixture.service.phone('sales', 'collector').logout();
    await becomes(shown(eighth), is('disconnected'));
    await turn(first, 'visible');
    await becomes(shown(first), is('disconnected'));
    expect(await first.$eval('.connection-banner', (banner) => banner.textContent)).toBe('');
  });

  it('says that it cannot reach a service that restarts, and goes on by itself', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'restarter');
    const page = await openAs('restarter', '#/session/restarter/sales');
    await becomes(stateOf(page), is('ready'));
    const restarted = pages.fixture.service.restart('SIGKILL');
    await sees(page, '::-p-text(cannot be reached)');
    await restarted;
    await becomes(
      () => page.$eval('.connection-banner', (banner) => banner.textContent),
      (text) => expect(text).toBe(''),
    );
    await becomes(stateOf(page), is('ready'));
    await sees(page, '.neighbours-active');
  });

  it('asks for a fresh token when the old one has expired, and goes on where one was', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'sleeper');
    const page = await pages.fixture.visit(
      await visitor(),
      await pages.fixture.linkFor('sleeper', { expiresInSeconds: 2 }),
    );
    await page.evaluate(() => (location.hash = '#/session/sleeper/sales'));
    await sees(page, '::-p-text(has expired)');
    await write(page, 'textarea', 'not a token');
    await press(page, 'Sign in');
    await sees(page, '::-p-text(This is not a token)');
    await write(page, 'textarea', await pages.fixture.service.token('sleeper'));
    await press(page, 'Sign in');
    await becomes(stateOf(page), is('ready'));
  });

  it('sends a text, shows what becomes of it, and asks a person about one that is unknown', async () => {
    await pages.fixture.service.bring('sales', 'ready', 'writer');
    const page = await openAs('writer', '#/session/writer/sales');
    await sees(page, '::-p-text(Nothing waits to be sent)');
    await write(page, '.send-text input', '5215550002222');
    await write(page, '.send-text textarea', 'hello');
    await press(page, 'Send');
    await sees(page, '.outbox-status[data-status=delivered]');
    await pages.fixture.service.play('sales', { event: 'lose_send', when: 'in_page' }, 'writer');
    await write(page, '.send-text textarea', 'is it out?');
    await press(page, 'Send');
    // At once: the service looks for it as well.
    await page.waitForSelector('.outbox-ways button');
    await page.$$eval('.outbox-ways button', ([sent]) => sent instanceof HTMLElement && sent.click());
    await becomes(
      () => page.$('.outbox .notice'),
      (notice) => expect(notice).toBeNull(),
    );
    expect(await page.content()).not.toContain('is it out?');
  });

  it('shows a plain user only theirs, and a reader nothing to press', async () => {
    await pages.fixture.service.bring('mine', 'waiting_qr', 'owner');
    await pages.fixture.service.bring('theirs', 'waiting_qr', 'neighbour');
    const own = await openAs('owner');
    await sees(own, '.session-row');
    expect(await own.$$eval('.session-row a', (links) => links.map((link) => link.textContent))).toEqual(['mine']);
    expect(await own.$('a[href="/#/fleet"]')).toBeNull();
    const reader = await openAs('owner', '#/session/owner/mine', {}, 'sessions:read');
    await sees(reader, '::-p-text(may look, but not act)');
    expect(await reader.$('.actions button, .simulated, .instead, .send-text')).toBeNull();
  });

  it('shows an admin everybody’s and the fleet, and finds one of a thousand', async () => {
    const client = pages.fixture.service.client('crowd');
    const ids = Array.from({ length: 1_000 }, (_, number) => `s${String(number).padStart(4, '0')}`);
    for (let from = 0; from < ids.length; from += 50)
      await Promise.all(ids.slice(from, from + 50).map((id) => client.sessions.ensure(id, { start: false })));
    const page = await openAs('boss', '', {}, 'admin');
    await write(page, 'input[type=search]', 'crowd');
    await sees(page, '::-p-text(1,000 of)');
    const drawn = await page.$$eval('.session-row', (rows) => rows.length);
    expect(drawn).toBeGreaterThan(5);
    expect(drawn).toBeLessThan(60);
    await page.focus('.session-row a');
    await page.keyboard.press('End');
    await becomes(
      () => page.evaluate(() => document.activeElement?.textContent),
      (focused) => expect(focused).toBe('s0999'),
    );
    await write(page, 'input[type=search]', 's0500');
    await sees(page, '::-p-text(1 of)');
    await page.evaluate(() => (location.hash = '#/fleet'));
    await sees(page, '.fleet-node .meter');
  });

  it('lets an admin drain a node, shows that it drains, and takes it back', async () => {
    await pages.fixture.service.bring('moves', 'ready', 'boss');
    const page = await openAs('boss', '#/fleet', {}, 'admin');
    await sees(page, '.node-facts ::-p-text(are its part)');
    await page.locator('.node-order .button::-p-text(Drain)').click();
    await sees(page, '.node-facts ::-p-text(Gives its sessions away)');
    await page.locator('.node-order .button::-p-text(Take sessions again)').click();
    await sees(page, '.node-order .button::-p-text(Drain)');
  });

  it.each<Visitor>([{ scheme: 'light' }, { scheme: 'dark', device: 'phone', language: 'es' }])(
    'has no fault that axe can find: %o',
    async (visit) => {
      const userId = `axe-${visit.scheme ?? ''}`;
      const signIn = await pages.fixture.visit(await visitor(), '/', visit);
      await sees(signIn, 'textarea');
      expect(await accessFaults(signIn)).toEqual([]);
      const page = await openAs(userId, '', visit, 'admin');
      const sessions = [
        ['a', 'ready'],
        ['b', 'reconnecting'],
        ['c', 'disconnected'],
        ['d', 'failed'],
        ['e', 'waiting_qr'],
      ] as const;
      await Promise.all(sessions.map(([id, state]) => pages.fixture.service.bring(id, state, userId)));
      await write(page, 'input[type=search]', userId);
      await sees(page, '.session-row[data-state=waiting_qr]');
      expect(await accessFaults(page)).toEqual([]);
      for (const id of ['b', 'd', 'e']) {
        await page.evaluate((to) => (location.hash = to), `#/session/${userId}/${id}`);
        await sees(page, id === 'e' ? 'svg.qr' : '.timeline-step');
        expect(await accessFaults(page)).toEqual([]);
      }
      await page.locator('.actions .danger').click();
      await sees(page, 'dialog[open]');
      expect(await accessFaults(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.evaluate(() => (location.hash = '#/fleet'));
      await sees(page, '.fleet-node .meter');
      await page.locator('summary.avatar').click();
      expect(await accessFaults(page)).toEqual([]);
    },
  );
});
