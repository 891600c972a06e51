import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { ControlledClock } from '../../../src/host/controlled-clock.ts';
import { BrowserRegistry } from '../../../src/whatsapp/web/browser-registry.ts';
import type { Headless } from '../../../src/whatsapp/web/chromium/launch-arguments.ts';
import type { WhatsAppDriver } from '../../../src/whatsapp/device.ts';
import { createWhatsAppWebDriver, type WhatsAppWebDriverOptions } from '../../../src/whatsapp/web/web-driver.ts';
import type { Launch } from '../../whatsapp-web/browsers.ts';
import { BROWSER } from '../../whatsapp-web/installed-browsers.ts';
import { LinkRefusedError, type DeviceLink } from '../../whatsapp-web/phone.ts';
import { startWhatsAppWeb, type WhatsAppWeb } from '../../whatsapp-web/server.ts';
import type { PageSettings } from '../../whatsapp-web/settings.ts';
import type { WebPage } from '../../whatsapp-web/web-page.ts';
import type { PhoneAnswer, Subject, DriverEnvironment } from '../contract/driver-environment.ts';

/** One line of the driver's log. */
export interface LogLine {
  readonly fields: object;
  readonly message: string;
}

/** The contract's environment around real browsers, and what only they need to be tested with. */
export interface ChromiumFixture extends DriverEnvironment {
  readonly web: WhatsAppWeb;
  readonly registry: BrowserRegistry;
  readonly registryDir: string;
  readonly wrapper: string;
  readonly logged: readonly LogLine[];
  /** Another driver, as a second service on this machine would have. */
  driverWith(options?: Partial<WhatsAppWebDriverOptions>): WhatsAppDriver;
  page(subject: Subject): WebPage;
  launch(subject: Subject): Launch;
}

export interface ChromiumFixtureOptions {
  readonly executablePath?: string;
  readonly headless?: Headless;
  readonly settings?: Partial<PageSettings>;
  readonly driver?: Partial<WhatsAppWebDriverOptions>;
}

export async function createChromiumFixture(options: ChromiumFixtureOptions = {}): Promise<ChromiumFixture> {
  const { executablePath = BROWSER, headless = 'shell', settings = {} } = options;
  const root = await mkdtemp(join(tmpdir(), 'chromium-'));
  const web = await startWhatsAppWeb({ directory: join(root, 'web'), settings });
  const wrapper = await web.wrapperFor(executablePath);
  const registryDir = join(root, 'browsers');
  const registry = new BrowserRegistry(registryDir);
  const logged: LogLine[] = [];
  const write = (fields: object, message: string): void => void logged.push({ fields, message });
  // The one overload of the logger's that the driver calls.
  const log = { warn: write, error: write } as WhatsAppWebDriverOptions['log'];
  const clock = new ControlledClock();
  const driverWith = (over: Partial<WhatsAppWebDriverOptions> = {}): WhatsAppDriver =>
    createWhatsAppWebDriver({ executablePath: wrapper, headless, registry, clock, log, ...options.driver, ...over });
  const driver = driverWith();
  let profiles = 0;

  function launch({ profileDir }: Subject): Launch {
    const found = web.launches().findLast((one) => one.userDataDir === profileDir);
    if (found === undefined) throw new Error('No browser was started in this profile');
    return found;
  }

  function page(subject: Subject): WebPage {
    const { pid } = launch(subject);
    const found = web.pages().findLast(({ browserPid }) => browserPid === pid);
    if (found === undefined) throw new Error('The browser shows no page');
    return found;
  }

  const phoneOf = ({ account }: Subject) => web.phone(account.phoneNumber, account.displayName ?? undefined);

  async function link(linking: Promise<DeviceLink>): Promise<PhoneAnswer> {
    try {
      await linking;
      return { kind: 'linked' };
    } catch (error) {
      if (error instanceof LinkRefusedError) return { kind: 'refused', why: error.refusal };
      throw error;
    }
  }

  return {
    web,
    registry,
    registryDir,
    wrapper,
    logged,
    driver,
    driverWith,
    page,
    launch,
    profileDir: () => join(root, 'profiles', String((profiles += 1))),
    scan: (code, subject) => link(phoneOf(subject).scan(code)),
    enterPairingCode: (code, subject) => link(phoneOf(subject).enterPairingCode(code)),
    spendQr: async (subject) => page(subject).rotate(),
    pass: (ms) => clock.advance(ms),
    logoutOnPhone: async (subject) => phoneOf(subject).logout(),
    conflict: async (subject) => page(subject).setState('CONFLICT'),
    networkDown: async (subject) => web.networkDown(launch(subject).pid),
    networkUp: async (subject) => web.networkUp(launch(subject).pid),
    crashPage: async (subject) => page(subject).misbehave({ kind: 'crash' }),
    crashBrowser: async (subject) => void process.kill(launch(subject).pid, 'SIGKILL'),
    async hang(subject) {
      const hanging = page(subject);
      hanging.misbehave({ kind: 'hang', busy: false });
      // The page is told by a push: a probe sent at once may still be answered before it.
      await vi.waitFor(() => expect(hanging.isHanging).toBe(true), 40_000);
    },
    receive: async (message, subject) => void phoneOf(subject).receives(message),
    async receiveFile({ from, mimetype, bytes }, subject) {
      const phone = phoneOf(subject);
      phone.receives({
        from,
        text: '',
        type: 'document',
        media: { mimetype, file: await phone.uploads(mimetype, bytes) },
      });
    },
    sent: async (subject) =>
      phoneOf(subject)
        .sent()
        .map(({ id, body }) => ({ waId: id, text: body })),
    holdAcks: async (subject) => phoneOf(subject).acknowledgeAutomatically(0),
    async deliverSent(subject) {
      const phone = phoneOf(subject);
      for (const { id } of phone.sent()) for (const ack of [1, 2] as const) phone.acknowledges(id, ack);
    },
    liveBrowsers: () => web.launches().filter((one) => one.isAlive()).length,
    async dispose() {
      await web.close();
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
