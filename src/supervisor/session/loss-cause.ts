import { causes } from '../../../machines/session.machine.ts';
import type { Reason } from '../../domain/session.ts';
import type { LossCause } from '../../whatsapp/device.ts';

/** Whether a browser can be lost for it: a session is also disconnected for reasons of its users and of its node. */
export function isLossCause(reason: Reason | null): reason is LossCause {
  return reason !== null && reason in causes;
}
