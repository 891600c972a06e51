import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LossCause } from '../../../src/whatsapp/device.ts';
import type { PageScript } from '../../whatsapp-web/settings.ts';
import { type ChromiumFixture, createChromiumFixture } from './chromium-fixture.ts';
import { ContractFixture } from '../contract/contract-fixture.ts';
import { HeardMessages } from '../heard-messages.ts';

const DEADLINE_MS = 60_000;

// The faults of whatsapp-web.js on a page that fails: it hangs for ever, it crashes its process, or it says nothing. Each
// of these tests ends by counting browsers.
describe('a page that does not come up', { timeout: DEADLINE_MS * 2 }, () => {
  const fixture = new ContractFixture(
    () => createChromiumFixture({ driver: { deadlines: { callMs: 1_500, documentMs: 2_500, pageMs: 2_500 } } }),
    DEADLINE_MS,
  );
  fixture.install();

  const FAILURES: readonly {
    readonly name: string;
    readonly script: PageScript;
    readonly cause: LossCause;
    readonly code: string;
  }[] = [
    {
      name: 'whose document never ends',
      script: { kind: 'never_ends' },
      cause: 'launch_timeout',
      code: 'PAGE_NEVER_LOADED',
    },
    {
      name: 'that the server never answers',
      script: { kind: 'no_answer' },
      cause: 'launch_timeout',
      code: 'PAGE_NEVER_LOADED',
    },
    { name: 'whose connection is cut', script: { kind: 'drops' }, cause: 'network', code: 'UNREACHABLE' },
    {
      name: 'that the server refuses',
      script: { kind: 'refuses', status: 503 },
      cause: 'network',
      code: 'PAGE_REFUSED',
    },
    {
      name: 'without WhatsApp Web in it',
      script: { kind: 'blank' },
      cause: 'launch_timeout',
      code: 'PAGE_NEVER_CAME_UP',
    },
    {
      name: 'whose socket stays opening',
      script: { kind: 'loads', settings: { socket: 'stays_opening' } },
      cause: 'network',
      code: 'NEVER_CONNECTED',
    },
    {
      name: 'whose internals were renamed',
      script: { kind: 'loads', settings: { missingModules: ['WAWebConnModel'] } },
      cause: 'internal_error',
      code: 'INTERNALS_CHANGED',
    },
    {
      name: 'that hangs while it loads',
      script: { kind: 'fails', at: 'qr', how: { kind: 'hang', busy: false } },
      cause: 'page_unresponsive',
      code: 'PAGE_UNRESPONSIVE',
    },
    {
      name: 'that crashes while it loads',
      script: { kind: 'fails', at: 'load', how: { kind: 'crash' } },
      cause: 'page_crashed',
      code: 'PAGE_CRASHED',
    },
  ];

  it.each(FAILURES)('is lost with $cause when it is one $name', async ({ script, cause, code }) => {
    chromiumOf(fixture).web.script(script);
    const opened = fixture.open(fixture.subject());
    expect(await opened.log.next('lost')).toMatchObject({ cause, fault: { code } });
    await fixture.close(opened);
  });

  it('is tried again when it reloads while it comes up', async () => {
    chromiumOf(fixture).web.script({ kind: 'fails', at: 'load', how: { kind: 'reload' } });
    await fixture.openReady();
  });
});

