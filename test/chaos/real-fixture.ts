import { expect, onTestFinished } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import type { Client } from '../service/client.ts';
import type { Launch } from '../whatsapp-web/browsers.ts';
import { BROWSER } from '../whatsapp-web/installed-browsers.ts';
import type { Phone } from '../whatsapp-web/phone.ts';
import { startWhatsAppWeb, type WhatsAppWeb } from '../whatsapp-web/server.ts';
import type { WebPage } from '../whatsapp-web/web-page.ts';
import { DEADLINE_MS, ChaosFixture, keyOf } from './chaos-fixture.ts';

/** Short waits, so that a run of many faults ends. The outcome of a fault does not depend on them. */
const SETTINGS = {
  DRIVER: 'whatsapp-web.js',
  RATE_LIMIT_PER_MINUTE: '0',
  // How busy others keep this machine is no part of any fault.
  PRESSURE_CPU: '0',
  RECONNECT_BASE_MS: '200',
  RECONNECT_MAX_MS: '2000',
  RESTART_BASE_MS: '500',
  RESTART_MAX_MS: '2000',
};

/** For faults that only a probe finds. Other tests use the default: on a busy machine a page may answer late. */
export const FREQUENT_PROBES = { PROBE_INTERVAL_MS: '1500' };

/** A session that a phone has scanned, with its phone, page and browser. */
export class Linked {
  readonly id: string;
  readonly key: string;
  readonly phone: Phone;
  readonly #fixture: RealFixture;

  constructor(fixture: RealFixture, id: string, phone: Phone) {
    this.#fixture = fixture;
    this.id = id;
    this.key = keyOf(id);
    this.phone = phone;
  }

  /** Its revision now, as far as the watcher knows. */
  get rev(): number {
    return this.#fixture.chaos.watcher.sightings(this.key).at(-1)?.session.rev ?? 0;
  }

  get page(): WebPage {
    const page = this.phone.devices().findLast(({ isConnected }) => isConnected)?.page;
    if (page === undefined || page === null) throw new Error(`${this.id} shows no page.`);
    return page;
  }

  /** The one browser that lives in its profile. */
  get browser(): Launch {
    const { browserPid } = this.page;
    const browser = this.#fixture.chaos.liveBrowsers().find(({ pid }) => pid === browserPid);
    if (browser === undefined) throw new Error(`No browser of ${this.id} lives.`);
    return browser;
  }
}

/** The service with real browsers on the test's WhatsApp Web. */
export interface RealFixture {
  readonly web: WhatsAppWeb;
  readonly chaos: ChaosFixture;
  /** Lets phones scan these sessions, all at once, and waits until each login is sealed. */
  link(...ids: readonly string[]): Promise<readonly Linked[]>;
}

/** Ended with the test, after which no browser may be alive. */
export async function createRealFixture(env: Readonly<Record<string, string>> = {}): Promise<RealFixture> {
  const web = await startWhatsAppWeb();
  onTestFinished(() => web.close());
  const wrapper = await web.wrapperFor(BROWSER);
  const chaos = await ChaosFixture.prepare({ ...SETTINGS, PUPPETEER_EXECUTABLE_PATH: wrapper, ...env }, () =>
    web.launches(),
  );
  const fixture: RealFixture = {
    web,
    chaos,
    link: async (...ids) => {
      const client = await chaos.client();
      return Promise.all(ids.map((id) => link(fixture, client, id)));
    },
  };
  return fixture;
}

export function codeOf({ qr }: Session): string {
  if (qr === null) throw new Error('No QR code is shown.');
  return qr.code;
}

let numbers = 491_700_000_000;

async function link(fixture: RealFixture, client: Client, id: string): Promise<Linked> {
  const phone = fixture.web.phone(String((numbers += 1)), 'Ada');
  await client.create(id);
  await phone.scan(codeOf(await client.reaches(id, 'waiting_qr')));
  await client.until(id, ({ state, durable }) => state === 'ready' && durable);
  await expect
    .poll(() => fixture.chaos.watcher.sightings(keyOf(id)).at(-1)?.session.durable, { timeout: DEADLINE_MS })
    .toBe(true);
  return new Linked(fixture, id, phone);
}
