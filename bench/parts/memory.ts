import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startWhatsAppWeb, type WhatsAppWeb } from '../../test/whatsapp-web/server.ts';
import type { RunAs } from '../child.ts';
import { memoryOfTree, type ProcessMemory } from '../process-tree.ts';
import { median, type PartResult, type Row } from '../report.ts';
import { startService } from '../service.ts';
import { browserBinary } from '../surroundings.ts';
import { withTempDir } from '../temp-dir.ts';
import { startLibrary } from './library.ts';

const SESSIONS = 4;
const HEAP_MB = 80;
/**
 * Both sides go on giving memory back for more than a minute after a page has loaded; before that, garbage is measured.
 */
const IDLE_MS = 90_000;
const SAMPLES = 5;
const SAMPLE_MS = 500;
const WANTED = '0.6 or less';

/** MB of the whole tree, by kind of process. */
interface Memory {
  readonly node: number;
  readonly redis: number;
  readonly browsers: number;
  readonly browserProcesses: number;
}

interface Binaries {
  readonly node: string;
  readonly headlessShell: string;
  readonly chromium: string;
}

const ids = Array.from({ length: SESSIONS }, (_, index) => `s${index + 1}`);

/**
 * Memory for each of four ready sessions; beside the library's defaults on full Chromium. One after the other, never at
 * once.
 */
export function memory(): Promise<PartResult> {
  return withTempDir(async (directory) => {
    // PSS divides a page among all who map it: with binaries of our own, no other process on the machine takes a share.
    const binaries = {
      node: await privateCopy(process.execPath, join(directory, 'node')),
      headlessShell: await privateCopy(
        browserBinary('chromium-headless-shell', 'BENCH_HEADLESS_SHELL'),
        join(directory, 'shell'),
      ),
      chromium: await privateCopy(browserBinary('chromium', 'BENCH_CHROMIUM'), join(directory, 'full')),
    };
    const rows: Row[] = [];
    const notes = [
      `${SESSIONS} sessions, a page of ${HEAP_MB} MB, ${IDLE_MS / 1_000} s idle, PSS of the whole tree, Node's share included; the service's Redis is named apart, since the library keeps no state.`,
    ];
    const accounts: readonly RunAs[] = process.getuid?.() === 0 ? ['nobody', 'self'] : ['self'];
    for (const account of accounts) {
      const label = account === 'self' && process.getuid?.() === 0 ? 'root, no sandbox' : 'sandbox on';
      const service = await measured((web, dir) => ofService(web, dir, binaries, account), account);
      const library = await measured((web, dir) => ofLibrary(web, dir, binaries, account), account);
      rows.push(
        { ...perSession(`PSS per session, ${label}`, service, library), wanted: WANTED },
        perSession(`… with Redis, ${label}`, service, library, service.redis),
      );
      notes.push(`${label}: service ${parts(service)}; library ${parts(library)}.`);
    }
    return { part: 'memory', rows, notes };
  }, 'nobody');
}

const perSession = (what: string, service: Memory, library: Memory, extra = 0): Row => ({
  what,
  unit: 'MB',
  service: (service.node + service.browsers + extra) / SESSIONS,
  baseline: (library.node + library.browsers) / SESSIONS,
  comparedWith: 'library defaults on full Chromium',
});

const parts = ({ node, redis, browsers, browserProcesses }: Memory): string =>
  `Node ${node.toFixed(0)} MB, ${browserProcesses} browser processes ${browsers.toFixed(0)} MB${redis === 0 ? '' : `, Redis ${redis.toFixed(0)} MB`}`;

function measured(run: (web: WhatsAppWeb, directory: string) => Promise<Memory>, account: RunAs): Promise<Memory> {
  return withTempDir(async (directory) => {
    const web = await startWhatsAppWeb({ settings: { heapMb: HEAP_MB } });
    try {
      return await run(web, directory);
    } finally {
      await web.close();
    }
  }, account);
}

async function ofService(
  web: WhatsAppWeb,
  dataDir: string,
  { node, headlessShell }: Binaries,
  runAs: RunAs,
): Promise<Memory> {
  const env = { PUPPETEER_EXECUTABLE_PATH: await web.wrapperFor(headlessShell) };
  const service = await startService({ dataDir, env, node, runAs });
  try {
    for (const [index, id] of ids.entries()) {
      await service.call('/api/sessions', { method: 'POST', body: { id } });
      const { qr } = await service.until(id, 'waiting_qr');
      await web.phone(`49170000000${index}`, id).scan(qr?.code ?? '');
      await service.until(id, 'ready');
    }
    return await settledMemory(service.pid);
  } finally {
    await service.stop();
  }
}

async function ofLibrary(
  web: WhatsAppWeb,
  dataPath: string,
  { node, chromium }: Binaries,
  runAs: RunAs,
): Promise<Memory> {
  const library = await startLibrary({
    dataPath,
    executablePath: await web.wrapperFor(chromium),
    headless: true,
    node,
    runAs,
  });
  try {
    for (const [index, id] of ids.entries()) {
      library.say(`start ${id}`);
      const { qr } = await library.until(id, 'qr');
      await web.phone(`49170000000${index}`, id).scan(qr ?? '');
      await library.until(id, 'ready');
    }
    return await settledMemory(library.pid);
  } finally {
    await library.end();
  }
}

async function settledMemory(pid: number): Promise<Memory> {
  await sleep(IDLE_MS);
  const samples: (readonly ProcessMemory[])[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    samples.push(memoryOfTree(pid));
    await sleep(SAMPLE_MS);
  }
  const kindOf = ({ command }: ProcessMemory) =>
    /^(redis|valkey)/.test(command) ? 'redis' : command.startsWith('chrom') ? 'browsers' : 'node';
  const total = (kind: string) =>
    median(
      samples.map((tree) => tree.filter((one) => kindOf(one) === kind).reduce((sum, { pssMb }) => sum + pssMb, 0)),
    );
  const browserProcesses = median(samples.map((tree) => tree.filter((one) => kindOf(one) === 'browsers').length));
  return { node: total('node'), redis: total('redis'), browsers: total('browsers'), browserProcesses };
}

/** The binary copied, what lies beside it linked: Chromium looks for its files where it lies itself. */
async function privateCopy(binary: string, folder: string): Promise<string> {
  await mkdir(folder);
  const copy = join(folder, basename(binary));
  await copyFile(binary, copy);
  if (basename(binary).startsWith('chrom')) {
    const beside = await readdir(dirname(binary));
    await Promise.all(
      beside
        .filter((name) => name !== basename(binary))
        .map((name) => symlink(join(dirname(binary), name), join(folder, name))),
    );
  }
  return copy;
}
