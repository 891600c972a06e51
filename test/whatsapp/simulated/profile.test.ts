import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ANA, SCAN, SYNC_MS, SimulatedFixture } from './simulated-fixture.ts';

const LOGIN_FILE = join('Default', 'Local Storage', 'simulated-login.json');
const fixture = new SimulatedFixture();
fixture.install();

describe('a login', () => {
  it('is a file that only its owner can read', async () => {
    await fixture.launchReady();
    expect((await stat(join(fixture.profileDir, LOGIN_FILE))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(join(fixture.profileDir, LOGIN_FILE), 'utf8'))).toMatchObject(ANA);
  });

  it('is good for another process', async () => {
    const { browser } = await fixture.launchReady();
    await browser.close(1_000);
    fixture.restartDriver();
    const { log } = await fixture.launch();
    fixture.clock.increment(SYNC_MS);
    expect(log.types).toEqual(['started', 'authenticated', 'ready']);
  });

  it('that can not be read is none', async () => {
    const { browser } = await fixture.launchReady();
    await browser.close(1_000);
    await writeFile(join(fixture.profileDir, LOGIN_FILE), '{"deviceId": 7}');
    const { log } = await fixture.launch();
    expect(log.types).toEqual(['started', 'qr']);
  });

  it('that was unlinked is dead though its files are there', async () => {
    const { browser } = await fixture.launchReady();
    await browser.call('unlink', null, new AbortController().signal);
    await browser.close(1_000);
    expect(await fixture.driver.credentials(fixture.profileDir).has()).toBe(true);
    const { log } = await fixture.launch();
    expect(log.events.at(-1)).toMatchObject({ type: 'lost', cause: 'logged_out' });
  });

  it('that can not be written after a crash is not a second loss', async () => {
    const { browser, log } = await fixture.launch();
    await writeFile(join(fixture.profileDir, 'Default'), 'a file where a directory has to be');
    fixture.play(SCAN);
    fixture.play({ event: 'browser_crash' });
    await browser.close(1_000);
    expect(log.types).toEqual(['started', 'qr', 'scanned', 'lost']);
  });

  it('that can not be written is a loss', async () => {
    const { log } = await fixture.launch();
    await writeFile(join(fixture.profileDir, 'Default'), 'a file where a directory has to be');
    fixture.play(SCAN);
    expect(await log.next('lost')).toMatchObject({ cause: 'internal_error', fault: { code: 'PROFILE_UNUSABLE' } });
  });
});

describe('closing', () => {
  it('tells nothing from the moment it is asked for', async () => {
    const { browser, log } = fixture.open();
    await browser.close(1_000);
    expect(log.types).toEqual([]);
  });

  it('waits for a login that is being written', async () => {
    const { browser } = await fixture.launch();
    fixture.play(SCAN);
    await browser.close(1_000);
    expect(await fixture.driver.credentials(fixture.profileDir).has()).toBe(true);
  });

  it('of an older browser leaves the newer one of its session within reach', async () => {
    const older = await fixture.launch();
    fixture.profileDir = fixture.freshProfileDir();
    const newer = await fixture.launch();
    await older.browser.close(1_000);
    expect(fixture.play(SCAN)).toEqual({ kind: 'played' });
    await newer.log.next('authenticated');
  });
});