describe('a page that was up', { timeout: DEADLINE_MS * 2 }, () => {
  const fixture = new ContractFixture(
    () => createChromiumFixture({ driver: { deadlines: { callMs: 5_000, pageMs: 3_000 } } }),
    DEADLINE_MS,
  );
  fixture.install();

  it('is ready once more after a reload, and tells each message once', async () => {
    const { browser, log, subject } = await fixture.openReady();
    const heard = new HeardMessages(browser);
    chromiumOf(fixture).page(subject).misbehave({ kind: 'reload' });
    await log.next('ready');
    await fixture.environment.receive({ from: '5215559998877', text: 'one' }, subject);
    await heard.next('one');
    await fixture.environment.receive({ from: '5215559998877', text: 'two' }, subject);
    await heard.next('two');
    expect(heard.messages).toHaveLength(2);
  });

  it('asks WhatsApp nothing for the messages of a group', async () => {
    const { browser, subject } = await fixture.openReady();
    const heard = new HeardMessages(browser);
    const { web, page } = chromiumOf(fixture);
    const phone = web.phone(subject.account.phoneNumber);
    for (const text of ['one', 'two', 'three'])
      phone.receives({ from: '5215559998877', text, group: '120363001@g.us' });
    await heard.next('three');
    // What the messages had begun to ask would be out before the answer to another message.
    await fixture.environment.receive({ from: '5215559998877', text: 'later' }, subject);
    await heard.next('later');
    expect(page(subject).queries).toEqual([]);
  });

  it('is lost, and the service with its other sessions is not, when a reload brings nothing', async () => {
    const one = await fixture.openReady();
    const other = await fixture.openReady();
    chromiumOf(fixture).web.script({ kind: 'blank' });
    chromiumOf(fixture).page(one.subject).misbehave({ kind: 'reload' });
    expect(await one.log.next('lost')).toMatchObject({
      cause: 'launch_timeout',
      fault: { code: 'PAGE_NEVER_CAME_UP' },
    });
    expect(await fixture.probeUntil(other, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
  });

  it.each(['alert', 'confirm', 'prompt'] as const)('goes on when it opens a dialog: %s', async (dialog) => {
    const { browser, subject } = await fixture.openReady();
    const heard = new HeardMessages(browser);
    chromiumOf(fixture).page(subject).misbehave({ kind: 'dialog', dialog });
    await fixture.environment.receive({ from: '5215559998877', text: 'after it' }, subject);
    await heard.next('after it');
  });

  it('leaves when it asks whether it may', async () => {
    const { log, subject } = await fixture.openReady();
    chromiumOf(fixture).page(subject).misbehave({ kind: 'dialog', dialog: 'ask_to_leave' });
    await log.next('ready');
  });

  it('is lost when it leaves for another place', async () => {
    const { log, subject } = await fixture.openReady();
    chromiumOf(fixture).page(subject).misbehave({ kind: 'blank' });
    expect(await log.next('lost')).toMatchObject({ cause: 'page_crashed', fault: { code: 'PAGE_LEFT' } });
  });

  it('is found unresponsive when its internals break', async () => {
    const opened = await fixture.openReady();
    chromiumOf(fixture).page(opened.subject).misbehave({ kind: 'break_internals' });
    await fixture.probeUntil(opened, (result) => result.kind === 'missed' && result.cause === 'page_unresponsive');
  });

  it('is found without network while its socket is stuck in opening', async () => {
    const opened = await fixture.openReady();
    chromiumOf(fixture).page(opened.subject).setState('OPENING');
    await fixture.probeUntil(opened, (result) => result.kind === 'missed' && result.cause === 'network');
    expect(opened.log.types).not.toContain('lost');
  });

  it('can be closed from within what tells of its loss', async () => {
    const subject = fixture.subject();
    let closed: Promise<void> | undefined;
    const first = await fixture.openReady(subject);
    await fixture.close(first);
    const { driver } = fixture.environment;
    const browser = driver.open({
      key: subject.key,
      credentials: driver.credentials(subject.profileDir),
      pairWith: null,
      onEvent: (event) => {
        if (event.type === 'ready') chromiumOf(fixture).page(subject).misbehave({ kind: 'crash' });
        if (event.type === 'lost') closed = browser.close(5_000);
      },
    });
    await expect.poll(() => closed !== undefined, { timeout: DEADLINE_MS }).toBe(true);
    await closed;
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });
});

describe('a sync', { timeout: DEADLINE_MS * 2 }, () => {
  const fixture = new ContractFixture(
    () => createChromiumFixture({ settings: { sync: { when: 'early', durationMs: 0, steps: 1 } } }),
    DEADLINE_MS,
  );
  fixture.install();

  it('that is over before the library listens makes a session ready all the same', async () => {
    const first = await fixture.openReady();
    await fixture.close(first);
    const { log } = fixture.open(first.subject);
    await log.next('authenticated');
    await log.next('ready');
  });

  it('that never ends is neither taken for one nor a reason not to close', async () => {
    chromiumOf(fixture).web.configure({ sync: { when: 'never', durationMs: 0, steps: 1 } });
    const opened = fixture.open(fixture.subject());
    const { qr } = await opened.log.next('qr');
    await fixture.environment.scan(qr.code, opened.subject);
    await opened.log.next('authenticated');
    await fixture.probeUntil(opened, ({ kind }) => kind === 'alive');
    expect(opened.log.types).not.toContain('ready');
    await fixture.close(opened);
  });

  it('is told of while it goes on, from the scan to its end', async () => {
    chromiumOf(fixture).web.configure({ sync: { when: 'listened_to', durationMs: 3_000, steps: 6 } });
    const opened = fixture.open(fixture.subject());
    const { qr } = await opened.log.next('qr');
    await fixture.environment.scan(qr.code, opened.subject);
    await opened.log.next('ready');
    const told = opened.log.types.slice(opened.log.types.lastIndexOf('qr') + 1);
    expect(told.slice(0, 2)).toEqual(['scanned', 'authenticated']);
    expect(told.filter((type) => type === 'progress').length).toBeGreaterThan(1);
    expect(told.at(-1)).toBe('ready');
  });

  it('of a browser that comes back says at once that it is linked, not when it is over', async () => {
    const first = await fixture.openReady();
    await fixture.close(first);
    chromiumOf(fixture).web.configure({ sync: { when: 'never', durationMs: 0, steps: 1 } });
    const { log } = fixture.open(first.subject);
    await log.next('authenticated');
    expect(log.types).toEqual(['started', 'authenticated']);
  });

  it('leaves no copy of WhatsApp Web in the working directory', async () => {
    chromiumOf(fixture).web.configure({ version: '2.3000.1234567890' });
    await fixture.openReady();
    expect(existsSync('.wwebjs_cache/2.3000.1234567890.html')).toBe(false);
  });
});

/** Each environment of these fixtures is made by `createChromiumFixture` here. */
const chromiumOf = (fixture: ContractFixture): ChromiumFixture => fixture.environment as ChromiumFixture;
