import { expect, it, onTestFinished } from 'vitest';

import { byLabel, readExposition, valueOf } from '../observability/exposition.ts';
import { useTempDir } from '../temp-dir.ts';
import { Service } from './service.ts';

/** As `Client.link` scans with. */
const PHONE = '5215550001111';

it('the metrics tell a session’s whole life, and not whose it was', async () => {
  const service = await Service.start(useTempDir(), { RECONNECT_BASE_MS: '10', RECONNECT_MAX_MS: '20' });
  onTestFinished(() => service.kill());
  const client = await service.client('maria-of-sales');
  await client.link('first-phone');
  await client.simulate('first-phone', { event: 'browser_crash' });
  await expect
    .poll(async () => (await client.life('first-phone')).some((value) => value.startsWith('reconnecting')), {
      timeout: 60_000,
    })
    .toBe(true);
  await client.reaches('first-phone', 'ready');
  await client.ask('first-phone', 'stop');

  const text = await (await fetch(`${service.url}/metrics`)).text();
  const samples = readExposition(text);
  for (const secret of ['first-phone', 'maria', PHONE, PHONE.slice(0, 6), client.token])
    expect(text).not.toContain(secret);
  expect(valueOf(samples, 'wa_session_losses_total', { cause: 'browser_crashed' })).toBe(1);
  expect(valueOf(samples, 'wa_session_recovery_seconds_count')).toBe(1);
  expect(byLabel(samples, 'wa_launch_seconds_count', 'outcome')).toEqual({ up: 2, failed: 0, abandoned: 0 });
  expect(
    valueOf(samples, 'wa_session_transitions_total', { from: 'ready', to: 'reconnecting', event: 'browser.lost' }),
  ).toBe(1);
  expect(valueOf(samples, 'wa_session_transitions_total', { from: 'waiting_qr', to: 'authenticating' })).toBe(1);
  expect(
    samples.filter(({ name, labels }) => name === 'wa_session_transitions_total' && labels['event'] === 'other'),
  ).toEqual([]);

  const admin = await service.client('root', { scope: 'admin' });
  expect(await (await admin.call('GET', '/api/fleet')).json()).toMatchObject({
    nodes: [{ role: 'all', breaker: 'closed', capacity: 20 }],
    sessions: { wanted: 0 },
  });
  expect(await (await admin.call('GET', '/health')).json()).toMatchObject({ status: 'ok', because: [] });
}, 60_000);
