import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { ContractFixture } from './contract-fixture.ts';

/** A login lies in its profile: it survives closing, and nothing else. One browser lives in it at a time. */
export function profileContract(fixture: ContractFixture): void {
  it('is ready again without a QR after it was closed', async () => {
    const first = await fixture.openReady();
    await fixture.close(first);
    const second = fixture.open(first.subject);
    const { account } = await second.log.next('ready');
    expect(account).toEqual(first.subject.account);
    expect(second.log.types).not.toContain('qr');
  });

  it('makes a profile that nobody else on the machine can enter', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    await log.next('started');
    expect((await stat(subject.profileDir)).mode & 0o777).toBe(0o700);
  });

  it('has a profile from the first login until it is erased', async () => {
    const { driver } = fixture.environment;
    const subject = fixture.subject();
    expect(await driver.credentials(subject.profileDir).has()).toBe(false);
    await fixture.close(await fixture.openReady(subject));
    expect(await driver.credentials(subject.profileDir).has()).toBe(true);
    await driver.credentials(subject.profileDir).erase();
    expect(await driver.credentials(subject.profileDir).has()).toBe(false);
  });

  it('leaves nothing on disk of a profile that was erased', async () => {
    const opened = await fixture.openReady();
    await fixture.close(opened);
    await fixture.environment.driver.credentials(opened.subject.profileDir).erase();
    await expect(stat(opened.subject.profileDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('erases a profile that is not there', async () => {
    await expect(fixture.environment.driver.credentials(fixture.subject().profileDir).erase()).resolves.toBeUndefined();
  });

  it('does not erase a profile under its browser', async () => {
    const opened = await fixture.openReady();
    await expect(fixture.environment.driver.credentials(opened.subject.profileDir).erase()).rejects.toThrow(Error);
    await fixture.close(opened);
    expect(await fixture.environment.driver.credentials(opened.subject.profileDir).has()).toBe(true);
  });

  it('shows a QR again once it was unlinked and erased', async () => {
    const opened = await fixture.openReady();
    await opened.browser.call('unlink', null, AbortSignal.timeout(fixture.deadlineMs));
    await fixture.close(opened);
    await fixture.environment.driver.credentials(opened.subject.profileDir).erase();
    const again = fixture.open(opened.subject);
    await again.log.next('qr');
    expect(again.log.types).not.toContain('authenticated');
  });

  it('can not be unlinked while it is not linked', async () => {
    const { browser, log } = fixture.open(fixture.subject());
    await log.next('qr');
    await expect(browser.call('unlink', null, fixture.signal())).rejects.toThrow(Error);
  });

  it('refuses a second browser in one profile and keeps the first', async () => {
    const first = await fixture.openReady();
    const second = fixture.open({ ...first.subject, key: 'u2/intruder' });
    expect(await second.log.next('lost')).toMatchObject({ cause: 'internal_error' });
    await fixture.close(second);
    expect(await fixture.environment.liveBrowsers()).toBe(1);
    await expect(fixture.environment.driver.credentials(first.subject.profileDir).erase()).rejects.toThrow(Error);
    expect(await fixture.probeUntil(first, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
    expect(first.log.types).not.toContain('lost');
  });
}
