import { expect, it } from 'vitest';
import type { LossCause } from '../../../src/whatsapp/device.ts';
import type { Subject } from './driver-subject.ts';
import type { Stage } from './contract-fixture.ts';

interface FaultCase {
  readonly name: string;
  readonly cause: LossCause;
  readonly strike: (stage: Stage, subject: Subject) => Promise<void>;
}

const BLOWS: readonly FaultCase[] = [
  {
    name: 'the phone logs it out',
    cause: 'logged_out',
    strike: (stage, subject) => stage.world.logoutOnPhone(subject),
  },
  {
    name: 'the account is opened elsewhere',
    cause: 'conflict',
    strike: (stage, subject) => stage.world.conflict(subject),
  },
  { name: 'its page crashes', cause: 'page_crashed', strike: (stage, subject) => stage.world.crashPage(subject) },
  { name: 'its browser dies', cause: 'browser_crashed', strike: (stage, subject) => stage.world.crashBrowser(subject) },
];

/** Each way to lose a browser is told with its cause, or found by a probe. */
export function losingContract(stage: Stage): void {
  it.each(BLOWS)('is lost with $cause when $name', async ({ cause, strike }) => {
    const { log, subject } = await stage.openReady();
    await strike(stage, subject);
    expect(await log.next('lost')).toMatchObject({ cause });
  });

  it.each(BLOWS)('can be closed, and tells nothing more, after $name', async ({ strike }) => {
    const opened = await stage.openReady();
    await strike(stage, opened.subject);
    await opened.log.next('lost');
    expect(await opened.browser.call('probe', null, stage.signal())).toMatchObject({ kind: 'missed' });
    await stage.close(opened);
    expect(opened.log.types.at(-1)).toBe('lost');
    expect(opened.log.types.filter((type) => type === 'lost')).toHaveLength(1);
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('tells of a loss without a stack, a path or a secret', async () => {
    const { log, subject } = await stage.openReady();
    await stage.world.crashBrowser(subject);
    const { fault } = await log.next('lost');
    expect(fault.code).toMatch(/^[A-Z][A-Z_]+$/);
    expect(fault.message).not.toContain(subject.profileDir);
    expect(fault.message).not.toContain(subject.account.phoneNumber);
    expect(fault.message).not.toMatch(/\n\s+at /);
  });

  it('is lost when its browser dies while it shows a QR', async () => {
    const { log, subject } = stage.open(stage.subject());
    await log.next('qr');
    await stage.world.crashBrowser(subject);
    expect(await log.next('lost')).toMatchObject({ cause: 'browser_crashed' });
  });

  it('keeps the login through a crash of the browser', async () => {
    const first = await stage.openReady();
    await stage.close(first);
    const second = stage.open(first.subject);
    await second.log.next('ready');
    await stage.world.crashBrowser(second.subject);
    await second.log.next('lost');
    await stage.close(second);
    await stage.open(first.subject).log.next('ready');
  });

  it('is lost as logged out when the phone did it while no browser was open', async () => {
    const opened = await stage.openReady();
    await stage.close(opened);
    await stage.world.logoutOnPhone(opened.subject);
    const again = stage.open(opened.subject);
    expect(await again.log.next('lost')).toMatchObject({ cause: 'logged_out' });
    expect(again.log.types).not.toContain('ready');
  });

  it('loses one session and no other', async () => {
    const one = await stage.openReady();
    const other = await stage.openReady();
    await stage.world.crashBrowser(one.subject);
    await one.log.next('lost');
    expect(await stage.probeUntil(other, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
    expect(other.log.types).not.toContain('lost');
  });

  it('is found alive while it is ready', async () => {
    const opened = await stage.openReady();
    expect(await stage.probeUntil(opened, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
  });

  it('is found unresponsive, by the end of the signal, when its page hangs', async () => {
    const opened = await stage.openReady();
    await stage.world.hang(opened.subject);
    expect(await opened.browser.call('probe', null, stage.signal())).toMatchObject({
      kind: 'missed',
      cause: 'page_unresponsive',
    });
  });

  it('can be closed while its page hangs and a probe waits for it', async () => {
    const opened = await stage.openReady();
    await stage.world.hang(opened.subject);
    const probe = opened.browser.call('probe', null, new AbortController().signal);
    await stage.close(opened);
    expect(await probe).toMatchObject({ kind: 'missed' });
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('is found without network while it is down, and alive once it is up', async () => {
    const opened = await stage.openReady();
    await stage.world.networkDown(opened.subject);
    await stage.probeUntil(opened, (result) => result.kind === 'missed' && result.cause === 'network');
    await stage.world.networkUp(opened.subject);
    await stage.probeUntil(opened, ({ kind }) => kind === 'alive');
    expect(opened.log.types).not.toContain('lost');
  });
}
