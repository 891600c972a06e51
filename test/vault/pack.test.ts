import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { brotliCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';

import { packDirectory, removeLeftDrafts, unpackDirectory } from '../../src/vault/pack.ts';
import { useTempDir } from '../temp-dir.ts';
import { contentsOf } from './fake-profile.ts';

const packed = (directory: string) => buffer(pipeline(...packDirectory(directory), () => undefined));

async function* pieces(bytes: Buffer, size = 5_000): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function write(directory: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
}

interface Entry {
  readonly path: string;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'FIFO' | 'CharacterDevice' | 'BlockDevice';
  readonly linkpath?: string;
  readonly text?: string;
}

/** An archive as nobody of ours would make it. */
function forged(...entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath, text = '' }) => {
    const header = new Header({
      path,
      type,
      mode: 0o6777,
      size: text.length,
      mtime: new Date(0),
      ...(linkpath !== undefined && { linkpath }),
    });
    header.encode();
    const padded = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    padded.write(text);
    return [header.block ?? Buffer.alloc(0), padded];
  });
  return brotliCompressSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]));
}

const name = fc.stringMatching(/^[A-Za-z0-9 é_.-]{1,20}$/u).filter((text) => text !== '.' && text !== '..');
const tree = fc.uniqueArray(
  fc.record({ path: fc.array(name, { minLength: 1, maxLength: 3 }), bytes: fc.uint8Array({ maxLength: 3_000 }) }),
  {
    maxLength: 8,
    // No file may be another's directory.
    selector: ({ path }) => path[0],
  },
);

