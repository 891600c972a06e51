import { describe, expect, it } from 'vitest';
import { ANA, CODE_MS, LAUNCH_MS, QR_MS, SCAN, SimulatedFixture } from './simulated-fixture.ts';

const fixture = new SimulatedFixture();
fixture.install();

describe('QR and pairing codes', () => {
  it('come after the launch delay and not before', async () => {
    const { log } = fixture.open();
    await log.next('started');
    fixture.clock.increment(LAUNCH_MS - 1);
    expect(log.types).toEqual(['started']);
    fixture.clock.increment(1);
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('are followed by the next when they expire, with the same keys and a new ref', async () => {
    const { log } = await fixture.launch();
    const { qr: first } = await log.next('qr');
    fixture.clock.increment(QR_MS);
    const { qr: second } = await log.next('qr');
    expect(second.seq).toBe(first.seq + 1);
    expect(second.issuedAt).toBe(first.expiresAt);
    const [firstRef, ...firstKeys] = first.code.split(',');
    const [secondRef, ...secondKeys] = second.code.split(',');
    expect(secondRef).not.toBe(firstRef);
    expect(secondKeys).toEqual(firstKeys);
  });

  it('of a pairing expire too', async () => {
    const { log } = await fixture.launch(ANA.phoneNumber);
    const first = await log.next('pairing_code');
    fixture.clock.increment(CODE_MS);
    const second = await log.next('pairing_code');
    expect(second.pairingCode.code).not.toBe(first.pairingCode.code);
  });

  it('stop when the scan comes', async () => {
    const { log } = await fixture.launchReady();
    fixture.clock.increment(CODE_MS);
    expect(log.types).toEqual(['started', 'qr', 'scanned', 'authenticated', 'ready']);
  });

  it('can only be entered by the phone they were made for', async () => {
    const { log } = await fixture.launch(ANA.phoneNumber);
    expect(fixture.play({ event: 'scan', phoneNumber: '5215550002222' })).toMatchObject({ kind: 'not_applicable' });
    expect(fixture.play(SCAN)).toEqual({ kind: 'played' });
    await log.next('authenticated');
  });

  it('are replaced, with a fault told, when the phone refuses', async () => {
    const { log } = await fixture.launch();
    fixture.play({ event: 'refuse' });
    expect(log.types).toEqual(['started', 'qr', 'fault', 'qr']);
    expect(log.events.at(2)).toMatchObject({ fault: { code: 'LINK_REFUSED' } });
  });

  it('wait for the network before they are renewed', async () => {
    const { log } = await fixture.launch();
    fixture.play({ event: 'network_down' });
    fixture.clock.increment(QR_MS * 3);
    expect(log.types).toEqual(['started', 'qr']);
    expect(fixture.play(SCAN)).toMatchObject({ kind: 'not_applicable' });
    fixture.play({ event: 'network_up' });
    expect(log.types).toEqual(['started', 'qr', 'qr']);
  });
});
