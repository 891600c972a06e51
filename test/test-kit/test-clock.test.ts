import { describe, expect, it } from 'vitest';

import type { Session } from '../../src/client/index.ts';
import { ClockNotControlledError, startTestService } from '../../src/test-kit/index.ts';
import { useTestService } from './service.ts';

const HOUR_MS = 3_600_000;
const SHORT_WAITS = {
  RECONNECT_BASE_MS: String(HOUR_MS),
  RECONNECT_MAX_MS: String(HOUR_MS),
  RECONNECT_MAX_ATTEMPTS: '1',
  RESTART_BASE_MS: String(HOUR_MS),
  RESTART_MAX_MS: String(HOUR_MS),
};

const service = useTestService({ clock: 'controlled', env: SHORT_WAITS });

/** Milliseconds from now, by the service's clock. */
const untilNow = (time: string | null): number => Date.parse(time ?? '') - service().clock.now();

/** The session once it waits in that state for an attempt that is still to come. */
async function nextAttempt(state: 'reconnecting' | 'failed', user: string): Promise<Session> {
  for await (const event of service()
    .client(user)
    .session('sales')
    .events({ types: ['session.snapshot'] })) {
    if (
      event.type === 'session.snapshot' &&
      event.session.state === state &&
      untilNow(event.session.reconnect.nextAttemptAt) > 0
    )
      return event.session;
  }
  throw new Error('The events have ended');
}

describe('A test suite that turns the clock', () => {
  it('sees a QR code that nobody scans expire', async () => {
    const session = service().client('idle').session('sales');
    await service().bring('sales', 'waiting_qr', 'idle');
    await service().clock.advance(180_000);
    expect(await session.waitFor('disconnected')).toMatchObject({ reason: 'qr_expired' });
  });

  it('is shown each QR code in its turn', async () => {
    const session = service().client('patient').session('sales');
    const { qr: first } = await service().bring('sales', 'waiting_qr', 'patient');
    await service().clock.advance(60_000);
    for await (const event of session.events({ types: ['session.snapshot'] })) {
      const qr = event.type === 'session.snapshot' && event.session.state === 'waiting_qr' ? event.session.qr : null;
      if (qr === null || qr.seq < (first?.seq ?? 0) + 3) continue;
      expect(untilNow(qr.expiresAt)).toBeGreaterThan(0);
      break;
    }
  });

  it('passes over a backoff of an hour, whose beginning and end the session tells by that clock', async () => {
    await service().bring('sales', 'ready', 'backoff');
    await service().play('sales', { event: 'browser_crash' }, 'backoff');
    const waiting = await nextAttempt('reconnecting', 'backoff');
    expect(untilNow(waiting.since)).toBeLessThanOrEqual(0);
    expect(untilNow(waiting.since)).toBeGreaterThan(-HOUR_MS / 4);
    await service().clock.advance(untilNow(waiting.reconnect.nextAttemptAt));
    expect(await service().client('backoff').session('sales').waitFor('ready')).toMatchObject({
      phoneNumber: '5215550001111',
    });
  });

  it('passes over the rest of a failed session', async () => {
    await service().bring('sales', 'ready', 'restart');
    await service().play('sales', { event: 'launch_failures', count: 1 }, 'restart');
    await service().play('sales', { event: 'browser_crash' }, 'restart');
    for (const state of ['reconnecting', 'failed'] as const) {
      const { reconnect } = await nextAttempt(state, 'restart');
      await service().clock.advance(untilNow(reconnect.nextAttemptAt));
    }
    expect(await service().client('restart').session('sales').waitFor('ready')).toMatchObject({ restarts: 1 });
  });

  it('finds the same time after the service was killed', async () => {
    const before = service().clock.now();
    await service().restart('SIGKILL');
    const { since } = await service().bring('sales', 'waiting_qr', 'after');
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('cannot turn it by %d', async (ms) => {
    await expect(service().clock.advance(ms)).rejects.toThrow(RangeError);
  });
});

it('A clock that was not asked for refuses to be turned', async () => {
  const plain = await startTestService();
  const refused = await plain.clock.advance(1).catch((error: unknown) => error);
  await plain.stop();
  expect(refused).toBeInstanceOf(ClockNotControlledError);
  expect(String(refused)).toContain('clock: "controlled"');
});
