import { expect, it } from 'vitest';
import type { ContractFixture } from './contract-fixture.ts';

const MIB = 2 ** 20;

/** Closing works at any moment, and means that the browser is gone. */
export function closingContract(fixture: ContractFixture): void {
  it('leaves no browser once close has resolved', async () => {
    const opened = await fixture.openReady();
    expect(await fixture.environment.liveBrowsers()).toBe(1);
    await fixture.close(opened);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('can be closed before it has told anything', async () => {
    const opened = fixture.open(fixture.subject());
    await fixture.close(opened);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('can be closed in the middle of its launch, and its profile opened again', async () => {
    const opened = fixture.open(fixture.subject());
    await opened.log.next('started');
    await fixture.close(opened);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
    await fixture.open(opened.subject).log.next('qr');
  });

  it('can be closed again and again', async () => {
    const opened = await fixture.openReady();
    await Promise.all([fixture.close(opened), fixture.close(opened)]);
    await fixture.close(opened);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('leaves the next browser of its profile alone when it is closed once more', async () => {
    const first = await fixture.openReady();
    await fixture.close(first);
    const second = fixture.open(first.subject);
    await second.log.next('ready');
    await fixture.close(first);
    expect(await fixture.environment.liveBrowsers()).toBe(1);
    await expect(fixture.environment.driver.credentials(first.subject.profileDir).erase()).rejects.toThrow(Error);
  });

  it('tells nothing after close has resolved', async () => {
    const early = fixture.open(fixture.subject());
    const ready = await fixture.openReady();
    await Promise.all([fixture.close(early), fixture.close(ready)]);
    const told = [early.log.events.length, ready.log.events.length];
    // Long enough for a whole launch: what the first two had still to say would have come by then.
    await fixture.open(ready.subject).log.next('ready');
    expect([early.log.events.length, ready.log.events.length]).toEqual(told);
  });

  it('finds a closed browser missing, and does not reject', async () => {
    const opened = await fixture.openReady();
    await fixture.close(opened);
    expect(await opened.browser.call('probe', null, fixture.signal())).toMatchObject({ kind: 'missed' });
  });

  it('says how much memory a ready browser holds, and that a closed one holds none', async () => {
    const opened = await fixture.openReady();
    const bytes = await opened.browser.call('memory', null, fixture.signal());
    expect(bytes).toBeGreaterThan(30 * MIB);
    expect(bytes).toBeLessThan(2_000 * MIB);
    await fixture.close(opened);
    expect(await opened.browser.call('memory', null, fixture.signal())).toBeNull();
  });

  it('says that a crashed browser holds no memory', async () => {
    const opened = await fixture.openReady();
    await fixture.environment.crashBrowser(opened.subject);
    await opened.log.next('lost');
    expect(await opened.browser.call('memory', null, fixture.signal())).toBeNull();
  });

  it('leaves no browser after shutdown, however far each had come', async () => {
    await fixture.openReady();
    fixture.open(fixture.subject());
    await fixture.open(fixture.subject()).log.next('started');
    await fixture.environment.driver.shutdown(5_000);
    await fixture.environment.driver.shutdown(5_000);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });

  it('opens no browser after shutdown', async () => {
    await fixture.environment.driver.shutdown(5_000);
    const late = fixture.open(fixture.subject());
    expect(await late.log.next('lost')).toMatchObject({ cause: 'internal_error' });
    expect(await fixture.environment.liveBrowsers()).toBe(0);
  });
}
