import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { SimulatedDriver } from '../../../src/whatsapp/simulated/driver.ts';
import type { PlayedEvent, PlayResult } from '../../../src/whatsapp/simulated/driver.ts';
import type { PhoneAnswer, Subject, DriverEnvironment } from '../contract/driver-environment.ts';

const MIB = 2 ** 20;

/** The contract's environment around the simulated driver, whose `play` is the phone and all else. */
export async function createSimulatedEnvironment(): Promise<DriverEnvironment> {
  const root = await mkdtemp(join(tmpdir(), 'simulated-'));
  const clock = new ControlledClock();
  const driver = new SimulatedDriver({ clock, launchDelayMs: 5, syncDelayMs: 5, memoryOf: () => 300 * MIB });
  let profiles = 0;

  const play = async ({ key }: Subject, event: PlayedEvent): Promise<void> => {
    const result = driver.play(key, event);
    if (result.kind === 'not_applicable') throw new Error(`${event.event}: ${result.why}`);
  };
  const showToPhone = async (code: string, { key, account }: Subject): Promise<PhoneAnswer> =>
    answer(driver.play(key, { event: 'scan', code, ...account, displayName: account.displayName ?? undefined }));

  return {
    driver,
    profileDir: () => join(root, `profile-${(profiles += 1)}`),
    scan: showToPhone,
    enterPairingCode: showToPhone,
    spendQr: (subject) => play(subject, { event: 'refuse' }),
    pass: (ms) => clock.advance(ms),
    logoutOnPhone: (subject) => play(subject, { event: 'logout' }),
    conflict: (subject) => play(subject, { event: 'conflict' }),
    networkDown: (subject) => play(subject, { event: 'network_down' }),
    networkUp: (subject) => play(subject, { event: 'network_up' }),
    crashPage: (subject) => play(subject, { event: 'page_crash' }),
    crashBrowser: (subject) => play(subject, { event: 'browser_crash' }),
    hang: (subject) => play(subject, { event: 'hang' }),
    receive: (message, subject) => play(subject, { event: 'message', ...message }),
    receiveFile: ({ from, mimetype, bytes }, subject) =>
      play(subject, { event: 'message', from, text: '', media: { mimetype, data: bytes.toString('base64') } }),
    sent: async ({ key }) =>
      driver
        .outgoingOf(key)
        .posted.map(({ waId, content }) => ({ waId, text: content.kind === 'text' ? content.text : '' })),
    holdAcks: (subject) => play(subject, { event: 'acks', upTo: 0, delayMs: 0 }),
    deliverSent: (subject) => play(subject, { event: 'acks', upTo: 2, delayMs: 0 }),
    liveBrowsers: () => driver.liveBrowsers,
    dispose: () => rm(root, { recursive: true, force: true }),
  };
}

function answer(result: PlayResult): PhoneAnswer {
  return result.kind === 'played' ? { kind: 'linked' } : { kind: 'refused', why: result.why };
}
