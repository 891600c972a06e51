import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { sessionKey } from '../../../src/domain/session.ts';
import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { StorageService } from '../../../src/supervisor/session/storage-service.ts';
import type { ReadyDevice } from '../../../src/supervisor/session/device-service.ts';
import { session } from '../fleet.ts';
import { profileDirOf } from '../node.ts';
import { RecordingTelemetry } from '../recording-telemetry.ts';
import { useFleet } from '../use-fleet.ts';

const SECONDS = 1_000;
const MIB = 2 ** 20;

function setUp() {
  const clock = new ControlledClock();
  const told: string[] = [];
  const notStoring = new Set<string>();
  const state = { isShort: false, stores: true, asked: 0 };
  const service = new StorageService({
    clock,
    key: 'ana/sales',
    notStoring,
    isPlaceShort: () => state.isShort,
    trust: (stores) => told.push(stores ? 'stores' : 'stores nothing'),
    tell: (event) => told.push(event.type === 'browser.fault' ? event.fault.code : event.type),
    telemetry: new RecordingTelemetry(),
  });
  onTestFinished(() => service.end());
  const call = async (name: string): Promise<boolean> => {
    expect(name).toBe('isStoring');
    state.asked += 1;
    return state.stores;
  };
  // The one call that it makes.
  const device = { call } as unknown as ReadyDevice['device'];
  const pass = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 5) await clock.advance(5 * SECONDS);
  };
  return {
    pass,
    told,
    notStoring,
    state,
    service,
    ready: (number: number) => service.onReady({ number, device, capabilities: null, phoneNumber: '5215550001111' }),
  };
}

describe('A ready page', () => {
  it('is asked rarely whether it stores', async () => {
    const { pass, state, ready } = setUp();
    ready(1);
    await pass(600);
    expect(state.asked).toBe(0);
    await pass(1_800);
    expect(state.asked).toBe(1);
  });

  it('that stores nothing in a full place is told once, and replaced once there is room', async () => {
    const { pass, told, notStoring, state, ready } = setUp();
    ready(1);
    Object.assign(state, { isShort: true, stores: false });
    await pass(60);
    expect(told).toEqual(['stores nothing', 'STORAGE_FULL']);
    expect([...notStoring]).toEqual(['ana/sales']);
    state.isShort = false;
    await pass(10);
    expect(told).toEqual(['stores nothing', 'STORAGE_FULL', 'session.renew']);
  });

  it('that stores again by itself is left alone', async () => {
    const { pass, told, notStoring, state, ready } = setUp();
    ready(1);
    Object.assign(state, { isShort: true, stores: false });
    await pass(60);
    Object.assign(state, { isShort: false, stores: true });
    await pass(20);
    expect(told).toEqual(['stores nothing', 'STORAGE_FULL', 'stores']);
    expect(notStoring.size).toBe(0);
    await pass(600);
    expect(told).toHaveLength(3);
  });

  it('that stores nothing though there is room is asked twice, then replaced', async () => {
    const { pass, told, state, ready } = setUp();
    ready(1);
    state.stores = false;
    await pass(1_830);
    expect(told.slice(0, 3)).toEqual(['stores nothing', 'NOT_STORED', 'session.renew']);
  });

  it('that is lost counts no longer', async () => {
    const { pass, notStoring, state, service, ready } = setUp();
    ready(1);
    Object.assign(state, { isShort: true, stores: false });
    await pass(60);
    service.onLost();
    expect(notStoring.size).toBe(0);
    const { asked } = state;
    await pass(60);
    expect(state.asked).toBe(asked);
  });
});

describe('A node whose place for profiles is full', () => {
  const fixture = useFleet();

  it('says so in its sessions, launches nothing, and renews them once there is room', async () => {
    const { fleet } = fixture;
    let freeMb = 5_000;
    const node = await fleet.node({
      lookAtSpace: async () => ({ type: 0, bsize: MIB, blocks: 10_000, bavail: freeMb }),
    });
    const sales = session('sales');
    await fleet.link(node, sales);
    await fleet.until(sales, 'durable', ({ session: now }) => now.durable);
    // The mark that is written to see whether anything is kept: it cannot be any more.
    const mark = join(profileDirOf(fleet.profileRoot, sessionKey(sales)), 'mark');
    await rm(mark, { force: true });
    await mkdir(mark);
    freeMb = 10;
    for (let waited = 0; waited < 12; waited += 1) await fleet.clock.advance(5 * SECONDS);
    const { session: told } = await fleet.until(sales, 'told', ({ session: now }) => !now.durable);
    expect(told).toMatchObject({ state: 'ready', lastError: { code: 'STORAGE_FULL' } });
    expect(await node.worker.profiles()).toMatchObject({ isShort: true, notStoring: 1 });
    const stores = session('stores');
    await fleet.ask(stores, 'create_and_start');
    await fleet.until(stores, 'held', ({ session: now }) => now.queue?.heldBy === 'pressure');

    freeMb = 5_000;
    for (let waited = 0; waited < 12; waited += 1) await fleet.clock.advance(5 * SECONDS);
    await fleet.reaches(stores, 'waiting_qr');
    await fleet.eventually(() => node.telemetry.lines.includes('renewed storage'), 'it was not renewed');
    await rm(mark, { recursive: true, force: true });
    await fleet.until(sales, 'ready again', ({ session: now }) => now.state === 'ready' && now.lastError === null);
    await fleet.until(sales, 'durable again', ({ session: now }) => now.durable);
  });
});
