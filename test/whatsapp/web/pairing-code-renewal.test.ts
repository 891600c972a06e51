import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { PairingCode } from '../../../src/domain/session.ts';
import { PairingCodeRenewal } from '../../../src/whatsapp/web/pairing-code-renewal.ts';

const PHONE = '5215550001111';

let clock: SimulatedClock;
let told: PairingCode[];
let refreshes: number;
let renewal: PairingCodeRenewal;

beforeEach(() => {
  clock = new SimulatedClock();
  told = [];
  refreshes = 0;
  renewal = new PairingCodeRenewal({ clock, onCode: (code) => told.push(code), refresh: () => (refreshes += 1) });
});

describe('a pairing code', () => {
  it('is told with the three minutes for which it stands', () => {
    renewal.shown('ABCD1234', PHONE);
    expect(told).toEqual([
      {
        code: 'ABCD1234',
        phoneNumber: PHONE,
        issuedAt: '1970-01-01T00:00:00.000Z',
        expiresAt: '1970-01-01T00:03:00.000Z',
      },
    ]);
  });

  it('is replaced at its end, not before', () => {
    renewal.shown('ABCD1234', PHONE);
    clock.increment(179_999);
    expect(refreshes).toBe(0);
    clock.increment(1);
    expect(refreshes).toBe(1);
  });

  it('is asked for again and again until one comes, and then has its full time', () => {
    renewal.shown('ABCD1234', PHONE);
    clock.increment(180_000);
    clock.increment(15_000);
    expect(refreshes).toBe(2);
    renewal.shown('EFGH5678', PHONE);
    clock.increment(179_999);
    expect(refreshes).toBe(2);
    clock.increment(1);
    expect(refreshes).toBe(3);
  });

  it('is not asked for after the end', () => {
    renewal.shown('ABCD1234', PHONE);
    renewal.end();
    clock.increment(600_000);
    expect(refreshes).toBe(0);
  });
});
