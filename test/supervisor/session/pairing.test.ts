import { expect, it } from 'vitest';

import { session } from '../fleet.ts';
import { useFleet } from '../use-fleet.ts';

const fixture = useFleet();
const SALES = session('sales');
const PHONE = '5215550001111';
const OTHER = '5215550002222';

const pair = (phoneNumber: string) => fixture.fleet.store.record(SALES, { action: 'pair', phoneNumber });
const shows = (phoneNumber: string) =>
  fixture.fleet.until(
    SALES,
    `shown a code for ${phoneNumber}`,
    ({ session: now }) => now.pairingCode?.phoneNumber === phoneNumber,
  );

it('of two numbers asked for at once the last one has its code shown', async () => {
  const { fleet } = fixture;
  await fleet.node();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  const [first, second] = await Promise.all([pair(PHONE), pair(OTHER)]);
  expect(second.intentSeq).toBe(first.intentSeq + 1);
  const { intent } = await shows(OTHER);
  expect(intent.handledSeq).toBe(second.intentSeq);
});

it('once its code is shown, a number can be asked for anew', async () => {
  const { fleet } = fixture;
  await fleet.node();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  const first = await pair(PHONE);
  const { session: shown } = await shows(PHONE);
  const again = await pair(PHONE);
  expect(again.intentSeq).toBe(first.intentSeq + 1);
  await fleet.until(
    SALES,
    'shown another code',
    ({ session: now }) => now.pairingCode !== null && now.pairingCode.code !== shown.pairingCode?.code,
  );
});

it('a number whose pairing WhatsApp has refused can be asked for anew', async () => {
  const { fleet } = fixture;
  const node = await fleet.node();
  await fleet.ask(SALES, 'create_and_start');
  await fleet.reaches(SALES, 'waiting_qr');
  node.driver.play('ana/sales', { event: 'network_down' });
  const first = await pair(PHONE);
  await fleet.until(SALES, 'refused', ({ session: now }) => now.lastError?.code === 'PAIRING_REFUSED');
  node.driver.play('ana/sales', { event: 'network_up' });
  expect((await pair(PHONE)).intentSeq).toBe(first.intentSeq + 1);
  await shows(PHONE);
});
