import { describe, expect, it } from 'vitest';
import { ANA, CODE_MS, LAUNCH_MS, QR_MS, SCAN, SimulatedFixture } from './simulated-fixture.ts';

const stage = new SimulatedFixture();
stage.install();

describe('QR and pairing codes', () => {
  it('come after the launch delay and not before', async () => {
    const { log } = stage.open();
    await log.next('started');
    stage.clock.increment(LAUNCH_MS - 1);
    expect(log.types).toEqual(['started']);
    stage.clock.increment(1);
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('are followed by the next when they expire, with the same keys and a new ref', async () => {
    const { log } = await stage.launch();
    const { qr: first } = await log.next('qr');
    stage.clock.increment(QR_MS);
    const { qr: second } = await log.next('qr');
    expect(second.seq).toBe(first.seq + 1);
    expect(second.issuedAt).toBe(first.expiresAt);
    const [firstRef, ...firstKeys] = first.code.split(',');
    const [secondRef, ...secondKeys] = second.code.split(',');
    expect(secondRef).not.toBe(firstRef);
    expect(secondKeys).toEqual(firstKeys);
  });

  it('of a pairing expire too', async () => {
    const { log } = await stage.launch(ANA.phoneNumber);
    const first = await log.next('pairing_code');
    stage.clock.increment(CODE_MS);
    const second = await log.next('pairing_code');
    expect(second.pairingCode.code).not.toBe(first.pairingCode.code);
  });

  it('stop when the scan comes', async () => {
    const { log } = await stage.launchReady();
    stage.clock.increment(CODE_MS);
    expect(log.types).toEqual(['started', 'qr', 'authenticated', 'ready']);
  });

  it('can only be entered by the phone they were made for', async () => {
    const { log } = await stage.launch(ANA.phoneNumber);
    expect(stage.play({ event: 'scan', phoneNumber: '5215550002222' })).toMatchObject({ kind: 'not_applicable' });
    expect(stage.play(SCAN)).toEqual({ kind: 'played' });
    await log.next('authenticated');
  });

  it('are replaced, with a fault told, when the phone refuses', async () => {
    const { log } = await stage.launch();
    stage.play({ event: 'refuse' });
    expect(log.types).toEqual(['started', 'qr', 'fault', 'qr']);
    expect(log.events.at(2)).toMatchObject({ fault: { code: 'LINK_REFUSED' } });
  });

  it('wait for the network before they are renewed', async () => {
    const { log } = await stage.launch();
    stage.play({ event: 'network_down' });
    stage.clock.increment(QR_MS * 3);
    expect(log.types).toEqual(['started', 'qr']);
    expect(stage.play(SCAN)).toMatchObject({ kind: 'not_applicable' });
    stage.play({ event: 'network_up' });
    expect(log.types).toEqual(['started', 'qr', 'qr']);
  });
});
