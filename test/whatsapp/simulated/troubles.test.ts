import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ANA, QR_MS, SCAN, SYNC_MS, SimulatedFixture } from './simulated-fixture.ts';

const fixture = new SimulatedFixture();
fixture.install();

describe('launch failures', () => {
  it('lose as many launches as were ordered, then no more', async () => {
    expect(fixture.play({ event: 'launch_failures', count: 2 })).toEqual({ kind: 'played' });
    for (let failure = 0; failure < 2; failure += 1) {
      const { browser, log } = fixture.open();
      expect(await log.next('lost')).toMatchObject({ cause: 'internal_error', fault: { code: 'LAUNCH_FAILED' } });
      await browser.close(1_000);
      expect(log.types).toEqual(['lost']);
    }
    await fixture.open().log.next('started');
  });

  it('are taken back by a count of 0', async () => {
    fixture.play({ event: 'launch_failures', count: 2 });
    fixture.play({ event: 'launch_failures', count: 0 });
    await fixture.open().log.next('started');
  });

  it('of one session are not those of another', async () => {
    fixture.driver.play('u2/sales', { event: 'launch_failures', count: 1 });
    await fixture.open().log.next('started');
  });
});

it('a block loses the browser before a scan and after it, and the next one works', async () => {
  for (const launch of [() => fixture.launch(), () => fixture.launchReady()]) {
    const { browser, log } = await launch();
    expect(fixture.play({ event: 'block' })).toEqual({ kind: 'played' });
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'blocked', fault: { code: 'TOS_BLOCK' } });
    await browser.close(1_000);
  }
});

describe('a network that is down', () => {
  it('loses a browser that is launched into it', async () => {
    fixture.play({ event: 'network_down' });
    const { log } = await fixture.launch();
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'network' });
  });

  it('holds the sync until it is up', async () => {
    const { log } = await fixture.launch();
    fixture.play(SCAN);
    await log.next('authenticated');
    fixture.play({ event: 'network_down' });
    fixture.clock.increment(SYNC_MS);
    expect(log.types.at(-1)).toBe('authenticated');
    fixture.play({ event: 'network_up' });
    expect(log.types.at(-1)).toBe('ready');
  });

  it('hides a logout until it is up', async () => {
    const { log } = await fixture.launchReady();
    fixture.play({ event: 'network_down' });
    expect(fixture.play({ event: 'logout' })).toEqual({ kind: 'played' });
    expect(log.types.at(-1)).toBe('ready');
    fixture.play({ event: 'network_up' });
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'logged_out' });
  });

  it('brings nothing back to a page that has crashed meanwhile', async () => {
    const { log } = await fixture.launch();
    fixture.play({ event: 'network_down' });
    fixture.clock.increment(QR_MS);
    fixture.play({ event: 'page_crash' });
    fixture.play({ event: 'network_up' });
    expect(log.types).toEqual(['started', 'qr', 'lost']);
  });

  it('lets nobody unlink or pair', async () => {
    const { browser } = await fixture.launchReady();
    fixture.play({ event: 'network_down' });
    await expect(browser.call('unlink', null, new AbortController().signal)).rejects.toMatchObject({
      code: 'UNLINK_FAILED',
    });
    await expect(
      browser.call('requestPairingCode', { phoneNumber: ANA.phoneNumber }, new AbortController().signal),
    ).rejects.toMatchObject({
      code: 'PAIRING_REFUSED',
    });
  });
});

describe('a page that hangs', () => {
  it('shows no next QR', async () => {
    const { log } = await fixture.launch();
    fixture.play({ event: 'hang' });
    fixture.clock.increment(QR_MS * 3);
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('does not notice a logout', async () => {
    const { log } = await fixture.launchReady();
    fixture.play({ event: 'hang' });
    expect(fixture.play({ event: 'logout' })).toEqual({ kind: 'played' });
    expect(log.types).not.toContain('lost');
  });

  it('does not come back with the network', async () => {
    const { browser } = await fixture.launchReady();
    fixture.play({ event: 'hang' });
    fixture.play({ event: 'network_up' });
    expect(await browser.call('probe', null, AbortSignal.abort())).toMatchObject({
      kind: 'missed',
      cause: 'page_unresponsive',
    });
  });

  it('keeps a probe waiting until its signal ends it', async () => {
    const { browser } = await fixture.launchReady();
    fixture.play({ event: 'hang' });
    const patience = new AbortController();
    const answers: unknown[] = [];
    const waiting = browser.call('probe', null, patience.signal).then((result) => answers.push(result));
    await setImmediate();
    expect(answers).toEqual([]);
    patience.abort();
    await waiting;
    expect(answers).toMatchObject([{ kind: 'missed', cause: 'page_unresponsive' }]);
  });

  it('lets a waiting probe go when it crashes', async () => {
    const { browser } = await fixture.launchReady();
    fixture.play({ event: 'hang' });
    const waiting = browser.call('probe', null, new AbortController().signal);
    fixture.play({ event: 'page_crash' });
    expect(await waiting).toMatchObject({ kind: 'missed', cause: 'page_unresponsive' });
  });
});
