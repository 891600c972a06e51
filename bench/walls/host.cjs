// Opens N sessions behind one kind of wall, reports memory and times, then lets the first one misbehave and asks
// whether the second still answers.
'use strict';
const { readFileSync, mkdtempSync, readdirSync } = require('node:fs');
const { once } = require('node:events');
const { join } = require('node:path');
const { Worker } = require('node:worker_threads');
const { fork } = require('node:child_process');
const { setTimeout: sleep } = require('node:timers/promises');
const sessionFile = join(__dirname, 'session.cjs');

const { wall, count, hazard, executablePath, args, folder } = JSON.parse(process.argv[2]);
const root = mkdtempSync(join(folder, 'host-'));
const browsers = new Set();
const sessions = [];
const strays = [];
let lost = 0;

/** Proportional set size of a process in MB; 0 when it is gone. */
function pss(pid) {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The Node processes of this tree: the host itself, and for the process wall its children. */
function nodePss() {
  const own = readdirSync(`/proc/self/task`).flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' ');
    } catch {
      return [];
    }
  });
  const nodes = own.filter((pid) => pid !== '' && !browsers.has(Number(pid)));
  return pss('self') + nodes.reduce((sum, pid) => sum + pss(pid), 0);
}

function open(number) {
  const options = { lean: wall.endsWith('lean'), executablePath, args, userDataDir: join(root, String(number)) };
  if (wall.startsWith('instance')) {
    const { openSession, HAZARDS } = require(sessionFile);
    const opened = openSession(options);
    return {
      up: opened.then((session) => session.pid),
      beat: async (n) => (await opened).page.evaluate((x) => globalThis.beat(x), n),
      misbehave: (kind) => HAZARDS[kind](),
      end: () => {},
    };
  }
  const [port, send] = wall.startsWith('thread')
    ? ((worker) => [worker, (m) => worker.postMessage(m)])(
        new Worker(sessionFile, {
          workerData: options,
          resourceLimits: { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 },
        }),
      )
    : ((child) => [child, (m) => child.connected && child.send(m)])(
        fork(sessionFile, ['--session', JSON.stringify(options)], {
          execArgv: ['--max-old-space-size=128'],
          stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        }),
      );
  port.on('error', () => {});
  port.on('exit', () => {
    lost += 1;
  });
  const next = async (type) => {
    for (;;) {
      const [message] = await once(port, 'message');
      if (message.type === type) return message;
    }
  };
  return {
    up: next('up').then((m) => m.pid),
    beat: async (n) => {
      const answer = next('beat');
      send({ type: 'beat', n });
      return (await answer).n;
    },
    misbehave: (kind) => send({ type: 'hazard', kind }),
    end: () => (port.terminate ?? port.kill).call(port, 'SIGKILL'),
  };
}

process.on('unhandledRejection', (reason) => {
  strays.push(String(reason));
});

function finish(report) {
  for (const session of sessions) session.end();
  process.stdout.write(`${JSON.stringify(report)}\n`);
  for (const pid of browsers)
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {}
  setTimeout(() => process.exit(0), 300);
}

void (async () => {
  const before = nodePss();
  const startMs = [];
  for (let number = 0; number < count; number += 1) {
    const started = performance.now();
    const session = open(number);
    sessions.push(session);
    const pid = await session.up;
    browsers.add(pid);
    process.stdout.write(`${JSON.stringify({ browser: pid })}\n`);
    startMs.push(performance.now() - started);
  }
  await sleep(2_000);
  const node = nodePss();
  const report = { before, node, startMs };
  if (hazard === 'none') return finish(report);
  const [culprit, neighbour] = sessions;
  let slowest = 0;
  let asked = performance.now();
  culprit.misbehave(hazard);
  for (let n = 0; n < 20; n += 1) {
    await Promise.race([
      neighbour.beat(n),
      sleep(5_000).then(() => {
        throw new Error('the neighbour fell silent');
      }),
    ]);
    slowest = Math.max(slowest, performance.now() - asked);
    await sleep(50);
    asked = performance.now();
  }
  finish({ ...report, survived: true, slowestBeatMs: slowest, wallsLost: lost, strays: strays.length });
})();
