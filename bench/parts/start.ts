import { setTimeout as sleep } from 'node:timers/promises';

import { startWhatsAppWeb, type WhatsAppWeb } from '../../test/whatsapp-web/server.ts';
import { median, type PartResult, type Row } from '../report.ts';
import { startService } from '../service.ts';
import { browserBinary } from '../surroundings.ts';
import { withTempDir } from '../temp-dir.ts';
import { startLibrary } from './library.ts';

const ROUNDS = 5;
/** Chromium writes storage to the disk up to 5 s after a login. */
const FLUSH_MS = 6_000;
const POLL_MS = 10;

interface Place {
  readonly web: WhatsAppWeb;
  readonly executable: string;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * How soon a new session shows its QR, and a restarted process has a linked one ready; beside the bare library on the
 * same browser and page.
 */
export async function start(): Promise<PartResult> {
  const web = await startWhatsAppWeb();
  try {
    const executable = await web.wrapperFor(browserBinary('chromium-headless-shell', 'BENCH_HEADLESS_SHELL'));
    const rows = await withTempDir((ours) =>
      withTempDir(async (theirs) => [
        await untilQr({ web, executable, ours, theirs }),
        await untilReady({ web, executable, ours, theirs }),
      ]),
    );
    const notes = [
      `chromium-headless-shell for both, the library with Puppeteer's defaults. Median of ${ROUNDS} rounds, turn by turn.`,
      "To the QR: both processes are up already. To ready: from the start of the process, the service's Redis and its HTTP included.",
    ];
    return { part: 'start', rows, notes };
  } finally {
    await web.close();
  }
}

const environment = (executable: string) => ({ PUPPETEER_EXECUTABLE_PATH: executable });

async function untilQr({ executable, ours, theirs }: Place): Promise<Row> {
  const times: { readonly service: number[]; readonly bare: number[] } = { service: [], bare: [] };
  const service = await startService({ dataDir: ours, env: environment(executable) });
  const library = await startLibrary({ dataPath: theirs, executablePath: executable, headless: 'shell' });
  try {
    // The first round of each warms up, and does not count.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const id = `qr-${round}`;
      const began = performance.now();
      await service.call('/api/sessions', { method: 'POST', body: { id } });
      while ((await service.call(`/api/sessions/${id}/qr`)).status !== 200) await sleep(POLL_MS);
      if (round > 0) times.service.push(performance.now() - began);
      await service.call(`/api/sessions/${id}/stop?wait=30`, { method: 'POST' });
      await service.call(`/api/sessions/${id}`, { method: 'DELETE' });

      library.say(`start ${id}`);
      const { ms } = await library.until(id, 'qr');
      if (round > 0) times.bare.push(ms);
      library.say(`destroy ${id}`);
      await library.until(id, 'destroyed');
    }
  } finally {
    await Promise.all([service.stop(), library.end()]);
  }
  return row('POST to QR', times);
}

async function untilReady({ web, executable, ours, theirs }: Place): Promise<Row> {
  await link({ web, executable, ours, theirs });
  const times: { readonly service: number[]; readonly bare: number[] } = { service: [], bare: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    const date = Date.now();
    let began = performance.now();
    const service = await startService({ dataDir: ours, env: environment(executable) });
    try {
      // Not what the process before has left in the record.
      while ((await service.until('linked', 'ready')).since.getTime() < date) await sleep(POLL_MS);
      times.service.push(performance.now() - began);
    } finally {
      await service.stop();
    }
    began = performance.now();
    const library = await startLibrary({
      dataPath: theirs,
      executablePath: executable,
      headless: 'shell',
      start: ['linked'],
    });
    try {
      await library.until('linked', 'ready');
      times.bare.push(performance.now() - began);
    } finally {
      await library.end();
    }
  }
  return row('process start to ready, linked', times);
}

/** A login for each, by a scan, and on the disk. */
async function link({ web, executable, ours, theirs }: Place): Promise<void> {
  const service = await startService({ dataDir: ours, env: environment(executable) });
  const library = await startLibrary({ dataPath: theirs, executablePath: executable, headless: 'shell' });
  try {
    await service.call('/api/sessions', { method: 'POST', body: { id: 'linked' } });
    const { qr } = await service.until('linked', 'waiting_qr');
    await web.phone('491700000001', 'Ada').scan(qr?.code ?? '');
    await service.until('linked', 'ready');
    library.say('start linked');
    await web.phone('491700000002', 'Grace').scan((await library.until('linked', 'qr')).qr ?? '');
    await library.until('linked', 'ready');
    await sleep(FLUSH_MS);
  } finally {
    await Promise.all([service.stop(), library.end()]);
  }
}

const row = (
  what: string,
  { service, bare }: { readonly service: readonly number[]; readonly bare: readonly number[] },
): Row => ({
  what,
  unit: 'ms',
  service: median(service),
  baseline: median(bare),
  comparedWith: 'whatsapp-web.js alone',
});
