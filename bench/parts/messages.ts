import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startWhatsAppWeb, type WhatsAppWeb } from '../../test/whatsapp-web/server.ts';
import { median, type PartResult, quantile, type Row } from '../report.ts';
import { startLibrarySender } from '../senders/library-sender.ts';
import type { Sender, StartSender } from '../senders/sender.ts';
import { startServiceSender } from '../senders/service-sender.ts';
import { hasWwebjsApi, startWwebjsApiSender } from '../senders/wwebjs-api-sender.ts';
import { withTempDir } from '../temp-dir.ts';

/** Sessions at once, and texts of each, one after another. */
const LATENCY = [
  { sessions: 1, texts: 150 },
  { sessions: Number(process.env['BENCH_SESSIONS'] ?? 10), texts: 20 },
] as const;
/** Asked for as fast as the program takes them. */
const AT_ONCE = 300;
const IN_FLIGHT = 16;
const WARM = 10;
const FILES_MB = [16, 60] as const;
const ARRIVES_WITHIN_MS = 60_000;
const SAMPLE_MS = 10;
const TICK_MS = 10;
const CHAT = '491799999999@c.us';

/** What one program came to. Milliseconds, but `perSecond`. */
interface Measured {
  readonly latency: readonly { readonly p50: number; readonly p99: number }[];
  readonly perSecond: number;
  readonly cpuMs: number;
  /** How far the memory of its Node rose while each file went out (MB); empty where it cannot send them. */
  readonly fileMb: readonly number[];
}

/** Texts from the request to the wire, how many a second, and what they and files cost. One program after the other. */
export async function messages(): Promise<PartResult> {
  const service = await measure(startServiceSender);
  const library = await measure(startLibrarySender);
  const rival = hasWwebjsApi() ? await measure(startWwebjsApiSender) : null;
  return {
    part: 'messages',
    rows: [
      ...rowsBeside(service, library, 'the bare library', true),
      ...(rival === null ? [] : rowsBeside(service, rival, 'wwebjs-api', false)),
    ],
    notes: [
      'From the request, for the bare library from a line on its pipe, until WhatsApp’s server (of the tests) has the text. The service has written it down twice by then.',
      rival === null
        ? 'wwebjs-api is not beside this project (BENCH_WWEBJS_API), so it was left out.'
        : 'wwebjs-api refuses files of these sizes: its body of JSON is too large.',
    ],
  };
}

function rowsBeside(service: Measured, other: Measured, comparedWith: string, isLimit: boolean): readonly Row[] {
  const wanted = (text: string): Pick<Row, 'wanted'> => (isLimit ? { wanted: text } : {});
  return [
    ...LATENCY.flatMap(({ sessions }, index): readonly Row[] => {
      const [ours, theirs] = [service.latency[index], other.latency[index]];
      if (ours === undefined || theirs === undefined) return [];
      const what = `request to wire, ${sessions} session${sessions === 1 ? '' : 's'}`;
      return [
        {
          what: `${what}, p50`,
          unit: 'ms',
          service: ours.p50,
          baseline: theirs.p50,
          comparedWith,
          ...wanted('1.2 or less'),
        },
        {
          what: `${what}, p99`,
          unit: 'ms',
          service: ours.p99,
          baseline: theirs.p99,
          comparedWith,
          ...wanted('1.2 or less'),
        },
      ];
    }),
    {
      what: 'texts a second',
      unit: '1/s',
      service: service.perSecond,
      baseline: other.perSecond,
      comparedWith,
      ...wanted('0.8 or more'),
    },
    { what: 'CPU of Node a text', unit: 'ms', service: service.cpuMs, baseline: other.cpuMs, comparedWith },
    ...FILES_MB.flatMap((mb, index): readonly Row[] => {
      const [ours, theirs] = [service.fileMb[index], other.fileMb[index]];
      if (ours === undefined || theirs === undefined) return [];
      const what = `Node's memory for a document of ${mb} MB`;
      return [{ what, unit: 'MB', service: ours, baseline: theirs, comparedWith, ...wanted('0.3 or less') }];
    }),
  ];
}

function measure(start: StartSender): Promise<Measured> {
  return withTempDir(async (directory) => {
    const web = await startWhatsAppWeb({ settings: { build: '2026-04' } });
    try {
      const sender = await start(web, directory);
      try {
        return await measureSender(sender, web, directory);
      } finally {
        await sender.end();
      }
    } finally {
      await web.close();
    }
  });
}

