import type { DeviceCalls } from '../whatsapp/device-calls.ts';
import { isOurForm } from './whatsapp-id.ts';

type Ask = <Name extends 'capabilities' | 'idForm'>(name: Name) => Promise<DeviceCalls[Name]['result']>;

/** Whether a page has what it takes to send, and makes ids of the form that ours have. */
export async function canSend(ask: Ask): Promise<boolean> {
  const { send } = await ask('capabilities');
  if (!send) return false;
  const form = await ask('idForm');
  return form.kind === 'sample' && isOurForm(form.waId);
}
