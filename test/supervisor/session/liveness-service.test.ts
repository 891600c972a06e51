import { expect, it, onTestFinished } from 'vitest';

import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { LivenessService } from '../../../src/supervisor/session/liveness-service.ts';
import type { ReadyDevice } from '../../../src/supervisor/session/device-service.ts';
import { PreparedDevice } from '../../../src/supervisor/session/prepared-device.ts';

const INTERVAL_MS = 30_000;

/** A service, and the numbers of the devices that it has probed, in order. */
function createLiveness(): { service: LivenessService; clock: ControlledClock; probed: number[] } {
  const clock = new ControlledClock();
  const probed: number[] = [];
  const service = new LivenessService({
    clock,
    intervalMs: INTERVAL_MS,
    onResult: (number) => probed.push(number),
  });
  onTestFinished(() => service.end());
  return { service, clock, probed };
}

/** A device that nobody opens: each probe finds it missing. */
function ready(number: number): ReadyDevice {
  const prepare = (): Promise<void> => new Promise(() => undefined);
  const open = (): never => {
    throw new Error('nothing is opened here');
  };
  return {
    number,
    capabilities: null,
    phoneNumber: '5215550001111',
    device: new PreparedDevice({ prepare, open, onError: () => undefined }),
  };
}

it('probes a device once an interval, however often it is said to be ready', async () => {
  const { service, clock, probed } = createLiveness();
  service.onReady(ready(1));
  service.onReady(ready(1));
  await clock.advance(INTERVAL_MS);
  await clock.advance(INTERVAL_MS);
  expect(probed).toEqual([1, 1]);
});

it.each(['onLost', 'onClosing', 'end'] as const)('probes no more after %s', async (ending) => {
  const { service, clock, probed } = createLiveness();
  service.onReady(ready(1));
  await clock.advance(INTERVAL_MS);
  service[ending]();
  service.onReady(ready(1));
  await clock.advance(2 * INTERVAL_MS);
  expect(probed).toEqual([1]);
});

it('goes on to the next device', async () => {
  const { service, clock, probed } = createLiveness();
  service.onReady(ready(1));
  service.onLost();
  service.onReady(ready(2));
  await clock.advance(INTERVAL_MS);
  expect(probed).toEqual([2]);
});
