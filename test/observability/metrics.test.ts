import { afterEach, describe, expect, it } from 'vitest';

import { SESSION_STATES } from '../../src/domain/session.ts';
import { EventLoopMonitor } from '../../src/observability/event-loop.ts';
import { createMetrics, type Metrics } from '../../src/observability/metrics.ts';
import { createPool, type Pool } from '../../src/observability/pool.ts';
import { byLabel, readExposition, valueOf, type Sample } from './exposition.ts';

const LOSS_CAUSES = [
  'logged_out',
  'launch_timeout',
  'sync_timeout',
  'browser_crashed',
  'page_crashed',
  'page_unresponsive',
  'network',
  'conflict',
  'blocked',
  'outdated',
  'browser_too_old',
  'other_account',
  'internal_error',
];

interface Sources {
  readonly pool?: Pool | null;
  readonly waiting?: () => Promise<number>;
  readonly browserMemory?: () => Promise<readonly number[]>;
  readonly now?: () => number;
}

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

function open({
  pool = createPool(),
  waiting = async () => 0,
  browserMemory = async () => [],
  now = () => 0,
}: Sources = {}): Metrics {
  const eventLoop = new EventLoopMonitor();
  const outboxes = async () => ({ depth: 7, oldestMs: 90_000 });
  const metrics = createMetrics({ waiting, outboxes, eventLoop, version: '1.2.3', now });
  if (pool !== null)
    metrics.showNode({ pool, capacity: 40, browserMemory, profiles: async () => PLACE, pages: () => PAGES });
  opened.push(metrics, eventLoop);
  return metrics;
}

const PAGES = { ready: 3, receive: 3, send: 1, media: 0, chats: 3 };

const PLACE = {
  isInMemory: true,
  totalBytes: 1_000,
  freeBytes: 90,
  isShort: true,
  usedBytes: 700,
  notStoring: 2,
};

const read = async (metrics: Metrics): Promise<Sample[]> => readExposition((await metrics.render()).body);

