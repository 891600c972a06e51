import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { memoryDirectories, chooseProfileRoot, type ProfileRoot } from '../../src/host/profile-root.ts';
import { useTempDir } from '../temp-dir.ts';

const SHARED_MEMORY = '/dev/shm';

function place(
  dataDir: string,
  {
    capacity = 1,
    candidates = [SHARED_MEMORY],
  }: { readonly capacity?: number; readonly candidates?: readonly string[] } = {},
): ProfileRoot {
  const placed = chooseProfileRoot({ dataDir, capacity, candidates });
  if (placed.kind === 'memory') onTestFinished(() => rmSync(placed.directory, { recursive: true, force: true }));
  return placed;
}

describe('live profiles', () => {
  it('lie in memory where there is room, for their owner alone, each service’s in a place of its own that it finds again', () => {
    const [one, other] = [useTempDir(), useTempDir()];
    const placed = place(one);
    expect(placed.kind).toBe('memory');
    expect(statSync(placed.directory).mode & 0o777).toBe(0o700);
    expect(place(one).directory).toBe(placed.directory);
    expect(place(other).directory).not.toBe(placed.directory);
  });

  it('lie on the disk where memory has no room for them, and it says how much is missing', () => {
    const dataDir = useTempDir();
    const placed = place(dataDir, { capacity: 10_000_000 });
    expect(placed).toMatchObject({ kind: 'disk', directory: join(dataDir, 'profiles') });
    expect(placed).toHaveProperty('why', expect.stringMatching(/^\/dev\/shm has \d+ of 1000000000 MB free$/));
    expect(statSync(placed.directory).mode & 0o777).toBe(0o700);
  });

  it('stay on the disk where some lie that were never sealed', () => {
    const dataDir = useTempDir();
    mkdirSync(join(dataDir, 'profiles', 'one'), { recursive: true });
    expect(place(dataDir)).toMatchObject({ kind: 'disk', why: 'profiles lie there already' });
  });

  it('lie on the disk where nothing is in memory', () => {
    const dataDir = useTempDir();
    expect(place(dataDir, { candidates: [dataDir, '/nowhere'] })).toHaveProperty(
      'why',
      `${dataDir} is not in memory; /nowhere is not there`,
    );
  });

  it.each(['a link to another place', 'a directory that others may read'])('are never put into %s', (what) => {
    const dataDir = useTempDir();
    const { directory } = place(dataDir);
    rmSync(directory, { recursive: true });
    const elsewhere = join(dataDir, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    if (what === 'a link to another place') symlinkSync(elsewhere, directory);
    else {
      mkdirSync(directory);
      chmodSync(directory, 0o755);
    }
    expect(place(dataDir).kind).toBe('disk');
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(directory, { recursive: true });
    expect(existsSync(directory)).toBe(false);
  });

  it('the user’s own memory comes first', () => {
    expect(memoryDirectories({ XDG_RUNTIME_DIR: '/run/user/1' })).toEqual(['/run/user/1', SHARED_MEMORY]);
    expect(memoryDirectories({})).toEqual([SHARED_MEMORY]);
  });
});
