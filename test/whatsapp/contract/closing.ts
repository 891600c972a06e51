import { expect, it } from 'vitest';
import type { Stage } from './contract-fixture.ts';

const MIB = 2 ** 20;

/** Closing works at any moment, and means that the browser is gone. */
export function closingContract(stage: Stage): void {
  it('leaves no browser once close has resolved', async () => {
    const opened = await stage.openReady();
    expect(await stage.world.liveBrowsers()).toBe(1);
    await stage.close(opened);
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('can be closed before it has told anything', async () => {
    const opened = stage.open(stage.subject());
    await stage.close(opened);
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('can be closed in the middle of its launch, and its profile opened again', async () => {
    const opened = stage.open(stage.subject());
    await opened.log.next('started');
    await stage.close(opened);
    expect(await stage.world.liveBrowsers()).toBe(0);
    await stage.open(opened.subject).log.next('qr');
  });

  it('can be closed again and again', async () => {
    const opened = await stage.openReady();
    await Promise.all([stage.close(opened), stage.close(opened)]);
    await stage.close(opened);
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('leaves the next browser of its profile alone when it is closed once more', async () => {
    const first = await stage.openReady();
    await stage.close(first);
    const second = stage.open(first.subject);
    await second.log.next('ready');
    await stage.close(first);
    expect(await stage.world.liveBrowsers()).toBe(1);
    await expect(stage.world.driver.eraseProfile(first.subject.profileDir)).rejects.toThrow(Error);
  });

  it('tells nothing after close has resolved', async () => {
    const early = stage.open(stage.subject());
    const ready = await stage.openReady();
    await Promise.all([stage.close(early), stage.close(ready)]);
    const told = [early.log.events.length, ready.log.events.length];
    // Long enough for a whole launch: what the first two had still to say would have come by then.
    await stage.open(ready.subject).log.next('ready');
    expect([early.log.events.length, ready.log.events.length]).toEqual(told);
  });

  it('finds a closed browser missing, and does not reject', async () => {
    const opened = await stage.openReady();
    await stage.close(opened);
    expect(await opened.browser.call('probe', null, stage.signal())).toMatchObject({ kind: 'missed' });
  });

  it('says how much memory a ready browser holds, and that a closed one holds none', async () => {
    const opened = await stage.openReady();
    const bytes = await opened.browser.call('memory', null, stage.signal());
    expect(bytes).toBeGreaterThan(30 * MIB);
    expect(bytes).toBeLessThan(2_000 * MIB);
    await stage.close(opened);
    expect(await opened.browser.call('memory', null, stage.signal())).toBeNull();
  });

  it('says that a crashed browser holds no memory', async () => {
    const opened = await stage.openReady();
    await stage.world.crashBrowser(opened.subject);
    await opened.log.next('lost');
    expect(await opened.browser.call('memory', null, stage.signal())).toBeNull();
  });

  it('leaves no browser after shutdown, however far each had come', async () => {
    await stage.openReady();
    stage.open(stage.subject());
    await stage.open(stage.subject()).log.next('started');
    await stage.world.driver.shutdown(5_000);
    await stage.world.driver.shutdown(5_000);
    expect(await stage.world.liveBrowsers()).toBe(0);
  });

  it('opens no browser after shutdown', async () => {
    await stage.world.driver.shutdown(5_000);
    const late = stage.open(stage.subject());
    expect(await late.log.next('lost')).toMatchObject({ cause: 'internal_error' });
    expect(await stage.world.liveBrowsers()).toBe(0);
  });
}
