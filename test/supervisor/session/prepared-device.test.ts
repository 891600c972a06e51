import { expect, it } from 'vitest';

import { withResolvers } from '../../../src/domain/with-resolvers.ts';
import { PreparedDevice } from '../../../src/supervisor/session/prepared-device.ts';
import type { LinkedDevice } from '../../../src/whatsapp/device.ts';

const never = new AbortController().signal;

/** A device whose credentials are prepared until the test says that they are. */
function unprepared(): { device: PreparedDevice; prepared: () => void; closed: string[] } {
  const { promise, resolve } = withResolvers();
  const closed: string[] = [];
  const open = (): LinkedDevice => ({
    call: () => Promise.reject(new Error('the opened device was asked')),
    close: async () => void closed.push('closed'),
  });
  const device = new PreparedDevice({ prepare: () => promise, open, onError: () => undefined });
  return { device, prepared: resolve, closed };
}

it('is found missing, and without memory, while it is prepared', async () => {
  const { device } = unprepared();
  expect(await device.call('probe', null, never)).toEqual({
    kind: 'missed',
    cause: 'page_unresponsive',
    detail: 'The page does not answer: no browser is open.',
  });
  expect(await device.call('memory', null, never)).toBeNull();
});

it('refuses with the code of each call what only an open device can do', async () => {
  const { device } = unprepared();
  const phoneNumber = '5215550001111';
  await expect(device.call('requestPairingCode', { phoneNumber }, never)).rejects.toMatchObject({
    code: 'PAIRING_REFUSED',
  });
  await expect(device.call('unlink', null, never)).rejects.toMatchObject({ code: 'UNLINK_FAILED' });
  await expect(device.call('isFlushed', null, never)).rejects.toMatchObject({ code: 'NOT_MARKED' });
});

it('passes each call on once it is open', async () => {
  const { device, prepared } = unprepared();
  prepared();
  await Promise.resolve();
  await expect(device.call('memory', null, never)).rejects.toThrow('the opened device was asked');
});

it('opens no device when it was closed while it was prepared', async () => {
  const { device, prepared, closed } = unprepared();
  const closing = device.close(0);
  prepared();
  await closing;
  expect(closed).toEqual([]);
});
