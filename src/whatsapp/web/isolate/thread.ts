import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../faults.ts';
import { LIBRARY_THREW, TEXT_TOO_LONG } from '../loss-causes.ts';
import { PipeTransport } from './pipe-transport.ts';
import type {
  FromThread,
  GivenUp,
  Outcome,
  PageCallName,
  PageHandlers,
  Report,
  ThreadOptions,
  ToThread,
} from './messages.ts';
import { PageDriver } from '../page/page-driver.ts';

// The thread of one session: its pipe to the browser, its library, its page-driver. Only the isolate starts it.
const { pipePath, pairWith, deadlines } = workerData as ThreadOptions;
if (parentPort === null) throw new Error('This file is run as a thread.');
const port = parentPort;

const report = (said: Report): void => port.postMessage({ type: 'report', report: said } satisfies FromThread);

const transport = new PipeTransport(connect(pipePath));
const pageDriver = new PageDriver({ transport, pairWith, deadlines, report });

transport.onoverflow = () => pageDriver.lose(TEXT_TOO_LONG);
// The library lets rejections go in many places. Here it is known whose they are.
process.on('unhandledRejection', (reason) => report({ type: 'fault', fault: faultOf(reason, 'LIBRARY_REJECTED') }));
process.on('uncaughtException', () => pageDriver.lose(LIBRARY_THREW));

const handlers: PageHandlers = {
  ...pageDriver.messages.handlers,
  probe: () => pageDriver.probe(),
  requestPairingCode: ({ phoneNumber }) => pageDriver.requestPairingCode(phoneNumber),
  unlink: () => pageDriver.unlink(),
  refreshQr: () => pageDriver.refreshQr(),
  renewPairingCode: () => pageDriver.renewPairingCode(),
  storeFlushMarker: ({ marker }) => pageDriver.storeFlushMarker(marker),
  clearCache: () => pageDriver.clearCache(),
  closeBrowser: async () => transport.askToEnd(),
};

const running = new Map<number, AbortController>();
port.on('message', (said: ToThread | GivenUp) => {
  if ('givenUp' in said) return running.get(said.givenUp)?.abort();
  const stop = new AbortController();
  running.set(said.id, stop);
  void answer(said, stop.signal).then((outcome) => {
    running.delete(said.id);
    port.postMessage({ type: 'answer', id: said.id, outcome } satisfies FromThread);
  });
});
void pageDriver.start();

async function answer<Name extends PageCallName>(
  { name, request }: ToThread<Name>,
  signal: AbortSignal,
): Promise<Outcome<unknown>> {
  try {
    return { kind: 'done', result: await handlers[name](request, signal) };
  } catch (error) {
    return { kind: 'failed', why: faultOf(error, 'FAILED').message.replace(/\.$/, '') };
  }
}
