import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { SimulatedDriver } from '../../src/whatsapp/simulated-driver.ts';
import type { PlayedEvent } from '../../src/whatsapp/simulated-driver.ts';
import { EventLog } from './event-log.ts';

const LAUNCH_MS = 50;
const SYNC_MS = 70;
const QR_MS = 20_000;
const CODE_MS = 180_000;
const KEY = 'u1/sales';
const ANA = { phoneNumber: '5215550001111', displayName: 'Ana' };
const SCAN: PlayedEvent = { event: 'scan', ...ANA };
const LOGIN_FILE = join('Default', 'Local Storage', 'simulated-login.json');

let root: string;
let profileDir: string;
let clock: SimulatedClock;
let driver: SimulatedDriver;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'simulated-'));
  profileDir = join(root, 'profile');
  clock = new SimulatedClock();
  driver = new SimulatedDriver({ clock, launchDelayMs: LAUNCH_MS, syncDelayMs: SYNC_MS, qrLifetimeMs: QR_MS, pairingCodeLifetimeMs: CODE_MS });
});

afterEach(async () => {
  await driver.shutdown(1_000);
  await rm(root, { recursive: true, force: true });
});

function open(pairWith: string | null = null) {
  const log = new EventLog(5_000);
  return { browser: driver.open({ key: KEY, profileDir, pairWith, onEvent: log.push }), log };
}

/** Opens a browser and lets its launch delay pass. */
async function launch(pairWith: string | null = null) {
  const opened = open(pairWith);
  await opened.log.next('started');
  clock.increment(LAUNCH_MS);
  return opened;
}

async function launchReady() {
  const opened = await launch();
  expect(driver.play(KEY, SCAN)).toEqual({ kind: 'played' });
  await opened.log.next('authenticated');
  clock.increment(SYNC_MS);
  await opened.log.next('ready');
  return opened;
}

const probe = (browser: { probe(signal: AbortSignal): Promise<unknown> }) => browser.probe(new AbortController().signal);

describe('QR and pairing codes', () => {
  it('come after the launch delay and not before', async () => {
    const { log } = open();
    await log.next('started');
    clock.increment(LAUNCH_MS - 1);
    expect(log.types).toEqual(['started']);
    clock.increment(1);
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('are followed by the next when they expire, with the same keys and a new ref', async () => {
    const { log } = await launch();
    const { qr: first } = await log.next('qr');
    clock.increment(QR_MS);
    const { qr: second } = await log.next('qr');
    expect(second.seq).toBe(first.seq + 1);
    expect(second.issuedAt).toBe(first.expiresAt);
    const [firstRef, ...firstKeys] = first.code.split(',');
    const [secondRef, ...secondKeys] = second.code.split(',');
    expect(secondRef).not.toBe(firstRef);
    expect(secondKeys).toEqual(firstKeys);
  });

  it('of a pairing expire too', async () => {
    const { log } = await launch(ANA.phoneNumber);
    const first = await log.next('pairing_code');
    clock.increment(CODE_MS);
    const second = await log.next('pairing_code');
    expect(second.pairingCode.code).not.toBe(first.pairingCode.code);
  });

  it('stop when the scan comes', async () => {
    const { log } = await launchReady();
    clock.increment(CODE_MS);
    expect(log.types).toEqual(['started', 'qr', 'authenticated', 'ready']);
  });

  it('can only be entered by the phone they were made for', async () => {
    const { log } = await launch(ANA.phoneNumber);
    expect(driver.play(KEY, { event: 'scan', phoneNumber: '5215550002222' })).toMatchObject({ kind: 'not_applicable' });
    expect(driver.play(KEY, SCAN)).toEqual({ kind: 'played' });
    await log.next('authenticated');
  });

  it('are replaced, with a fault told, when the phone refuses', async () => {
    const { log } = await launch();
    driver.play(KEY, { event: 'refuse' });
    expect(log.types).toEqual(['started', 'qr', 'fault', 'qr']);
    expect(log.events.at(2)).toMatchObject({ fault: { code: 'LINK_REFUSED' } });
  });

  it('wait for the network before they are renewed', async () => {
    const { log } = await launch();
    driver.play(KEY, { event: 'network_down' });
    clock.increment(QR_MS * 3);
    expect(log.types).toEqual(['started', 'qr']);
    expect(driver.play(KEY, SCAN)).toMatchObject({ kind: 'not_applicable' });
    driver.play(KEY, { event: 'network_up' });
    expect(log.types).toEqual(['started', 'qr', 'qr']);
  });
});

describe('a login', () => {
  it('is a file that only its owner can read', async () => {
    await launchReady();
    expect((await stat(join(profileDir, LOGIN_FILE))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(profileDir, LOGIN_FILE), 'utf8'))).toMatchObject(ANA);
  });

  it('is good for another process', async () => {
    const { browser } = await launchReady();
    await browser.close(1_000);
    driver = new SimulatedDriver({ clock, launchDelayMs: LAUNCH_MS, syncDelayMs: SYNC_MS });
    const { log } = await launch();
    clock.increment(SYNC_MS);
    expect(log.types).toEqual(['started', 'authenticated', 'ready']);
  });

  it('that can not be read is none', async () => {
    const { browser } = await launchReady();
    await browser.close(1_000);
    await writeFile(join(profileDir, LOGIN_FILE), '{"deviceId": 7}');
    const { log } = await launch();
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('that was unlinked is dead though its files are there', async () => {
    const { browser } = await launchReady();
    await browser.unlink(new AbortController().signal);
    await browser.close(1_000);
    expect(await driver.hasProfile(profileDir)).toBe(true);
    const { log } = await launch();
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'logged_out' });
  });

  it('that can not be written is a loss', async () => {
    const { log } = await launch();
    await writeFile(join(profileDir, 'Default'), 'a file where a directory has to be');
    driver.play(KEY, SCAN);
    expect(await log.next('lost')).toMatchObject({ cause: 'internal_error', fault: { code: 'PROFILE_UNUSABLE' } });
  });
});

describe('launch failures', () => {
  it('lose as many launches as were ordered, then no more', async () => {
    expect(driver.play(KEY, { event: 'launch_failures', count: 2 })).toEqual({ kind: 'played' });
    for (let failure = 0; failure < 2; failure += 1) {
      const { browser, log } = open();
      expect(await log.next('lost')).toMatchObject({ cause: 'internal_error', fault: { code: 'LAUNCH_FAILED' } });
      await browser.close(1_000);
      expect(log.types).toEqual(['lost']);
    }
    await open().log.next('started');
  });

  it('are taken back by a count of 0', async () => {
    driver.play(KEY, { event: 'launch_failures', count: 2 });
    driver.play(KEY, { event: 'launch_failures', count: 0 });
    await open().log.next('started');
  });

  it('of one session are not those of another', async () => {
    driver.play('u2/sales', { event: 'launch_failures', count: 1 });
    await open().log.next('started');
  });
});

describe('a network that is down', () => {
  it('loses a browser that is launched into it', async () => {
    driver.play(KEY, { event: 'network_down' });
    const { log } = await launch();
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'network' });
  });

  it('holds the sync until it is up', async () => {
    const { log } = await launch();
    driver.play(KEY, SCAN);
    await log.next('authenticated');
    driver.play(KEY, { event: 'network_down' });
    clock.increment(SYNC_MS);
    expect(log.types.at(-1)).toBe('authenticated');
    driver.play(KEY, { event: 'network_up' });
    expect(log.types.at(-1)).toBe('ready');
  });

  it('hides a logout until it is up', async () => {
    const { log } = await launchReady();
    driver.play(KEY, { event: 'network_down' });
    expect(driver.play(KEY, { event: 'logout' })).toEqual({ kind: 'played' });
    expect(log.types.at(-1)).toBe('ready');
    driver.play(KEY, { event: 'network_up' });
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'logged_out' });
  });

  it('lets nobody unlink or pair', async () => {
    const { browser } = await launchReady();
    driver.play(KEY, { event: 'network_down' });
    await expect(browser.unlink(new AbortController().signal)).rejects.toMatchObject({ code: 'UNLINK_FAILED' });
    await expect(browser.requestPairingCode(ANA.phoneNumber, new AbortController().signal)).rejects.toMatchObject({ code: 'PAIRING_REFUSED' });
  });
});

