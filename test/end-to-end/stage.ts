import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { findBrowser } from '#find-executables';

import { useTempDir } from '../temp-dir.ts';
import { startWhatsAppWeb, type WhatsAppWeb } from '../whatsapp-web/server.ts';
import { Service } from './service.ts';

export interface Stage {
  readonly web: WhatsAppWeb;
  readonly env: Readonly<Record<string, string>>;
  /** Starts the service on this stage's data; ended with the test. */
  start(): Promise<Service>;
  liveBrowsers(): number;
}

/** A WhatsApp Web and the settings of an unmodified service that meets it. When the test ends no browser may be alive. */
export async function setStage(): Promise<Stage> {
  const dataDir = join(useTempDir(), 'data');
  const web = await startWhatsAppWeb();
  const running: Service[] = [];
  const liveBrowsers = () => web.launches().filter((launch) => launch.isAlive()).length;
  onTestFinished(async () => {
    for (const service of running) await service.end();
    const left = liveBrowsers();
    await web.close();
    expect(left).toBe(0);
  });
  const env = {
    DATA_DIR: dataDir,
    PUPPETEER_EXECUTABLE_PATH: await web.wrapperFor(findBrowser() ?? ''),
    RECONNECT_BASE_MS: '100',
    PROBE_INTERVAL_MS: '1000',
  };
  return {
    web,
    env,
    liveBrowsers,
    start: async () => {
      const service = await Service.start(env);
      running.push(service);
      return service;
    },
  };
}