describe('A packed directory', () => {
  it('unpacks to the same files, whatever they are called and hold', async () => {
    const root = useTempDir();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        run += 1;
        const [from, into] = [join(root, `from-${run}`), join(root, `into-${run}`)];
        await mkdir(from);
        await write(from, Object.fromEntries(files.map(({ path, bytes }) => [path.join('/'), bytes])));
        await unpackDirectory(pieces(await packed(from)), into);
        expect(await contentsOf(into)).toEqual(await contentsOf(from));
      }),
      { numRuns: 40 },
    );
  });

  it('unpacks a file of several megabytes that does not compress', async () => {
    const root = useTempDir();
    const bytes = randomBytes(5_000_001);
    await write(join(root, 'from'), { 'Default/a b/000005.ldb': bytes });
    await unpackDirectory(pieces(await packed(join(root, 'from')), 100_000), join(root, 'into'));
    expect((await contentsOf(join(root, 'into'))).get('Default/a b/000005.ldb')?.equals(bytes)).toBe(true);
  });

  it('is for its owner alone once unpacked, whatever it was before', async () => {
    const root = useTempDir();
    await write(join(root, 'from'), { 'a/b': Buffer.from('x') });
    await chmod(join(root, 'from/a'), 0o777);
    await chmod(join(root, 'from/a/b'), 0o666);
    await unpackDirectory(pieces(await packed(join(root, 'from'))), join(root, 'into'));
    const modes = await Promise.all(
      ['', 'a', 'a/b'].map(async (path) => (await stat(join(root, 'into', path))).mode & 0o7777),
    );
    expect(modes).toEqual([0o700, 0o700, 0o600]);
  });

  it('may take the place of an empty directory, and of no other', async () => {
    const root = useTempDir();
    await write(join(root, 'from'), { a: Buffer.from('x') });
    const archive = await packed(join(root, 'from'));
    await mkdir(join(root, 'empty'));
    await unpackDirectory(pieces(archive), join(root, 'empty'));
    await write(join(root, 'occupied'), { mine: Buffer.from('kept') });
    await expect(unpackDirectory(pieces(archive), join(root, 'occupied'))).rejects.toMatchObject({
      code: 'PROFILE_OCCUPIED',
    });
    expect([...(await contentsOf(join(root, 'occupied'))).keys()]).toEqual(['mine']);
  });

  it('does not take the place of what came while it was unpacked', async () => {
    const root = useTempDir();
    await write(join(root, 'from'), { a: Buffer.from('x') });
    async function* slow(bytes: Buffer): AsyncGenerator<Buffer> {
      yield bytes;
      await write(join(root, 'into'), { mine: Buffer.from('kept') });
    }
    await expect(unpackDirectory(slow(await packed(join(root, 'from'))), join(root, 'into'))).rejects.toMatchObject({
      code: 'PROFILE_OCCUPIED',
    });
    expect(await readdir(root)).toEqual(['from', 'into']);
    expect([...(await contentsOf(join(root, 'into'))).keys()]).toEqual(['mine']);
  });

  it.each<[string, Entry[]]>([
    ['a symbolic link', [{ path: 'a', type: 'SymbolicLink', linkpath: '/etc/passwd' }]],
    [
      'a hard link',
      [
        { path: 'b', text: 'x' },
        { path: 'a', type: 'Link', linkpath: 'b' },
      ],
    ],
    [
      'a link to outside and a file through it',
      [
        { path: 'out', type: 'SymbolicLink', linkpath: '..' },
        { path: 'out/escaped', text: 'x' },
      ],
    ],
    ['a pipe', [{ path: 'a', type: 'FIFO' }]],
    ['a character device', [{ path: 'a', type: 'CharacterDevice' }]],
    ['a block device', [{ path: 'a', type: 'BlockDevice' }]],
    ['a path that leads out', [{ path: '../escaped', text: 'x' }]],
    ['a path that leads out later', [{ path: 'Default/../../escaped', text: 'x' }]],
    ['an absolute path', [{ path: '/tmp/escaped-by-a-test', text: 'x' }]],
    [
      'something bad behind something good',
      [
        { path: 'good', text: 'x' },
        { path: '../escaped', text: 'x' },
      ],
    ],
  ])('is refused with %s, and leaves nothing behind', async (_what, entries) => {
    const root = useTempDir();
    await mkdir(join(root, 'profiles'));
    const unpacking = unpackDirectory(pieces(forged(...entries)), join(root, 'profiles', 'into'));
    await expect(unpacking).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
    expect(await readdir(root, { recursive: true })).toEqual(['profiles']);
    await expect(stat('/tmp/escaped-by-a-test')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('never holds a link of the directory that it was made of', async () => {
    const root = useTempDir();
    await mkdir(join(root, 'from'));
    await symlink('/etc/passwd', join(root, 'from', 'a'));
    await expect(unpackDirectory(pieces(await packed(join(root, 'from'))), join(root, 'into'))).rejects.toMatchObject({
      code: 'ARCHIVE_UNSAFE',
    });
  });

  it.each([
    ['is no packed directory', async () => randomBytes(10_000)],
    ['is compressed and no tar', async () => brotliCompressSync(Buffer.alloc(3_000, 'no tar'))],
    ['ends in the middle', async (archive: Buffer) => archive.subarray(0, archive.length / 2)],
    ['is empty', async () => Buffer.alloc(0)],
  ])('leaves nothing behind when what comes %s', async (_what, damage) => {
    const root = useTempDir();
    await write(join(root, 'from'), { a: randomBytes(200_000) });
    const damaged = await damage(await packed(join(root, 'from')));
    await expect(unpackDirectory(pieces(damaged), join(root, 'into'))).rejects.toBeInstanceOf(Error);
    expect(await readdir(root)).toEqual(['from']);
  });

  it('leaves nothing behind when its source fails or somebody stops it', async () => {
    const root = useTempDir();
    await write(join(root, 'from'), { a: randomBytes(200_000) });
    const archive = await packed(join(root, 'from'));
    const failure = new Error('the store is gone');
    async function* failing(): AsyncGenerator<Buffer> {
      yield archive.subarray(0, 90_000);
      throw failure;
    }
    await expect(unpackDirectory(failing(), join(root, 'into'))).rejects.toBe(failure);
    const stop = new AbortController();
    async function* stopped(): AsyncGenerator<Buffer> {
      yield archive.subarray(0, 90_000);
      stop.abort(new Error('told to stop'));
      yield archive.subarray(90_000);
    }
    await expect(unpackDirectory(stopped(), join(root, 'into'), stop.signal)).rejects.toBeInstanceOf(Error);
    expect(await readdir(root)).toEqual(['from']);
  });

  it('is removed when an unpacking that was killed has left it half, and nobody else’s is', async () => {
    const root = useTempDir();
    for (const left of ['.shop.restoring-Ab12Cd', '.shop2.restoring-Ab12Cd', 'shop'])
      await write(join(root, left), { a: Buffer.from('half') });
    await removeLeftDrafts(join(root, 'shop'));
    expect(await readdir(root)).toEqual(['.shop2.restoring-Ab12Cd', 'shop']);
  });
});
