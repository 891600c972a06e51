import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { Qr } from '../../../src/domain/session.ts';
import { QrRenewal } from '../../../src/whatsapp/web/qr-renewal.ts';

const code = (ref: string) => `2@${ref},noise,identity,secret,1`;

let clock: SimulatedClock;
let told: Qr[];
let refreshes: number;
let renewal: QrRenewal;

beforeEach(() => {
  clock = new SimulatedClock();
  told = [];
  refreshes = 0;
  renewal = new QrRenewal({ clock, onQr: (qr) => told.push(qr), refresh: () => (refreshes += 1) });
});

describe('QR codes', () => {
  it('are numbered, and dated by the pace of WhatsApp Web', () => {
    renewal.shown(code('a'));
    clock.increment(60_000);
    renewal.shown(code('b'));
    expect(told).toEqual([
      { code: code('a'), seq: 1, issuedAt: '1970-01-01T00:00:00.000Z', expiresAt: '1970-01-01T00:01:00.000Z' },
      { code: code('b'), seq: 2, issuedAt: '1970-01-01T00:01:00.000Z', expiresAt: '1970-01-01T00:01:20.000Z' },
    ]);
    expect(refreshes).toBe(0);
  });

  it.each(['undefined,noise,identity,secret,1', '2@a,noise,identity,undefined,1', '2@a,,identity,secret,1', '2@a'])(
    'that no phone can read are dropped: %s',
    (worthless) => {
      renewal.shown(worthless);
      expect(told).toEqual([]);
    },
  );

  it('that are told again are told on once', () => {
    renewal.shown(code('a'));
    renewal.shown(code('a'));
    expect(told).toHaveLength(1);
  });

  it('are asked for when the page has shown its last, again and again until one comes', () => {
    renewal.shown(code('a'));
    renewal.idle();
    clock.increment(0);
    expect(refreshes).toBe(1);
    clock.increment(5_000);
    expect(refreshes).toBe(2);
    renewal.shown(code('b'));
    clock.increment(60_000);
    expect(refreshes).toBe(2);
  });

  it('are asked for when one is past its time and the page says nothing', () => {
    renewal.shown(code('a'));
    clock.increment(64_999);
    expect(refreshes).toBe(0);
    clock.increment(1);
    expect(refreshes).toBe(1);
  });

  it('stand for a minute again after a refresh', () => {
    renewal.shown(code('a'));
    renewal.idle();
    clock.increment(0);
    renewal.shown(code('b'));
    expect(Date.parse(told[1]?.expiresAt ?? '') - Date.parse(told[1]?.issuedAt ?? '')).toBe(60_000);
  });

  it('are neither told nor asked for after the end', () => {
    renewal.shown(code('a'));
    renewal.end();
    renewal.shown(code('b'));
    renewal.idle();
    clock.increment(600_000);
    expect(told).toHaveLength(1);
    expect(refreshes).toBe(0);
  });
});
