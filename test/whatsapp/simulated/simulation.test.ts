import { describe, expect, it } from 'vitest';
import type { PlayedEvent } from '../../../src/whatsapp/simulated/driver.ts';
import { SCAN, SimulatedFixture } from './simulated-fixture.ts';

const fixture = new SimulatedFixture();
fixture.install();

describe('an event that does not apply', () => {
  const ON_A_BROWSER: readonly PlayedEvent[] = [
    SCAN,
    { event: 'refuse' },
    { event: 'conflict' },
    { event: 'block' },
    { event: 'page_crash' },
    { event: 'browser_crash' },
    { event: 'hang' },
  ];

  it.each([
    ...ON_A_BROWSER,
    { event: 'logout' } satisfies PlayedEvent,
    { event: 'message', from: '5215550002222', text: 'hi' } satisfies PlayedEvent,
  ])('says so for $event while no browser is open', (event) => {
    expect(fixture.play(event)).toMatchObject({ kind: 'not_applicable' });
  });

  it.each(ON_A_BROWSER)('says so for $event once the browser is lost', async (event) => {
    const { log } = await fixture.launchReady();
    fixture.play({ event: 'page_crash' });
    const told = log.events.length;
    expect(fixture.play(event)).toMatchObject({ kind: 'not_applicable' });
    expect(log.events).toHaveLength(told);
  });

  it.each([SCAN, { event: 'refuse' } satisfies PlayedEvent])('says so for $event without a QR', async (event) => {
    await fixture.launchReady();
    expect(fixture.play(event)).toMatchObject({ kind: 'not_applicable' });
  });

  it.each([
    { event: 'conflict' },
    { event: 'logout' },
    { event: 'message', from: '1', text: 'hi' },
  ] satisfies PlayedEvent[])('says so for $event before the scan', async (event) => {
    await fixture.launch();
    expect(fixture.play(event)).toMatchObject({ kind: 'not_applicable' });
  });
});