async function measureSender(sender: Sender, web: WhatsAppWeb, directory: string): Promise<Measured> {
  const lines: Line[] = [];
  const latency: { p50: number; p99: number }[] = [];
  for (const { sessions, texts } of LATENCY) {
    while (lines.length < sessions) lines.push(await openLine(sender, web, lines.length));
    const some = lines.slice(0, sessions);
    const ms = (await Promise.all(some.map((line) => oneByOne(sender, line, texts)))).flat();
    latency.push({ p50: median(ms), p99: quantile(ms, 0.99) });
  }
  const [first] = lines;
  if (first === undefined) throw new Error('No session was opened.');
  const rate = await allAtOnce(sender, first);
  const fileMb: number[] = [];
  for (const mb of sender.file === null ? [] : FILES_MB) fileMb.push(await memoryFor(sender, first, mb, directory));
  return { latency, ...rate, fileMb };
}

/** A ready session, and what its phone hears. */
interface Line {
  readonly id: string;
  /** Waits until so many more have arrived; resolves with when each of them did, by its words. */
  arrive(count: number): Promise<ReadonlyMap<string, number>>;
}

async function openLine(sender: Sender, web: WhatsAppWeb, index: number): Promise<Line> {
  const [id, number] = [`s${index + 1}`, `4917000001${String(index).padStart(2, '0')}`];
  await sender.link(id, number);
  const phone = web.phone(number, id);
  let arrived = new Map<string, number>();
  let check: () => void = () => undefined;
  phone.onSent(({ body, id: waId }) => {
    arrived.set(body === '' ? waId : body, performance.now());
    check();
  });
  const line: Line = {
    id,
    arrive: (count) => {
      arrived = new Map();
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`${arrived.size} of ${count} arrived from ${id}`)),
          ARRIVES_WITHIN_MS,
        );
        check = () => {
          if (arrived.size < count) return;
          clearTimeout(late);
          resolve(arrived);
        };
      });
    },
  };
  await oneByOne(sender, line, WARM);
  return line;
}

/** How long each took from the request to the wire (ms). */
async function oneByOne(sender: Sender, line: Line, count: number): Promise<readonly number[]> {
  const ms: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const words = `text ${index}`;
    const arriving = line.arrive(1);
    const at = performance.now();
    const [arrived] = await Promise.all([arriving, sender.text(line.id, CHAT, words)]);
    ms.push((arrived.get(words) ?? Number.NaN) - at);
  }
  return ms;
}

async function allAtOnce(sender: Sender, line: Line): Promise<Pick<Measured, 'perSecond' | 'cpuMs'>> {
  const words = Array.from({ length: AT_ONCE }, (_, index) => `many ${index}`);
  const arriving = line.arrive(AT_ONCE);
  const [at, cpu] = [performance.now(), cpuMsOf(sender.pid)];
  const left = [...words];
  const ask = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await sender.text(line.id, CHAT, next);
  };
  const [arrived] = await Promise.all([arriving, ...Array.from({ length: IN_FLIGHT }, ask)]);
  const last = Math.max(...arrived.values());
  // What is done about the acknowledgements belongs to them.
  await new Promise((resolve) => {
    setTimeout(resolve, 1_000);
  });
  return {
    perSecond: AT_ONCE / ((last - at) / 1_000),
    cpuMs: (cpuMsOf(sender.pid) - cpu) / AT_ONCE,
  };
}

/** How far the memory of its Node rises from before the request until the file has arrived (MB). */
async function memoryFor(sender: Sender, line: Line, mb: number, directory: string): Promise<number> {
  const path = join(directory, `${mb}.pdf`);
  await writeFile(path, Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(mb * 2 ** 20)]));
  const before = residentMb(sender.pid);
  let most = before;
  const sampling = setInterval(() => (most = Math.max(most, residentMb(sender.pid))), SAMPLE_MS);
  try {
    await Promise.all([line.arrive(1), sender.file?.(line.id, CHAT, path)]);
  } finally {
    clearInterval(sampling);
  }
  return Math.max(0.1, most - before);
}

/** User and system time that the process has used (ms). */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
}