describe('a page that hangs', () => {
  it('shows no next QR', async () => {
    const { log } = await launch();
    driver.play(KEY, { event: 'hang' });
    clock.increment(QR_MS * 3);
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('does not notice a logout', async () => {
    const { log } = await launchReady();
    driver.play(KEY, { event: 'hang' });
    expect(driver.play(KEY, { event: 'logout' })).toEqual({ kind: 'played' });
    expect(log.types).not.toContain('lost');
  });

  it('does not come back with the network', async () => {
    const { browser } = await launchReady();
    driver.play(KEY, { event: 'hang' });
    driver.play(KEY, { event: 'network_up' });
    expect(await browser.probe(AbortSignal.abort())).toMatchObject({ kind: 'missed', cause: 'page_unresponsive' });
  });

  it('lets a waiting probe go when it crashes', async () => {
    const { browser } = await launchReady();
    driver.play(KEY, { event: 'hang' });
    const waiting = probe(browser);
    driver.play(KEY, { event: 'page_crash' });
    expect(await waiting).toMatchObject({ kind: 'missed', cause: 'page_unresponsive' });
  });
});

describe('what can not be played', () => {
  const ON_A_BROWSER: readonly PlayedEvent[] = [
    SCAN,
    { event: 'refuse' },
    { event: 'conflict' },
    { event: 'page_crash' },
    { event: 'browser_crash' },
    { event: 'hang' },
    { event: 'message', from: '5215550002222', text: 'hi' },
  ];

  it.each([...ON_A_BROWSER, { event: 'logout' } satisfies PlayedEvent])('says so for $event while no browser is open', (event) => {
    expect(driver.play(KEY, event)).toMatchObject({ kind: 'not_applicable' });
  });

  it.each(ON_A_BROWSER)('says so for $event once the browser is lost', async (event) => {
    const { log } = await launchReady();
    driver.play(KEY, { event: 'page_crash' });
    const told = log.events.length;
    expect(driver.play(KEY, event)).toMatchObject({ kind: 'not_applicable' });
    expect(log.events).toHaveLength(told);
  });

  it.each([SCAN, { event: 'refuse' } satisfies PlayedEvent])('says so for $event without a QR', async (event) => {
    await launchReady();
    expect(driver.play(KEY, event)).toMatchObject({ kind: 'not_applicable' });
  });

  it.each([{ event: 'conflict' }, { event: 'logout' }, { event: 'message', from: '1', text: 'hi' }] satisfies PlayedEvent[])(
    'says so for $event before the scan',
    async (event) => {
      await launch();
      expect(driver.play(KEY, event)).toMatchObject({ kind: 'not_applicable' });
    },
  );
});