describe('The text', () => {
  it('is well formed before anything has happened, and after everything has', async () => {
    const metrics = open({ waiting: () => Promise.reject(new Error('away')), browserMemory: async () => [7e9, 1] });
    const before = await metrics.render();
    expect(before.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    readExposition(before.body);
    happen(metrics);
    readExposition((await metrics.render()).body);
  });

  it('explains each series of ours, in base units', async () => {
    const names = new Set((await read(open())).map(({ name }) => name).filter((name) => name.startsWith('wa_')));
    expect([...names].filter((name) => /milli|_ms|kilo|mega/.test(name))).toEqual([]);
    expect(names).toContain('wa_sessions');
  });

  it('holds none of two processes’ numbers in one', async () => {
    const [one, other] = [open(), open()];
    one.telemetry.lost('network');
    expect([
      valueOf(await read(one), 'wa_session_losses_total', { cause: 'network' }),
      valueOf(await read(other), 'wa_session_losses_total', { cause: 'network' }),
    ]).toEqual([1, 0]);
  });

  it('shows nothing once it is closed', async () => {
    const metrics = open();
    metrics.close();
    expect((await metrics.render()).body.trim()).toBe('');
  });
});

describe('What happened to sessions', () => {
  it('is there at 0 before it happens, so that the first time is a rise', async () => {
    const samples = await read(open());
    expect(byLabel(samples, 'wa_session_losses_total', 'cause')).toEqual(
      Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])),
    );
    expect(byLabel(samples, 'wa_launch_seconds_count', 'outcome')).toEqual({ up: 0, failed: 0, abandoned: 0 });
    expect(byLabel(samples, 'wa_supervisor_verdicts_total', 'verdict')).toEqual({ restarted: 0, parked: 0 });
    expect(byLabel(samples, 'wa_browser_renewals_total', 'why')).toEqual({ age: 0, memory: 0, storage: 0 });
    expect(valueOf(samples, 'wa_session_recovery_seconds_count')).toBe(0);
  });

  it('has the place of the profiles', async () => {
    const samples = await read(open());
    expect(valueOf(samples, 'wa_profiles_total_bytes')).toBe(1_000);
    expect(valueOf(samples, 'wa_profiles_free_bytes')).toBe(90);
    expect(valueOf(samples, 'wa_profiles_used_bytes')).toBe(700);
    expect(valueOf(samples, 'wa_profiles_short')).toBe(1);
    expect(valueOf(samples, 'wa_profiles_not_storing')).toBe(2);
  });

  it('is counted', async () => {
    const metrics = open();
    happen(metrics);
    const samples = await read(metrics);
    expect(
      valueOf(samples, 'wa_session_transitions_total', { from: 'ready', to: 'reconnecting', event: 'browser.lost' }),
    ).toBe(1);
    expect(valueOf(samples, 'wa_session_losses_total', { cause: 'browser_crashed' })).toBe(1);
    expect(valueOf(samples, 'wa_launch_seconds_sum', { outcome: 'up' })).toBe(2.5);
    expect(valueOf(samples, 'wa_launch_seconds_bucket', { outcome: 'up', le: '2' })).toBe(0);
    expect(valueOf(samples, 'wa_launch_seconds_bucket', { outcome: 'up', le: '3' })).toBe(1);
    expect(valueOf(samples, 'wa_session_recovery_seconds_sum')).toBe(12);
    expect(valueOf(samples, 'wa_supervisor_verdicts_total', { verdict: 'parked' })).toBe(1);
    expect(valueOf(samples, 'wa_browser_renewals_total', { why: 'memory' })).toBe(1);
  });

  it('takes no event for a label that is not the machine’s: it might be anything', async () => {
    const metrics = open();
    for (const event of [
      'browser.lost',
      'after.qrWindow',
      'init',
      'session.5215550001111',
      'ana/sales',
      'session.stop\n',
      'invented.word',
    ])
      metrics.telemetry.moved('ready', 'failed', event);
    expect(byLabel(await read(metrics), 'wa_session_transitions_total', 'event')).toEqual({
      'browser.lost': 1,
      'after.qrWindow': 1,
      init: 1,
      other: 4,
    });
  });

  it.each([Number.NaN, -5, Infinity])(
    'never throws for a time of %d ms, and keeps its sums whole',
    async (durationMs) => {
      const metrics = open();
      metrics.telemetry.recovered(durationMs);
      metrics.telemetry.launched('failed', durationMs);
      expect(valueOf(await read(metrics), 'wa_session_recovery_seconds_sum')).toBe(0);
    },
  );
});

describe('The pool', () => {
  it('is shown with all six states always', async () => {
    const pool = createPool();
    const metrics = open({ pool });
    const byState = async () => byLabel(await read(metrics), 'wa_sessions', 'state');
    const none = Object.fromEntries(SESSION_STATES.map((state) => [state, 0]));
    expect(await byState()).toEqual(none);
    pool.trigger.moved({ from: null, to: 'ready' });
    pool.trigger.moved({ from: null, to: 'ready' });
    pool.trigger.moved({ from: 'ready', to: 'reconnecting' });
    expect(await byState()).toEqual({ ...none, ready: 1, reconnecting: 1 });
  });

  it('shows what waits, what is launched, and what keeps it from launching', async () => {
    const pool = createPool();
    const metrics = open({ pool, waiting: async () => 9 });
    pool.trigger.launches({ waiting: 5, launching: 2 });
    pool.trigger.breaker({ state: 'half_open' });
    pool.trigger.pressure({ level: 'high' });
    const samples = await read(metrics);
    const values = [
      'wa_node_capacity',
      'wa_launches_waiting',
      'wa_launches_in_flight',
      'wa_pressure',
      'wa_queue_waiting',
    ].map((name) => valueOf(samples, name));
    expect(values).toEqual([40, 5, 2, 1, 9]);
    expect(byLabel(samples, 'wa_breaker_state', 'state')).toEqual({ closed: 0, open: 0, half_open: 1, resuming: 0 });
  });

  it('is not there in a process that runs no sessions', async () => {
    const names = (await read(open({ pool: null }))).map(({ name }) => name);
    expect(names.filter((name) => /^wa_(sessions|browsers|launches|breaker|pressure|node)/.test(name))).toEqual([]);
    expect(names).toContain('wa_queue_waiting');
  });
});

