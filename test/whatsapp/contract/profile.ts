import { stat } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Stage } from './contract-fixture.ts';

/** A login lies in its profile: it survives closing, and nothing else. One browser lives in it at a time. */
export function profileContract(stage: Stage): void {
  it('is ready again without a QR after it was closed', async () => {
    const first = await stage.openReady();
    await stage.close(first);
    const second = stage.open(first.subject);
    const { account } = await second.log.next('ready');
    expect(account).toEqual(first.subject.account);
    expect(second.log.types).not.toContain('qr');
  });

  it('makes a profile that nobody else on the machine can enter', async () => {
    const { log, subject } = stage.open(stage.subject());
    await log.next('started');
    expect((await stat(subject.profileDir)).mode & 0o777).toBe(0o700);
  });

  it('has a profile from the first login until it is erased', async () => {
    const { driver } = stage.world;
    const subject = stage.subject();
    expect(await driver.hasProfile(subject.profileDir)).toBe(false);
    await stage.close(await stage.openReady(subject));
    expect(await driver.hasProfile(subject.profileDir)).toBe(true);
    await driver.eraseProfile(subject.profileDir);
    expect(await driver.hasProfile(subject.profileDir)).toBe(false);
  });

  it('leaves nothing on disk of a profile that was erased', async () => {
    const opened = await stage.openReady();
    await stage.close(opened);
    await stage.world.driver.eraseProfile(opened.subject.profileDir);
    await expect(stat(opened.subject.profileDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('erases a profile that is not there', async () => {
    await expect(stage.world.driver.eraseProfile(stage.subject().profileDir)).resolves.toBeUndefined();
  });

  it('does not erase a profile under its browser', async () => {
    const opened = await stage.openReady();
    await expect(stage.world.driver.eraseProfile(opened.subject.profileDir)).rejects.toThrow(Error);
    await stage.close(opened);
    expect(await stage.world.driver.hasProfile(opened.subject.profileDir)).toBe(true);
  });

  it('shows a QR again once it was unlinked and erased', async () => {
    const opened = await stage.openReady();
    await opened.browser.call('unlink', null, AbortSignal.timeout(stage.deadlineMs));
    await stage.close(opened);
    await stage.world.driver.eraseProfile(opened.subject.profileDir);
    const again = stage.open(opened.subject);
    await again.log.next('qr');
    expect(again.log.types).not.toContain('authenticated');
  });

  it('can not be unlinked while it is not linked', async () => {
    const { browser, log } = stage.open(stage.subject());
    await log.next('qr');
    await expect(browser.call('unlink', null, stage.signal())).rejects.toThrow(Error);
  });

  it('refuses a second browser in one profile and keeps the first', async () => {
    const first = await stage.openReady();
    const second = stage.open({ ...first.subject, key: 'u2/intruder' });
    expect(await second.log.next('lost')).toMatchObject({ cause: 'internal_error' });
    await stage.close(second);
    expect(await stage.world.liveBrowsers()).toBe(1);
    await expect(stage.world.driver.eraseProfile(first.subject.profileDir)).rejects.toThrow(Error);
    expect(await stage.probeUntil(first, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
    expect(first.log.types).not.toContain('lost');
  });
}
