import type { SessionEvent } from '../../../machines/session.machine.ts';
import { SupervisorError } from '../../domain/errors.ts';
import { isProxyFault } from '../../domain/proxy.ts';
import type { ProbeResult } from '../../whatsapp/device-calls.ts';
import type { DeviceEvent, Fault, LossCause } from '../../whatsapp/device.ts';

/** WhatsApp refused the credentials of this profile while others are sealed: the next attempt begins with those. */
export const CREDENTIALS_NOT_HELD: Fault = {
  code: 'CREDENTIALS_NOT_HELD',
  message: 'The login on this machine is not held any more; the sealed one is tried.',
};

/** Losses that a page reports which has come up: as a launch, it succeeded. */
const ANSWERS: ReadonlySet<LossCause> = new Set(['logged_out', 'blocked', 'conflict']);

/** What a device's event says of its launch; `null` for nothing. */
export function launchOutcome(event: DeviceEvent): 'up' | 'failed' | 'abandoned' | null {
  switch (event.type) {
    case 'lost':
      // Nothing is wrong with this node.
      if (isProxyFault(event.fault.code)) return 'abandoned';
      return ANSWERS.has(event.cause) ? 'up' : 'failed';
    case 'started':
    case 'fault':
    case 'unreadable':
    case 'progress':
    case 'inbox':
      return null;
    default:
      return 'up';
  }
}

/** What a device's event is to its session's machine; `null` where it is none of its business. */
export function newsOf(browser: number, event: DeviceEvent): SessionEvent | null {
  switch (event.type) {
    case 'started':
    case 'inbox':
    case 'unreadable':
      return null;
    case 'qr':
      return { type: 'browser.qr', browser, qr: event.qr };
    case 'pairing_code':
      return { type: 'browser.pairing_code', browser, pairingCode: event.pairingCode };
    case 'scanned':
    case 'authenticated':
    case 'progress':
      return { type: `browser.${event.type}`, browser };
    case 'ready':
      return { type: 'browser.ready', browser, account: event.account, capabilities: event.capabilities ?? null };
    case 'fault':
      return { type: 'browser.fault', browser, fault: event.fault };
    case 'lost':
      return { type: 'browser.lost', browser, cause: event.cause, fault: event.fault };
  }
}

/** What a probe's finding is to it. */
export function probeNews(browser: number, result: ProbeResult): SessionEvent {
  if (result.kind === 'alive') return { type: 'probe.answered', browser };
  const fault = { code: 'PROBE_MISSED', message: result.detail };
  return { type: 'probe.missed', browser, cause: result.cause, fault };
}

/** The fault of a call that failed. Only messages of our own are shown: others may hold paths or more. */
export function faultOf(code: string, error: unknown): Fault {
  return {
    code,
    message: error instanceof SupervisorError ? error.message : 'Something unexpected went wrong; the log says more.',
  };
}
