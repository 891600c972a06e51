import { expect, it } from 'vitest';
import type { LossCause } from '../../../src/whatsapp/device.ts';
import type { Subject } from './driver-environment.ts';
import type { ContractFixture } from './contract-fixture.ts';

interface FaultCase {
  readonly name: string;
  readonly cause: LossCause;
  readonly inject: (fixture: ContractFixture, subject: Subject) => Promise<void>;
}

const FAULT_CASES: readonly FaultCase[] = [
  {
    name: 'the phone logs it out',
    cause: 'logged_out',
    inject: (fixture, subject) => fixture.environment.logoutOnPhone(subject),
  },
  {
    name: 'the account is opened elsewhere',
    cause: 'conflict',
    inject: (fixture, subject) => fixture.environment.conflict(subject),
  },
  {
    name: 'its page crashes',
    cause: 'page_crashed',
    inject: (fixture, subject) => fixture.environment.crashPage(subject),
  },
  {
    name: 'its browser dies',
    cause: 'browser_crashed',
    inject: (fixture, subject) => fixture.environment.crashBrowser(subject),
  },
];

/** Each way to lose a browser is told with its cause, or found by a probe. */
export function losingContract(fixture: ContractFixture): void {
  it.each(FAULT_CASES)('is lost with $cause when $name', async ({ cause, inject }) => {
    const { log, subject } = await fixture.openReady();
    await inject(fixture, subject);
    expect(await log.next('lost')).toMatchObject({ cause });
  });

  it.each(FAULT_CASES)('can be closed, and tells nothing more, after $name', async ({ inject }) => {
    const opened = await fixture.openReady();
    await inject(fixture, opened.subject);
    await opened.log.next('lost');
    expect(await opened.browser.call('probe', null, fixture.signal())).toMatchObject({ kind: 'missed' });
    await fixture.close(opened);
    expect(opened.log.types.at(-1)).toBe('lost');
    expect(opened.log.types.filter((type) => type === 'lost')).toHaveLength(1);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('tells of a loss without a stack, a path or a secret', async () => {
    const { log, subject } = await fixture.openReady();
    await fixture.environment.crashBrowser(subject);
    const { fault } = await log.next('lost');
    expect(fault.code).toMatch(/^[A-Z][A-Z_]+$/);
    expect(fault.message).not.toContain(subject.profileDir);
    expect(fault.message).not.toContain(subject.account.phoneNumber);
    expect(fault.message).not.toMatch(/\n\s+at /);
  });

  it('is lost when its browser dies while it shows a QR', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    await log.next('qr');
    await fixture.environment.crashBrowser(subject);
    expect(await log.next('lost')).toMatchObject({ cause: 'browser_crashed' });
  });

  it('keeps the login through a crash of the browser', async () => {
    const first = await fixture.openReady();
    await fixture.close(first);
    const second = fixture.open(first.subject);
    await second.log.next('ready');
    await fixture.environment.crashBrowser(second.subject);
    await second.log.next('lost');
    await fixture.close(second);
    await fixture.open(first.subject).log.next('ready');
  });

  it('is lost as logged out when the phone did it while no browser was open', async () => {
    const opened = await fixture.openReady();
    await fixture.close(opened);
    await fixture.environment.logoutOnPhone(opened.subject);
    const again = fixture.open(opened.subject);
    expect(await again.log.next('lost')).toMatchObject({ cause: 'logged_out' });
    expect(again.log.types).not.toContain('ready');
  });

  it('loses one session and no other', async () => {
    const one = await fixture.openReady();
    const other = await fixture.openReady();
    await fixture.environment.crashBrowser(one.subject);
    await one.log.next('lost');
    expect(await fixture.probeUntil(other, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
    expect(other.log.types).not.toContain('lost');
  });

  it('is found alive while it is ready', async () => {
    const opened = await fixture.openReady();
    expect(await fixture.probeUntil(opened, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
  });

  it('is found unresponsive, by the end of the signal, when its page hangs', async () => {
    const opened = await fixture.openReady();
    await fixture.environment.hang(opened.subject);
    expect(await opened.browser.call('probe', null, fixture.signal())).toMatchObject({
      kind: 'missed',
      cause: 'page_unresponsive',
    });
  });

  it('can be closed while its page hangs and a probe waits for it', async () => {
    const opened = await fixture.openReady();
    await fixture.environment.hang(opened.subject);
    const probe = opened.browser.call('probe', null, new AbortController().signal);
    await fixture.close(opened);
    expect(await probe).toMatchObject({ kind: 'missed' });
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('is found without network while it is down, and alive once it is up', async () => {
    const opened = await fixture.openReady();
    await fixture.environment.networkDown(opened.subject);
    await fixture.probeUntil(opened, (result) => result.kind === 'missed' && result.cause === 'network');
    await fixture.environment.networkUp(opened.subject);
    await fixture.probeUntil(opened, ({ kind }) => kind === 'alive');
    expect(opened.log.types).not.toContain('lost');
  });
}
