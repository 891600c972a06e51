import { connect } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { faultOf } from '../faults.ts';
import { LIBRARY_THREW, TEXT_TOO_LONG } from '../loss-causes.ts';
import { PipeTransport } from './pipe-transport.ts';
import type { Call, Command, FromThread, Outcome, Report, ThreadOptions } from './messages.ts';
import { PageDriver } from '../page/page-driver.ts';

// The thread of one session: its line, its library, its pageDriver. Only the wall makes one, with these options.
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

port.on('message', (call: Call) => {
  void answer(call.command).then((outcome) =>
    port.postMessage({ type: 'answer', id: call.id, outcome } satisfies FromThread),
  );
});
void pageDriver.start();

async function answer(command: Command): Promise<Outcome> {
  try {
    switch (command.type) {
      case 'probe':
        return { kind: 'probed', result: await pageDriver.probe() };
      case 'refresh_qr':
        await pageDriver.refreshQr();
        break;
      case 'request_pairing_code':
        await pageDriver.requestPairingCode(command.phoneNumber);
        break;
      case 'renew_pairing_code':
        await pageDriver.renewPairingCode();
        break;
      case 'unlink':
        await pageDriver.unlink();
        break;
      case 'mark_login':
        await pageDriver.storeFlushMarker(command.mark);
        break;
      case 'close_browser':
        transport.askToEnd();
        break;
    }
    return { kind: 'done' };
  } catch (error) {
    return { kind: 'failed', why: faultOf(error, 'FAILED').message };
  }
}
