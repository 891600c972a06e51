import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { DirectoryArchives } from '../../src/vault/directory-archives.ts';
import { KeyRing } from '../../src/vault/key-ring.ts';
import { Vault } from '../../src/vault/vault.ts';
import { browserCredentials } from '../../src/whatsapp/web/credentials.ts';
import { writeDatabases, writeTables } from '../profiles.ts';
import { median, type PartResult, type Row } from '../report.ts';
import { withTempDir } from '../temp-dir.ts';
import { zipOf } from '../zip-of-remote-auth.ts';

const ROUNDS = 3;
const PROFILES = [
  { name: 'small profile', megabytes: 1 },
  { name: 'heavy profile', megabytes: 50 },
];
const [LEAST_MB, ...MORE_MB] = [5, 50, 500] as const;
const SEAL_ONCE = fileURLToPath(new URL('../seal-once.ts', import.meta.url));
const ADDRESS = { userId: 'bench', id: 'session' };
/** RemoteAuth says that it has unzipped while it still writes. */
const GONE = { recursive: true, maxRetries: 10 } as const;
const COMPARED = 'RemoteAuth’s zip';

interface Costs {
  readonly saveMs: number;
  readonly restoreMs: number;
  readonly megabytes: number;
}

/**
 * Seals and restores logins, beside what the library's RemoteAuth does with the same profile; and what memory a sealing
 * takes, by size.
 */
export function vault(): Promise<PartResult> {
  return withTempDir(async (root) => {
    const rows: Row[] = [];
    for (const { name, megabytes } of PROFILES) {
      const profileDir = join(root, 'profile');
      await writeDatabases(profileDir, megabytes);
      rows.push(...(await compare(name, root, profileDir)));
      await rm(profileDir, GONE);
    }
    const least = await memoryOfSealing(root, LEAST_MB);
    for (const megabytes of MORE_MB) {
      const service = await memoryOfSealing(root, megabytes);
      rows.push({
        what: `peak memory of a process that seals ${megabytes} MB`,
        unit: 'MB',
        service,
        baseline: least,
        comparedWith: `${LEAST_MB} MB`,
        wanted: 'flat',
      });
    }
    return {
      part: 'vault',
      rows,
      notes: [
        'A profile is one of the browser’s own: that many megabytes in IndexedDB, half of them random and half text. A sealing is flushed to the disk and read back to its last byte; a zip is neither, nor is it encrypted.',
      ],
    };
  });
}

async function compare(name: string, root: string, profileDir: string): Promise<Row[]> {
  const sealed: Costs[] = [];
  const zipped: Costs[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const turns = [
      async () => sealed.push(await sealAndRestore(root, profileDir)),
      async () => zipped.push(await zipAndRestore(root, profileDir)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const row = (what: string, unit: string, of: (costs: Costs) => number): Row => ({
    what: `${name}: ${what}`,
    unit,
    service: median(sealed.map(of)),
    baseline: median(zipped.map(of)),
    comparedWith: COMPARED,
  });
  return [
    row('seal', 'ms', ({ saveMs }) => saveMs),
    row('restore', 'ms', ({ restoreMs }) => restoreMs),
    row('size', 'MB', ({ megabytes }) => megabytes),
  ];
}

async function sealAndRestore(root: string, profileDir: string): Promise<Costs> {
  const [directory, into] = [join(root, 'archives'), join(root, 'restored')];
  const desk = vaultIn(directory);
  const [saveMs, { bytes }] = await timed(() =>
    desk.seal({ address: ADDRESS, epoch: 1, credentials: browserCredentials(profileDir) }),
  );
  const [restoreMs] = await timed(() =>
    desk.restore({ address: ADDRESS, minEpoch: 1, into: browserCredentials(into) }),
  );
  await Promise.all([directory, into].map((path) => rm(path, GONE)));
  return { saveMs, restoreMs, megabytes: bytes / 1e6 };
}

async function zipAndRestore(root: string, profileDir: string): Promise<Costs> {
  const [dataPath, into] = [join(root, 'zips'), join(root, 'unzipped')];
  await mkdir(dataPath);
  const [saveMs, file] = await timed(() => zipOf(dataPath, profileDir).compressSession());
  const { size } = await stat(file);
  const [restoreMs] = await timed(() => zipOf(dataPath, into).unCompressSession(file));
  await Promise.all([dataPath, into].map((path) => rm(path, GONE)));
  return { saveMs, restoreMs, megabytes: size / 1e6 };
}

async function memoryOfSealing(root: string, megabytes: number): Promise<number> {
  const [directory, profileDir] = [join(root, 'archives'), join(root, 'profile')];
  await writeTables(profileDir, megabytes);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', SEAL_ONCE, profileDir, directory]);
  await Promise.all([directory, profileDir].map((path) => rm(path, GONE)));
  return Number(stdout) / 1e6;
}

function vaultIn(directory: string): Vault {
  const now = (): number => Date.now();
  return new Vault({
    store: new DirectoryArchives({ directory, now, randomBytes }),
    ring: new KeyRing([{ kid: 'bench', key: randomBytes(32) }]),
    now,
    randomBytes,
  });
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [number, T]> {
  const began = performance.now();
  const value = await work();
  return [performance.now() - began, value];
}
