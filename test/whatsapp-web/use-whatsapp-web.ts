import { afterAll, beforeAll, expect } from 'vitest';
import { BROWSER } from './installed-browsers.ts';
import type { Phone } from './phone.ts';
import { type RealClient, type RealClientOptions, withFolder } from './real-client.ts';
import { type WhatsAppWeb, startWhatsAppWeb } from './server.ts';

export interface WhatsAppWebFixture {
  readonly web: WhatsAppWeb;
  /** A phone that no other test has. */
  newPhone(): Phone;
  /** Runs `use` with a browser and a profile of its own. */
  inFolder(use: (options: RealClientOptions) => Promise<void>): Promise<void>;
  /** Starts a client, scans its code with a phone of its own and waits until it is ready. */
  link(real: RealClient): Promise<Phone>;
}

/** A WhatsApp Web for the tests of one `describe`; no browser may outlive them. */
export function useWhatsAppWeb(): WhatsAppWebFixture {
  let started: { readonly web: WhatsAppWeb; readonly executablePath: string } | undefined;
  let phones = 0;
  beforeAll(async () => {
    const web = await startWhatsAppWeb();
    started = { web, executablePath: await web.wrapperFor(BROWSER) };
  });
  afterAll(async () => {
    const alive = started?.web.launches().filter((launch) => launch.isAlive());
    await started?.web.close();
    expect(alive).toEqual([]);
  });
  const theStarted = () => {
    if (started === undefined) throw new Error('The server is there only while tests run');
    return started;
  };

  return {
    get web() {
      return theStarted().web;
    },
    newPhone() {
      phones += 1;
      return theStarted().web.phone(`4917000${String(phones).padStart(5, '0')}`);
    },
    inFolder: (use) => withFolder((dataPath) => use({ executablePath: theStarted().executablePath, dataPath })),
    async link(real) {
      const phone = this.newPhone();
      await real.start();
      await phone.scan(await real.nextText('qr'));
      await real.next('ready');
      return phone;
    },
  };
}
