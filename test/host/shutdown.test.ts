import { EventEmitter } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { ClosingOrder } from '../../src/host/closing-order.ts';
import { Shutdown } from '../../src/host/shutdown.ts';

/** A process that ends when it is told to, and says how. */
class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }
}

function setUp(heal: (error: Error) => boolean = () => false) {
  const host = new FakeProcess();
  const logged: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => logged.push(line) });
  const closing = new ClosingOrder(log);
  const service = { stop: () => closing.close(), heal };
  // All of a process that a shutdown touches.
  new Shutdown({ log, service, timeoutMs: 5_000, process: host as unknown as NodeJS.Process }).listen();
  const ended: string[] = [];
  closing.first('sessions', async () => ended.push('sessions'));
  closing.last('redis', async () => ended.push('redis'));
  closing.last('feed', async () => ended.push('feed'));
  return { host, logged, ended };
}

describe('an error that nobody caught', () => {
  it.each(['unhandledRejection', 'uncaughtException'])(
    'ends the process in order, with 1, when nobody can heal it: %s',
    async (kind) => {
      const { host, logged, ended } = setUp();
      host.emit(kind, new Error('as the test says'));
      await expect.poll(() => host.exits).toEqual([1]);
      expect(ended).toEqual(['sessions', 'feed', 'redis']);
      expect(logged.join('')).toContain('as the test says');
    },
  );

  it('ends nothing when it could be healed', async () => {
    const healed: Error[] = [];
    const { host, ended } = setUp((error) => healed.push(error) > 0);
    host.emit('unhandledRejection', new Error('one session’s'));
    await nextTurn();
    expect(healed.map(({ message }) => message)).toEqual(['one session’s']);
    expect([host.exits, ended]).toEqual([[], []]);
  });

  it('is not healed once the process is ending', async () => {
    let asked = 0;
    const { host } = setUp(() => (asked += 1) > 0);
    host.emit('SIGTERM');
    host.emit('unhandledRejection', new Error('too late'));
    await expect.poll(() => host.exits).toEqual([0]);
    expect(asked).toBe(0);
  });
});
