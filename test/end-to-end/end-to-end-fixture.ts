import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import type { Client } from '../service/client.ts';
import { Service } from '../service/service.ts';
import { useTempDir } from '../temp-dir.ts';
import type { Launch } from '../whatsapp-web/browsers.ts';
import { BROWSER } from '../whatsapp-web/installed-browsers.ts';
import { startWhatsAppWeb, type WhatsAppWeb } from '../whatsapp-web/server.ts';

const DEADLINE_MS = 60_000;

/** A service that runs, and one of its users. */
export interface Running {
  readonly service: Service;
  readonly client: Client;
}

export interface EndToEndFixture {
  readonly web: WhatsAppWeb;
  /** Where live profiles lie. */
  readonly profileDir: string;
  /**
   * Starts the service on this fixture's data; ended with the test. @param program what Node is told to run.
   * @defaultValue the built service
   */
  start(program?: readonly string[]): Promise<Running>;
  liveBrowsers(): readonly Launch[];
}

export function codeOf({ qr }: Session): string {
  if (qr === null) throw new Error('No QR code is shown.');
  return qr.code;
}

/**
 * A WhatsApp Web and the settings of an unmodified service that meets it. When the test ends no browser may be alive.
 */
export async function createEndToEndFixture(more: Readonly<Record<string, string>> = {}): Promise<EndToEndFixture> {
  const directory = useTempDir();
  const profileDir = join(directory, 'profiles');
  const web = await startWhatsAppWeb();
  const running: Service[] = [];
  const liveBrowsers = () => web.launches().filter((launch) => launch.isAlive());
  onTestFinished(async () => {
    for (const service of running) await service.end();
    const left = liveBrowsers();
    await web.close();
    expect(left).toEqual([]);
  });
  const env = {
    DRIVER: 'whatsapp-web.js',
    RATE_LIMIT_PER_MINUTE: '0',
    // How busy others keep this machine must not hold a launch back.
    PRESSURE_CPU: '0',
    PUPPETEER_EXECUTABLE_PATH: await web.wrapperFor(BROWSER),
    RECONNECT_BASE_MS: '100',
    PROBE_INTERVAL_MS: '1000',
    PROFILE_DIR: profileDir,
    ...more,
  };
  return {
    web,
    profileDir,
    liveBrowsers,
    start: async (program) => {
      const service = await Service.start(directory, env, program);
      running.push(service);
      return { service, client: await service.client('ana', { deadlineMs: DEADLINE_MS }) };
    },
  };
}

/** A session that a phone has scanned. */
export async function link({ web }: EndToEndFixture, client: Client, id: string, number: string): Promise<Session> {
  await client.create(id);
  await web.phone(number, 'Ada').scan(codeOf(await client.reaches(id, 'waiting_qr')));
  return client.reaches(id, 'ready');
}

/** The same, and the browser that serves it. Its login is sealed. */
export async function linkForGood(
  fixture: EndToEndFixture,
  client: Client,
  id: string,
  number: string,
): Promise<Launch> {
  await link(fixture, client, id, number);
  await client.until(id, ({ durable }) => durable);
  const [browser] = fixture.liveBrowsers();
  if (browser === undefined) throw new Error('No browser lives.');
  return browser;
}

/** Loses the computer: every process is killed, and no live profile is left. */
export async function loseMachine(fixture: EndToEndFixture, { service }: Running): Promise<void> {
  await service.end('SIGKILL');
  for (const browser of fixture.liveBrowsers()) process.kill(-browser.pid, 'SIGKILL');
  await expect.poll(() => fixture.liveBrowsers(), { timeout: DEADLINE_MS }).toEqual([]);
  await rm(fixture.profileDir, { recursive: true, force: true });
}
