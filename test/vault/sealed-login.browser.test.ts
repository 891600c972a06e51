import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { Vault } from '../../src/vault/vault.ts';
import { FlushMarker } from '../../src/whatsapp/web/flush-marker.ts';
import { storeFlushMarker } from '../../src/whatsapp/web/page/flush-marker-script.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { type RealClient, type RealClientOptions, withFolder, withRealClient } from '../whatsapp-web/real-client.ts';
import { useWhatsAppWeb } from '../whatsapp-web/use-whatsapp-web.ts';
import { contentsOf } from './fake-profile.ts';

const ada = { userId: 'ada', id: 'shop' };
const browserArgs = ['--enable-aggressive-domstorage-flushing'];
const LOOK_AGAIN_MS = 20;

const profileIn = ({ dataPath }: RealClientOptions) => join(dataPath, 'session');

async function untilOnDisk(real: RealClient, profileDir: string): Promise<void> {
  const mark = new FlushMarker({
    profileDir,
    now: () => Date.now(),
    randomBytes,
    write: async (text) => void (await real.inPage(storeFlushMarker(text))),
  });
  const deadline = AbortSignal.timeout(60_000);
  while (!(await mark.hasReachedDisk(deadline))) await delay(LOOK_AGAIN_MS, undefined, { signal: deadline });
}

async function kill(real: RealClient): Promise<void> {
  const browser = real.client.pupBrowser?.process();
  if (browser === null || browser === undefined) throw new Error('There is no browser');
  const ended = once(browser, 'exit');
  browser.kill('SIGKILL');
  await ended;
}

describe('A login of the real browser', () => {
  const fixture = useWhatsAppWeb();
  const vaultIn = (directory: string, key: Buffer) =>
    new Vault({
      store: new DirectoryArchives({ directory, now: () => Date.now(), randomBytes }),
      ring: new KeyRing([{ kid: 'main', key }]),
      now: () => Date.now(),
      randomBytes,
    });

  it('lives on from its archive alone: sealed as soon as it is on the disk, its browser killed at that moment and its machine lost', () =>
    fixture.inFolder((options) =>
      withFolder(async (elsewhere) => {
        const key = randomBytes(32);
        const archives = join(elsewhere, 'archives');
        await withRealClient({ ...options, browserArgs }, async (real) => {
          const phone = await fixture.link(real);
          phone.receives({ from: '491799999999', text: 'kept' });
          await real.next('message');
          await untilOnDisk(real, profileIn(options));
          await vaultIn(archives, key).seal({
            address: ada,
            epoch: 7,
            credentials: browserCredentials(profileIn(options)),
          });
          await kill(real);
        });
        await rm(options.dataPath, { recursive: true });
        await mkdir(options.dataPath);

        const restored = { ...options, dataPath: join(elsewhere, 'restored') };
        await vaultIn(archives, key).restore({
          address: ada,
          minEpoch: 7,
          into: browserCredentials(profileIn(restored)),
        });
        expect(await readdir(profileIn(restored))).toEqual(['Default']);
        expect((await readdir(join(profileIn(restored), 'Default'))).sort()).toEqual(['IndexedDB', 'Local Storage']);
        const sizes = [...(await contentsOf(profileIn(restored))).values()].map(({ length }) => length);
        // A whole profile of this page has 2.5 MB.
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
        await withRealClient(restored, async (real) => {
          await real.start();
          await real.next('ready');
          expect(real.names()).toEqual(['authenticated', 'ready']);
          expect(
            (await (await real.client.getChatById('491799999999@c.us')).fetchMessages({ limit: 10 })).map(
              ({ body }) => body,
            ),
          ).toEqual(['kept']);
        });
      }),
    ));

  it('outlives the SIGKILL of its browser at the moment when it is said to be on the disk', () =>
    fixture.inFolder(async (options) => {
      await withRealClient({ ...options, browserArgs }, async (real) => {
        await fixture.link(real);
        await untilOnDisk(real, profileIn(options));
        await kill(real);
      });
      await withRealClient(options, async (real) => {
        await real.start();
        await real.next('ready');
        expect(real.names()).toEqual(['authenticated', 'ready']);
      });
    }));
});
