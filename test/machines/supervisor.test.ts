import { describe, expect, it } from 'vitest';

import { NODE_LIMITS, runSupervisor } from './run-supervisor.ts';

describe('a node', () => {
  it('grants as many launches as may run at once, first come first served', () => {
    const { actor, granted, claim, request } = runSupervisor();
    claim('a', 'b', 'c', 'd');
    request('a', 'b', 'c', 'd');
    expect(granted()).toEqual(['a', 'b']);
    actor.send({ type: 'launch.settled', key: 'b' });
    expect(granted()).toEqual(['a', 'b', 'c']);
    actor.stop();
  });

  it('launches restored sessions in the order of their last activity, whichever asks first, and newcomers after them', () => {
    const { actor, granted, claim, request } = runSupervisor({
      restoring: ['first', 'second', 'third'],
      limits: { maxConcurrentLaunches: 1 },
    });
    claim('newcomer', 'third', 'second', 'first');
    request('newcomer', 'third', 'second');
    expect(granted()).toEqual([]);
    request('first');
    for (const key of ['first', 'second', 'third']) actor.send({ type: 'launch.settled', key });
    expect(granted()).toEqual(['first', 'second', 'third', 'newcomer']);
    actor.stop();
  });

  it('does not wait for ever for sessions that another node has taken', () => {
    const { actor, clock, granted, claim, request } = runSupervisor({ restoring: ['elsewhere', 'here'] });
    claim('here');
    request('here');
    clock.increment(NODE_LIMITS.restoreTimeoutMs - 1);
    expect(granted()).toEqual([]);
    clock.increment(1);
    expect(granted()).toEqual(['here']);
    actor.stop();
  });

  it('begins at once when there is nothing to restore', () => {
    const { actor } = runSupervisor();
    expect(actor.getSnapshot().value).toBe('running');
    actor.stop();
  });

  it('never grants a launch that was withdrawn', () => {
    const { actor, granted, claim, request } = runSupervisor({ limits: { maxConcurrentLaunches: 1 } });
    claim('a', 'b', 'c');
    request('a', 'b', 'c');
    actor.send({ type: 'launch.withdrawn', key: 'b' });
    actor.send({ type: 'launch.settled', key: 'a' });
    expect(granted()).toEqual(['a', 'c']);
    actor.stop();
  });

  it('gives one session one slot, though it asks again before it has told of the end of its last launch', () => {
    const { actor, granted, claim, request } = runSupervisor();
    claim('a', 'b');
    request('a', 'a', 'b');
    expect(granted()).toEqual(['a', 'a', 'b']);
    expect(actor.getSnapshot().context.launching).toEqual(['a', 'b']);
    actor.stop();
  });

  it('gives no slot to a session that asks after it was released', () => {
    const { actor, granted, claim, request } = runSupervisor();
    claim('a');
    actor.send({ type: 'session.released', key: 'a' });
    request('a');
    expect(granted()).toEqual([]);
    expect(actor.getSnapshot().context).toMatchObject({ waiting: [], launching: [] });
    actor.stop();
  });

  it('gives each user one launch in turn, so that many of one do not hold up one of another', () => {
    const { actor, granted, claim, request } = runSupervisor({ limits: { maxConcurrentLaunches: 1 } });
    const keys = ['ana/1', 'ana/2', 'ana/3', 'ana/4', 'bob/1', 'eve/1', 'bob/2'];
    claim(...keys);
    request(...keys);
    for (const key of ['ana/1', 'bob/1', 'eve/1', 'ana/2', 'bob/2', 'ana/3', 'ana/4']) {
      expect(granted().at(-1)).toBe(key);
      actor.send({ type: 'launch.settled', key });
    }
    actor.stop();
  });

  it('lets nobody wait longer because another user comes again and again', () => {
    const { actor, granted, claim, request } = runSupervisor({ limits: { maxConcurrentLaunches: 1 } });
    claim('eve/0', 'ana/1', 'ana/2', 'eve/1', 'eve/2', 'eve/3');
    request('eve/0', 'ana/1', 'ana/2', 'eve/1');
    actor.send({ type: 'launch.settled', key: 'eve/0' });
    actor.send({ type: 'launch.settled', key: 'ana/1' });
    request('eve/2');
    actor.send({ type: 'launch.settled', key: 'eve/1' });
    request('eve/3');
    expect(granted()).toEqual(['eve/0', 'ana/1', 'eve/1', 'ana/2']);
    actor.stop();
  });

  it('grants nothing while no launch is allowed, and goes on when one is', () => {
    const { actor, granted, claim, request } = runSupervisor();
    claim('a', 'b', 'c');
    actor.send({ type: 'launches.limited', atMost: 0 });
    request('a', 'b', 'c');
    expect(granted()).toEqual([]);
    actor.send({ type: 'launches.limited', atMost: 1 });
    expect(granted()).toEqual(['a']);
    actor.send({ type: 'launches.limited', atMost: 2 });
    expect(granted()).toEqual(['a', 'b']);
    actor.stop();
  });

  it('counts the restarts of a session that was let go in between', () => {
    const { actor, verdicts, claim } = runSupervisor({ limits: { restartIntensity: 1 } });
    claim('a');
    actor.send({ type: 'session.failed', key: 'a', at: 1 });
    actor.send({ type: 'session.released', key: 'a' });
    claim('a');
    actor.send({ type: 'session.failed', key: 'a', at: 2 });
    expect(verdicts.map(({ type }) => type)).toEqual(['session.restart', 'session.park']);
    actor.stop();
  });

  it('gives a parked session all its restarts again when somebody starts it', () => {
    const { actor, verdicts, claim } = runSupervisor({ limits: { restartIntensity: 1 } });
    claim('a');
    for (const at of [1, 2, 3]) actor.send({ type: 'session.failed', key: 'a', at });
    expect(verdicts.map(({ type }) => type)).toEqual(['session.restart', 'session.park', 'session.restart']);
    actor.stop();
  });

  it('restarts what failed, after a longer wait each time, and parks what failed too often within the period', () => {
    const { actor, verdicts, claim } = runSupervisor();
    claim('a');
    for (let at = 1; at <= 5; at += 1) actor.send({ type: 'session.failed', key: 'a', at });
    expect(verdicts).toEqual([
      { type: 'session.restart', key: 'a', delayMs: 1_000 },
      { type: 'session.restart', key: 'a', delayMs: 2_000 },
      { type: 'session.restart', key: 'a', delayMs: 4_000 },
      { type: 'session.restart', key: 'a', delayMs: NODE_LIMITS.restartMaxMs },
      { type: 'session.park', key: 'a' },
    ]);
    actor.stop();
  });

  it('forgets restarts that lie further back than the period', () => {
    const { actor, verdicts, claim } = runSupervisor();
    claim('a');
    for (const at of [1, 2, 3, 4, 4 + NODE_LIMITS.restartPeriodMs])
      actor.send({ type: 'session.failed', key: 'a', at });
    expect(verdicts.at(-1)).toEqual({ type: 'session.restart', key: 'a', delayMs: 1_000 });
    actor.stop();
  });

  it('goes on for ever, outside the intensity, where only the network was away', () => {
    const { actor, verdicts, claim } = runSupervisor({ limits: { restartIntensity: 1 } });
    claim('a');
    for (let restarts = 0; restarts < 2_000; restarts += 1)
      actor.send({ type: 'session.failed', key: 'a', at: restarts, outageAfter: restarts });
    expect(verdicts.slice(0, 2)).toEqual([
      { type: 'session.restart', key: 'a', delayMs: 1_000 },
      { type: 'session.restart', key: 'a', delayMs: 2_000 },
    ]);
    expect(verdicts.slice(10)).toEqual(
      Array.from({ length: 1_990 }, () => ({ type: 'session.restart', key: 'a', delayMs: NODE_LIMITS.restartMaxMs })),
    );
    // What it does by its own fault is weighed as if there had been no outage.
    actor.send({ type: 'session.failed', key: 'a', at: 2_000 });
    expect(verdicts.at(-1)?.type).toBe('session.restart');
    actor.stop();
  });

  it('counts the restarts of each session by itself', () => {
    const { actor, verdicts, claim } = runSupervisor({ limits: { restartIntensity: 1 } });
    claim('a', 'b');
    for (const key of ['a', 'b', 'a']) actor.send({ type: 'session.failed', key, at: 1 });
    expect(verdicts.map(({ type }) => type)).toEqual(['session.restart', 'session.restart', 'session.park']);
    actor.stop();
  });

  it('drains: grants nothing more, tells its sessions, and is done when the last has gone', () => {
    const { actor, verdicts, granted, claim, request } = runSupervisor();
    claim('a', 'b');
    actor.send({ type: 'node.drain' });
    request('a');
    expect(verdicts).toEqual([{ type: 'sessions.drain' }]);
    expect(granted()).toEqual([]);
    for (const key of ['a', 'b']) actor.send({ type: 'session.released', key });
    expect(actor.getSnapshot().status).toBe('done');
  });

  it('tells a session that comes during the drain of it too', () => {
    const { actor, verdicts, claim } = runSupervisor();
    claim('a');
    actor.send({ type: 'node.drain' });
    claim('late');
    expect(verdicts).toEqual([{ type: 'sessions.drain' }, { type: 'sessions.drain' }]);
    actor.stop();
  });

  it('ends a drain after its deadline, whoever is left', () => {
    const { actor, clock, claim } = runSupervisor();
    claim('a');
    actor.send({ type: 'node.drain' });
    clock.increment(NODE_LIMITS.shutdownTimeoutMs - 1);
    expect(actor.getSnapshot().status).toBe('active');
    clock.increment(1);
    expect(actor.getSnapshot().status).toBe('done');
  });
});
