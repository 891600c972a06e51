import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { decodeHeader, engineOf } from '../../src/vault/archive-header.ts';
import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { Vault } from '../../src/vault/vault.ts';
import { simulatedCredentials } from '../../src/whatsapp/simulated/credentials.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { useTempDir } from '../temp-dir.ts';
import { contentsOf } from './fake-profile.ts';

/** Written by version 0.1.0, whose headers named no engine. */
const FIXTURE = new URL('fixtures/sealed-before-engines.json', import.meta.url);
const sealed = z
  .object({
    kid: z.string(),
    key: z.base64(),
    userId: z.string(),
    id: z.string(),
    generation: z.string(),
    header: z.base64(),
    body: z.base64(),
    files: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readFileSync(FIXTURE, 'utf8')));
const bytesOf = (base64: string) => Buffer.from(base64, 'base64');
const address = { userId: sealed.userId, id: sealed.id };
const oldKey = { kid: sealed.kid, key: bytesOf(sealed.key) };

describe('An archive that was sealed before there were engines', () => {
  let root: string;
  let store: DirectoryArchives;
  const vaultWith = (ring: KeyRing) => new Vault({ store, ring, now: Date.now, randomBytes });

  beforeEach(async () => {
    root = useTempDir();
    store = new DirectoryArchives({ directory: join(root, 'archives'), now: Date.now, randomBytes });
    const header = async () => bytesOf(sealed.header);
    const body = Readable.from([bytesOf(sealed.body)]);
    await store.put({ address, generation: sealed.generation, epoch: 7, body, header });
  });

  it('is one of the browser’s', () => {
    const header = decodeHeader(bytesOf(sealed.header));
    expect(header).not.toHaveProperty('engine');
    expect(engineOf(header)).toBe('browser');
  });

  it('opens to what was sealed', async () => {
    const into = join(root, 'into');
    const request = { address, minEpoch: 0, into: browserCredentials(into) };
    expect(await vaultWith(new KeyRing([oldKey])).restore(request)).toMatchObject({
      kind: 'newest',
      archive: { engine: 'browser', epoch: 7 },
    });
    const found = [...(await contentsOf(into))].map(([path, bytes]) => [path, bytes.toString()]);
    expect(Object.fromEntries(found)).toEqual(sealed.files);
  });

  it('is given to the simulated engine too, whose archives named none either', async () => {
    const into = simulatedCredentials(join(root, 'into'), () => undefined);
    const vault = vaultWith(new KeyRing([oldKey]));
    expect(await vault.restore({ address, minEpoch: 0, into })).toMatchObject({ kind: 'newest' });
  });

  it('names no browser that wrote it', async () => {
    expect(await vaultWith(new KeyRing([oldKey])).newest(address)).toMatchObject({ epoch: 7, writtenBy: null });
  });

  it('opens after its key was rotated, and still names no engine', async () => {
    const next = { kid: 'next', key: randomBytes(32) };
    const header = await new KeyRing([next, oldKey]).rewrap(bytesOf(sealed.header));
    if (header === null) throw new Error('it was wrapped by that key already');
    await store.replaceHeader(address, sealed.generation, bytesOf(sealed.header), header);
    expect(decodeHeader(header)).not.toHaveProperty('engine');
    const [archive] = await vaultWith(new KeyRing([next])).verify(address);
    expect(archive).toMatchObject({ engine: 'browser' });
  });
});
