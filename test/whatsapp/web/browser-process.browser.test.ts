import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { identifyProcess } from '../../../src/host/process-identity.ts';
import { BrowserRegistry } from '../../../src/whatsapp/web/browser-registry.ts';
import { FULL_BROWSER } from '../../whatsapp-web/installed-browsers.ts';
import { type ChromiumFixture, createChromiumFixture } from './chromium-fixture.ts';
import { ContractFixture } from '../contract/contract-fixture.ts';
import type { Subject } from '../contract/driver-environment.ts';

const DEADLINE_MS = 60_000;
const fixture = new ContractFixture(() => createChromiumFixture(), DEADLINE_MS);
const chromium = (): ChromiumFixture => fixture.environment as ChromiumFixture;

describe('a browser process', { timeout: DEADLINE_MS * 2 }, () => {
  fixture.install();

  it('leads a group of its own, has a sandbox unless we are root, and knows nothing of our environment', async () => {
    const { log, subject } = fixture.open(fixture.subject());
    const { pid } = await log.next('started');
    await log.next('qr');
    const launch = chromium().launch(subject);
    expect(pid).toBe(launch.pid);
    expect(launch.args.includes('--no-sandbox')).toBe(process.getuid?.() === 0);
    expect(() => process.kill(-launch.pid, 0)).not.toThrow();
    const environment = readFileSync(`/proc/${launch.pid}/environ`, 'utf8').split('\0');
    expect(environment.filter((variable) => /^(VITEST|NODE|npm)/.test(variable))).toEqual([]);
  });

  it('adds no handler of signals to ours', async () => {
    const before = (['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const).map((signal) => process.listenerCount(signal));
    await fixture.open(fixture.subject()).log.next('qr');
    expect((['SIGINT', 'SIGTERM', 'SIGHUP', 'exit'] as const).map((signal) => process.listenerCount(signal))).toEqual(
      before,
    );
  });

  it('is noted while it lives, and leaves neither a note, nor a lock, nor a zombie', async () => {
    const opened = fixture.open(fixture.subject());
    const { pid } = await opened.log.next('started');
    expect(chromium().registry.list()).toMatchObject([{ key: opened.subject.key, leader: { pid } }]);
    expect(readdirSync(chromium().registryDir)).toEqual([`${String(pid)}.json`]);
    await fixture.close(opened);
    expect(chromium().registry.list()).toEqual([]);
    expect(readdirSync(chromium().registryDir)).toEqual([]);
    expect(existsSync(`${opened.subject.profileDir}.lock`)).toBe(false);
    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
  });

  it('that is frozen is found missing, and is killed when it does not close', async () => {
    const opened = await fixture.openReady();
    process.kill(chromium().launch(opened.subject).pid, 'SIGSTOP');
    expect(await opened.browser.call('probe', null, AbortSignal.timeout(1_000))).toMatchObject({
      kind: 'missed',
      cause: 'page_unresponsive',
    });
    await opened.browser.close(500);
    expect(await fixture.environment.liveBrowsers()).toBe(0);
    expect(chromium().logged).toHaveLength(1);
  });

  it('that cannot be started is told at once', async () => {
    const driver = chromium().driverWith({ executablePath: '/nonexistent/chromium' });
    const { key, profileDir } = fixture.subject();
    const credentials = driver.credentials(profileDir);
    const told = await new Promise(
      (resolve) => void driver.open({ key, credentials, pairWith: null, onEvent: resolve }),
    );
    expect(told).toMatchObject({ type: 'lost', cause: 'internal_error', fault: { code: 'LAUNCH_FAILED' } });
    expect(JSON.stringify(told)).not.toContain('nonexistent');
    await driver.shutdown(1_000);
  });

  it('that ends by itself at its start is told', async () => {
    const driver = chromium().driverWith({ executablePath: '/bin/false' });
    const told: unknown[] = [];
    const { key, profileDir } = fixture.subject();
    driver.open({
      key,
      credentials: driver.credentials(profileDir),
      pairWith: null,
      onEvent: (event) => told.push(event),
    });
    await expect.poll(() => told.at(-1), { timeout: DEADLINE_MS }).toMatchObject({ type: 'lost' });
    await driver.shutdown(1_000);
  });

  it('whose page sends far too much at once is lost alone', async () => {
    const other = await fixture.openReady();
    const one = await fixture.openReady();
    chromium()
      .web.phone(one.subject.account.phoneNumber)
      .receives({ from: '5215559998877', text: 'x'.repeat(40_000_000) });
    expect(await one.log.next('lost')).toMatchObject({ cause: 'page_crashed', fault: { code: 'TEXT_TOO_LONG' } });
    expect(await fixture.probeUntil(other, ({ kind }) => kind === 'alive')).toEqual({ kind: 'alive' });
  });
});

describe('a service that is killed', { timeout: DEADLINE_MS * 2 }, () => {
  fixture.install();

  it('takes its browser with it, and the profile can be opened again', async () => {
    const subject = fixture.subject();
    const { service } = await startService(subject);
    // All of them: the profile is not free before the last one has ended, and the first of them ends first.
    const pids = [service.pid ?? 0, ...chromium().launch(subject).processes()];
    service.kill('SIGKILL');
    await expect.poll(() => pids.filter((pid) => identifyProcess(pid) !== null), { timeout: DEADLINE_MS }).toEqual([]);
    await fixture.open(subject).log.next('qr');
  });

  it('leaves a frozen browser whose profile nobody may open, until the next start has reaped it', async () => {
    const subject = fixture.subject();
    const { service, pid } = await startService(subject);
    process.kill(pid, 'SIGSTOP');
    service.kill('SIGKILL');
    await expect.poll(() => identifyProcess(service.pid ?? 0), { timeout: DEADLINE_MS }).toBeNull();
    expect(await fixture.open(subject).log.next('lost')).toMatchObject({ fault: { code: 'PROFILE_IN_USE' } });
    await expect(fixture.environment.driver.credentials(subject.profileDir).erase()).rejects.toMatchObject({
      code: 'PROFILE_IN_USE',
    });

    const reaped = await new BrowserRegistry(chromium().registryDir).reapLeftovers();
    expect(reaped).toMatchObject([{ key: subject.key, leader: { pid } }]);
    expect(identifyProcess(pid)).toBeNull();
    await fixture.open(subject).log.next('qr');
  });
});

describe('the full browser', { timeout: DEADLINE_MS * 4 }, () => {
  const full = new ContractFixture(
    () => createChromiumFixture({ executablePath: FULL_BROWSER, headless: 'new' }),
    DEADLINE_MS,
  );
  full.install();

  it('lives the same life, though its profile was locked on a machine that is no more', async () => {
    const subject = full.subject();
    await mkdir(subject.profileDir, { recursive: true });
    await symlink('another-machine-4711', `${subject.profileDir}/SingletonLock`);
    const first = await full.openReady(subject);
    const pids = (full.environment as ChromiumFixture).launch(subject).processes();
    await full.close(first);
    expect(pids.filter((pid) => identifyProcess(pid) !== null)).toEqual([]);
    await full.open(subject).log.next('ready');
  });
});

/** Runs a service of its own with one open browser; resolves when that shows a QR. */
async function startService({ key, profileDir }: Subject): Promise<{ service: ChildProcess; pid: number }> {
  const options = JSON.stringify({
    executablePath: chromium().wrapper,
    registryDir: chromium().registryDir,
    key,
    profileDir,
  });
  const service = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL('service-with-one-browser.ts', import.meta.url)), options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  for await (const line of createInterface({ input: service.stdout })) {
    const { qrShownBy } = JSON.parse(line) as { readonly qrShownBy: number };
    return { service, pid: qrShownBy };
  }
  throw new Error('The service ended without a QR');
}
