/**
 * What a user of this service would write into their own suite; there the import is
 * `whatsapp-session-supervisor/testing`.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';

import { startTestService, type TestService } from '../../src/test-kit/index.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.stop());

it('a customer links a phone, is greeted, and loses the phone', async () => {
  const sales = service.client('customer').session('sales');
  const phone = service.phone('sales', 'customer');

  await sales.ensure();
  await sales.waitFor('waiting_qr');
  await phone.scan('5215550001111', 'Ana');
  const { phoneNumber, displayName } = await sales.waitFor('ready');
  expect(`${displayName} (${phoneNumber})`).toBe('Ana (5215550001111)');

  await phone.logout();
  expect((await sales.waitFor('disconnected')).reason).toBe('logged_out');
});
