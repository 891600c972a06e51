// One session as each wall runs it: the library is loaded and its browser launched. Plain CommonJS, so that no loader's
// memory is counted.
'use strict';
const { createRequire } = require('node:module');
const { isMainThread, parentPort, workerData } = require('node:worker_threads');

const fromLibrary = createRequire(require.resolve('whatsapp-web.js'));

/** Replaces a module before it is loaded, the way the adapter's own loader does. */
function replace(name, exports) {
  const filename = fromLibrary.resolve(name);
  require.cache[filename] = { id: filename, filename, loaded: true, exports, children: [], paths: [] };
}

function loadLibrary(lean) {
  if (!lean) return { Client: require('whatsapp-web.js').Client, puppeteer: require('puppeteer') };
  replace('puppeteer', {});
  for (const name of ['fluent-ffmpeg', 'node-webpmux', 'mime', 'node-fetch']) replace(name, { setFfmpegPath() {} });
  const puppeteer = {
    connect: require('puppeteer-core/internal/puppeteer-core-browser.js').connect,
  };
  return { Client: require('whatsapp-web.js/src/Client.js'), puppeteer };
}

/** A pipe to a browser spawned here, as `puppeteer.connect` takes it. */
function pipeTransport(child) {
  const [, , , toBrowser, fromBrowser] = child.stdio;
  const transport = { send: (text) => toBrowser.write(`${text}\0`), close: () => toBrowser.end() };
  let pending = '';
  fromBrowser.on('data', (chunk) => {
    const parts = (pending + chunk).split('\0');
    pending = parts.pop();
    for (const part of parts) transport.onmessage?.(part);
  });
  return transport;
}

async function openSession({ lean, executablePath, userDataDir, args }) {
  const { Client, puppeteer } = loadLibrary(lean);
  const client = new Client({ webVersionCache: { type: 'none' } });
  let browser;
  if (lean) {
    const child = require('node:child_process').spawn(
      executablePath,
      [...args, '--headless', '--remote-debugging-pipe', 'about:blank', `--user-data-dir=${userDataDir}`],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
    );
    browser = await puppeteer.connect({ transport: pipeTransport(child), defaultViewport: null });
    browser.pid = child.pid;
  } else {
    browser = await puppeteer.launch({
      executablePath,
      headless: 'shell',
      pipe: true,
      args,
      userDataDir,
      defaultViewport: null,
    });
    browser.pid = browser.process().pid;
  }
  await browser.waitForTarget((target) => target.type() === 'page');
  const [page] = await browser.pages();
  await page.exposeFunction('beat', (n) => n);
  return { client, browser, page, pid: browser.pid };
}

/** What library code may do to whoever runs it. */
const HAZARDS = {
  none: () => {},
  unhandled_rejection: () => void Promise.reject('auth timeout'),
  thrown_in_timer: () =>
    void setTimeout(() => {
      throw new Error('thrown in a timer');
    }),
  endless_loop: () => {
    for (;;);
  },
  heap_blow_up: () => {
    const hoard = [];
    for (;;) hoard.push(Array.from({ length: 1_000 }, Math.random));
  },
  process_exit: () => process.exit(7),
  busy_500ms: () => {
    const end = Date.now() + 500;
    while (Date.now() < end);
  },
};

async function serve(options, port) {
  const session = await openSession(options);
  port.send({ type: 'up', pid: session.pid });
  port.on('message', async (message) => {
    if (message.type === 'hazard') HAZARDS[message.kind]();
    else if (message.type === 'beat')
      port.send({ type: 'beat', n: await session.page.evaluate((n) => globalThis.beat(n), message.n) });
  });
}

module.exports = { openSession, HAZARDS };
if (!isMainThread) {
  void serve(workerData, { send: (m) => parentPort.postMessage(m), on: (event, f) => parentPort.on(event, f) });
} else if (process.argv[2] === '--session') {
  void serve(JSON.parse(process.argv[3]), { send: (m) => process.send(m), on: (event, f) => process.on(event, f) });
}
