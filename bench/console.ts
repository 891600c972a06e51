// `npm run bench:console`: what the console costs the browser that shows it, with a stand-in for the service that
// changes a thousand sessions ten times a second.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { serve, type ServerType } from '@hono/node-server';
import { OpenAPIHono } from '@hono/zod-openapi';
import puppeteer, { type Browser } from 'puppeteer';

import { findBrowser } from '#find-executables';
import type { Api, ApiEnv } from '../src/api/http/environment.ts';
import { pageRoutes } from '../src/api/routes/page-routes.ts';
import { SESSION_STATES, type Session } from '../src/domain/session.ts';
import { buildPages } from '../visualizer/build-pages.ts';

const SESSIONS = 1_000;
const EVERY_MS = 100;
const LOOK_MS = 6_000;
const VISITS = 5;
/** Stands for the number of a change, until there is one. */
const REV = 7_000_000;
const TOKEN = `x.${Buffer.from(JSON.stringify({ sub: 'boss', scope: 'admin', exp: 4_000_000_000 })).toString('base64url')}.x`;

/** A session in its n-th state. */
function sessionAt(number: number, step: number): Session {
  const state = SESSION_STATES[(number + step) % SESSION_STATES.length] ?? 'ready';
  const [at, soon] = [new Date().toISOString(), new Date(Date.now() + 20_000).toISOString()];
  return {
    id: `s${number}`,
    engine: 'browser',
    userId: `u${number % 50}`,
    state,
    value: `${state}.any`,
    tags: [],
    since: at,
    desired: 'running',
    phoneNumber: `52155500${number}`,
    displayName: 'Ana',
    qr:
      state === 'waiting_qr'
        ? {
            code: 'x'.repeat(200),
            seq: 1,
            issuedAt: at,
            expiresAt: soon,
          }
        : null,
    pairingCode: null,
    reason: state === 'reconnecting' ? 'network' : null,
    reconnect: {
      attempt: 1,
      maxAttempts: 5,
      nextAttemptAt: soon,
    },
    restarts: 0,
    durable: true,
    capabilities: null,
    queue: null,
    lastError: null,
    nodeId: 'node-a',
    epoch: 1,
    rev: REV,
    metadata: {},
    createdAt: at,
    updatedAt: at,
  };
}

/**
 * All sessions in their n-th state. Made beforehand but for the numbers, so that telling it takes no time from the
 * page.
 */
const storms = SESSION_STATES.map((_state, shift) =>
  Array.from(
    { length: SESSIONS },
    (_, number) =>
      `event: session.snapshot\ndata: ${JSON.stringify({ ...sessionAt(number, shift), event: 'browser.ready' })}\n\n`,
  ).join(''),
);

function framesAt(count: number): string {
  return (storms[count % storms.length] ?? '').replaceAll(`"rev":${REV}`, `"rev":${REV + count}`);
}

type Weather = 'calm' | 'storm';

/** The pages, and a stream on which all sessions stay as they are, or change together. */
function standIn(directory: string, weather: () => Weather): Api {
  const api: Api = new OpenAPIHono<ApiEnv>();
  pageRoutes(api, pathToFileURL(`${directory}/`));
  api.get('/api/sessions', (c) => c.json({ items: [sessionAt(0, 1)], nextCursor: null }));
  api.get('/api/events', (c) => {
    let timer: NodeJS.Timeout | undefined;
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        let count = 0;
        const tell = (): void => controller.enqueue(encoder.encode(framesAt((count += 1))));
        tell();
        if (weather() === 'storm') timer = setInterval(tell, EVERY_MS);
      },
      cancel: () => clearInterval(timer),
    });
    return c.body(body, 200, { 'content-type': 'text/event-stream' });
  });
  return api;
}

interface Look {
  /** Milliseconds from frame to frame, by the clock on the wall. */
  readonly frames: readonly number[];
  /** How often the first row was drawn anew: at its best once for each change. */
  readonly redrawn: number;
  /**
   * What each task of the page took of a processor, in milliseconds: tells the same on a busy machine as on an idle
   * one.
   */
  readonly tasks: readonly number[];
}

