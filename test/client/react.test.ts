import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
  vi,
  type MockInstance,
} from 'vitest';

import type { Client, ClientOptions } from '../../src/client/index.ts';
import { BrowserPage } from './browser-page.ts';
import type { ReactUnderTest } from './react-page.ts';
import { loadReact } from './react-versions.ts';
import { useTestService } from '../test-kit/service.ts';

const service = useTestService();
let page: BrowserPage;
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'wa-react-'));
  page = new BrowserPage();
});
afterAll(async () => {
  await page.close();
  await rm(directory, { recursive: true, force: true });
});

const eventually = (look: () => void): Promise<void> => vi.waitFor(look, { timeout: 10_000, interval: 10 });

describe.each([18, 19] as const)('With React %i', (major) => {
  let react: ReactUnderTest;
  let complaints: MockInstance;
  beforeAll(async () => {
    react = await loadReact(major, directory);
  });
  beforeEach(() => {
    complaints = vi.spyOn(console, 'error');
  });
  afterEach(() => {
    expect(complaints.mock.calls).toEqual([]);
    complaints.mockRestore();
  });

  const clientOf = (userId: string, options: Partial<ClientOptions> = {}): Client =>
    react.createClient({ baseUrl: service().url, token: () => service().token(userId), ...options });
  /** A client that counts its streams. */
  const countingClient = (userId: string): { client: Client; open: () => number; opened: () => number } => {
    let [opened, closed] = [0, 0];
    const send: typeof fetch = (url, init) => {
      if (new Headers(init?.headers).get('accept') === 'text/event-stream') {
        opened += 1;
        init?.signal?.addEventListener('abort', () => (closed += 1));
      }
      return fetch(url, init);
    };
    return { client: clientOf(userId, { fetch: send }), open: () => opened - closed, opened: () => opened };
  };
  const show = (
    client: Client,
    id: string,
    { copies = 1, onStatus }: { copies?: number; onStatus?: (status: string) => void } = {},
  ) => {
    const root = react.render(client, { id, ...(onStatus !== undefined && { onStatus }) }, page.root(), copies);
    onTestFinished(() => root.unmount());
    return root;
  };

  it('is that version', () => {
    expect(react.version).toMatch(new RegExp(`^${major}\\.`));
  });

  it('a first visit shows a way to link, then the QR, and after the scan who is connected', async () => {
    const user = `first-${major}`;
    show(clientOf(user), 'sales');
    await eventually(() => expect(page.text('h1')).toBe('absent'));
    page.click('button');
    await eventually(() => expect(page.attribute('svg[role=img]', 'aria-label')).toContain('QR code'));
    expect(page.attribute('svg path', 'd')).toMatch(/^M4 4\.5h7/);
    expect(page.text('small')).toMatch(/A new code in \d+ s/);
    await service().phone('sales', user).scan();
    await eventually(() => expect(page.text('h1')).toBe('ready'));
    expect(page.text('b')).toBe('5215550001111');
    await eventually(() => expect(page.text('[role=status]')).toBe('Connected.'));
    expect(page.count('svg')).toBe(0);
  });

  it('a reload finds the connected session without the flash of a QR', async () => {
    const user = `reload-${major}`;
    await service().bring('sales', 'ready', user);
    const seen = new Set<string>();
    show(clientOf(user), 'sales', { onStatus: (status) => seen.add(status) });
    await eventually(() => expect(page.text('h1')).toBe('ready'));
    expect([...seen]).toEqual(['loading', 'ready']);
  });

  it('Strict Mode and many components share one connection, which closes after the last has gone', async () => {
    const user = `shared-${major}`;
    await service().bring('sales', 'waiting_qr', user);
    const { client, open, opened } = countingClient(user);
    const root = show(client, 'sales', { copies: 3 });
    await eventually(() => expect(page.count('svg')).toBe(3));
    expect(opened()).toBe(1);
    root.unmount();
    await eventually(() => expect(open()).toBe(0));
  });

  it('a server renders that it is loading, sends nothing, and the page takes over without a mismatch', async () => {
    const user = `server-${major}`;
    await service().bring('sales', 'ready', user);
    const { client, opened } = countingClient(user);
    const html = react.onServer(client, { id: 'sales' });
    expect(html).toContain('<h1>loading</h1>');
    expect(opened()).toBe(0);
    const root = react.hydrate(client, { id: 'sales' }, page.root(html));
    onTestFinished(() => root.unmount());
    await eventually(() => expect(page.text('h1')).toBe('ready'));
  });

  it('a new QR is told to those who cannot see it; a pairing code is text', async () => {
    const user = `codes-${major}`;
    await service().bring('sales', 'waiting_qr', user);
    show(clientOf(user), 'sales');
    await eventually(() => expect(page.count('svg')).toBe(1));
    expect(page.text('[role=status]')).toBe('');
    await service().phone('sales', user).refuse();
    await eventually(() => expect(page.text('[role=status]')).toBe('There is a new code.'));
    page.click('button');
    await eventually(() => expect(page.text('strong')).toMatch(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/));
    expect(page.count('svg')).toBe(0);
  });

  it('a logout on the phone is seen', async () => {
    const user = `logout-${major}`;
    await service().bring('sales', 'ready', user);
    show(clientOf(user), 'sales');
    await eventually(() => expect(page.text('h1')).toBe('ready'));
    await service().phone('sales', user).logout();
    await eventually(() => expect(page.text('h1')).toBe('disconnected'));
  });

  it('a component outside of a provider says what is missing', () => {
    expect(() => react.withoutProvider({ id: 'sales' })).toThrow(
      'Put a <WhatsAppProvider client={…}> around this component.',
    );
    complaints.mockClear();
  });
});