describe('The memory of browsers', () => {
  it('is one sum, one maximum and a number, whatever sessions there are', async () => {
    const samples = await read(open({ browserMemory: async () => [300, 500, 200] }));
    const names = ['wa_browsers', 'wa_browser_memory_sum_bytes', 'wa_browser_memory_max_bytes'];
    expect(names.map((name) => valueOf(samples, name))).toEqual([3, 1_000, 500]);
    expect(samples.filter(({ name, labels }) => names.includes(name) && Object.keys(labels).length > 0)).toEqual([]);
  });

  it('is looked at once in five seconds', async () => {
    let now = 0;
    let looks = 0;
    const metrics = open({ now: () => now, browserMemory: async () => [(looks += 1)] });
    const sum = async () => valueOf(await read(metrics), 'wa_browser_memory_sum_bytes');
    expect([await sum(), await sum()]).toEqual([1, 1]);
    now = 4_999;
    expect(await sum()).toBe(1);
    now = 5_000;
    expect(await sum()).toBe(2);
  });

  it.each([
    ['fails', () => Promise.reject(new Error('no /proc'))],
    ['does not come in time', () => new Promise<number[]>(() => undefined)],
  ])('is left out, and nothing else is, when the look %s', async (_name, browserMemory) => {
    const samples = await read(open({ browserMemory }));
    expect(samples.filter(({ name }) => name.startsWith('wa_browser_memory') || name === 'wa_browsers')).toEqual([]);
    expect(valueOf(samples, 'wa_sessions', { state: 'ready' })).toBe(0);
  });
});

it('The queue is left out while Redis does not answer, and shown again afterwards', async () => {
  let isAway = false;
  let now = 0;
  const metrics = open({
    now: () => now,
    waiting: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(3)),
  });
  const shown = async () => {
    now += 10_000;
    return valueOf(await read(metrics), 'wa_queue_waiting');
  };
  expect(await shown()).toBe(3);
  isAway = true;
  expect(await shown()).toBeUndefined();
  isAway = false;
  expect(await shown()).toBe(3);
});

it('What waits to be sent is shown, and what pages of WhatsApp lack', async () => {
  const samples = await read(open());
  expect([valueOf(samples, 'wa_outbox_depth'), valueOf(samples, 'wa_outbox_oldest_seconds')]).toEqual([7, 90]);
  const send = (state: string) => valueOf(samples, 'wa_page_capability', { capability: 'send', state });
  expect([send('there'), send('missing')]).toEqual([1, 2]);
});

it('Clients that follow are counted until each has ended', async () => {
  const metrics = open();
  const streams = async () => valueOf(await read(metrics), 'wa_event_streams');
  expect(await streams()).toBe(0);
  const ends = [metrics.streamOpened(), metrics.streamOpened()];
  expect(await streams()).toBe(2);
  ends[0]?.();
  expect(await streams()).toBe(1);
});

it('The process is shown by the names that everybody uses, and what it runs', async () => {
  const samples = await read(open());
  expect(valueOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(valueOf(samples, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(valueOf(samples, 'wa_build_info', { version: '1.2.3', node_version: process.versions.node })).toBe(1);
  expect(samples.filter(({ name }) => name.startsWith('nodejs_eventloop_lag'))).toEqual([]);
  expect(
    samples.filter(({ name }) => name === 'wa_event_loop_delay_seconds').map(({ labels }) => labels['stat']),
  ).toEqual(['mean', 'p99', 'max']);
});

function happen({ telemetry }: Metrics): void {
  telemetry.moved('ready', 'reconnecting', 'browser.lost');
  telemetry.lost('browser_crashed');
  telemetry.launched('up', 2_500);
  telemetry.launched('failed', 61_000);
  telemetry.launched('abandoned', 3);
  telemetry.recovered(12_000);
  telemetry.judged('parked');
  telemetry.renewed('memory');
}
