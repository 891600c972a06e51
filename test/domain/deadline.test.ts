import { getEventListeners, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { inTime, withDeadline } from '../../src/domain/deadline.ts';
import { collectGarbage } from '../../src/host/heap.ts';

const NEVER = new AbortController().signal;

/** Resolves with why the signal aborted. */
async function reasonOf(signal: AbortSignal): Promise<unknown> {
  if (!signal.aborted) await once(signal, 'abort');
  return signal.reason;
}

it('comes although garbage is collected before', async () => {
  const reason = withDeadline(200, NEVER, reasonOf);
  await sleep(1);
  collectGarbage();
  expect(await reason).toMatchObject({ name: 'TimeoutError', message: 'not done within 200 ms' });
});

it('comes early when the whole is over, for its reason', async () => {
  const whole = new AbortController();
  const reason = withDeadline(60_000, whole.signal, reasonOf);
  whole.abort('enough');
  expect(await reason).toBe('enough');
});

it('has come already when the whole was over before', async () => {
  expect(await withDeadline(60_000, AbortSignal.abort('enough'), reasonOf)).toBe('enough');
});

it('leaves nothing behind, whether the work succeeds or not', async () => {
  const whole = new AbortController();
  expect(await withDeadline(60_000, whole.signal, () => Promise.resolve('done'))).toBe('done');
  await expect(withDeadline(60_000, whole.signal, () => Promise.reject(new Error('not done')))).rejects.toThrow(
    'not done',
  );
  expect(getEventListeners(whole.signal, 'abort')).toEqual([]);
});

it('of work that cannot be told to end lets go of it, whatever becomes of it', async () => {
  let fail = (_error: Error): void => undefined;
  const deaf = new Promise<never>((_, reject) => (fail = reject));
  await expect(inTime(10, deaf)).rejects.toMatchObject({ name: 'TimeoutError', message: 'not done within 10 ms' });
  // Nobody waits for it any more: it must not end the process either.
  fail(new Error('too late'));
  await sleep(1);
});

it('of work that is done in time hands on what came of it', async () => {
  expect(await inTime(60_000, Promise.resolve('done'))).toBe('done');
  await expect(inTime(60_000, Promise.reject(new Error('not done')))).rejects.toThrow('not done');
});