async function lookAtList(browser: Browser, url: string): Promise<Look> {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(`${url}/#token=${TOKEN}`);
  await page.waitForSelector('.session-row');
  await page.tracing.start({ categories: ['toplevel', 'disabled-by-default-devtools.timeline', 'devtools.timeline'] });
  // Written as text: it runs in the page.
  const look = (await page.evaluate(`new Promise((resolve) => {
    const frames = [];
    let redrawn = 0;
    new MutationObserver(() => { redrawn += 1; }).observe(document.querySelector('[data-index="0"]'), { attributeFilter: ['data-state'] });
    let before = performance.now();
    const until = before + ${LOOK_MS};
    const frame = (now) => { frames.push(now - before); before = now; if (now < until) requestAnimationFrame(frame); else resolve({ frames: frames.slice(1), redrawn }); };
    requestAnimationFrame(frame);
  })`)) as Omit<Look, 'tasks'>; // what the script resolves with
  const trace = await page.tracing.stop();
  await page.close();
  return { ...look, tasks: tasksOfPage(new TextDecoder().decode(trace)) };
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Time on a processor, in microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Of the threads that draw pages, the one that had most to do. */
function tasksOfPage(trace: string): number[] {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: TraceEvent[] }; // what Chromium writes
  const mainThreads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const byThread = new Map<string, number[]>();
  for (const { name, pid, tid, tdur = 0 } of traceEvents) {
    const thread = `${pid} ${tid}`;
    if (!name.endsWith('RunTask') || !mainThreads.has(thread)) continue;
    const tasks = byThread.get(thread) ?? [];
    tasks.push(tdur / 1_000);
    byThread.set(thread, tasks);
  }
  const sum = (tasks: readonly number[]): number => tasks.reduce((all, one) => all + one, 0);
  return [...byThread.values()].sort((a, b) => sum(b) - sum(a))[0] ?? [];
}

interface Paint {
  readonly firstPaintMs: number;
  readonly firstRowMs: number;
}

async function visit(browser: Browser, url: string): Promise<Paint> {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(`${url}/#token=${TOKEN}`);
  await page.waitForSelector('.session-row');
  const paint = (await page.evaluate(
    `({ firstPaintMs: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN, firstRowMs: performance.now() })`,
  )) as Paint; // what the script says
  await context.close();
  return paint;
}

function quantile(values: readonly number[], share: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
}

async function listening(api: Api): Promise<{ server: ServerType; url: string }> {
  return new Promise((resolve) => {
    const server = serve({ fetch: api.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({ server, url: `http://127.0.0.1:${port}` }),
    );
  });
}

const directory = await mkdtemp(join(tmpdir(), 'wa-console-'));
await buildPages(directory);
let weather: Weather = 'calm';
const { server, url } = await listening(standIn(directory, () => weather));
const browser = await puppeteer.launch({
  executablePath: findBrowser() ?? '',
  headless: 'shell',
  args: ['--no-sandbox'],
});
try {
  const paints: Paint[] = [];
  for (let count = 0; count < VISITS; count += 1) paints.push(await visit(browser, url));
  const of = (name: keyof Paint): string =>
    quantile(
      paints.map((paint) => paint[name]),
      0.5,
    );
  console.log(
    `first paint ${of('firstPaintMs')} ms, first row ${of('firstRowMs')} ms (median of ${VISITS} first visits)`,
  );
  weather = 'storm';
  const { frames: gaps, tasks, redrawn } = await lookAtList(browser, url);
  console.log(
    `${SESSIONS} sessions, each changing every ${EVERY_MS} ms, for ${LOOK_MS / 1_000} s: ${gaps.length} frames, the first row redrawn ${redrawn} times`,
  );
  console.log(
    `between frames, with whatever else the machine does: median ${quantile(gaps, 0.5)} ms, p95 ${quantile(gaps, 0.95)} ms, p99 ${quantile(gaps, 0.99)} ms, longest ${quantile(gaps, 1)} ms`,
  );
  const drawing = tasks.filter((ms) => ms > 1);
  console.log(
    `processor time of the page's tasks that take more than 1 ms: median ${quantile(drawing, 0.5)} ms, p99 ${quantile(drawing, 0.99)} ms, longest ${quantile(drawing, 1)} ms; together ${((drawing.reduce((all, one) => all + one, 0) / LOOK_MS) * 100).toFixed(0)} % of a core`,
  );
} finally {
  await browser.close();
  server.close();
  await rm(directory, { recursive: true, force: true });
}
