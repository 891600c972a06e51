import type { Account, DeviceEvent } from '../device.ts';

/** A simulated page is of no build of WhatsApp's, and lacks nothing. */
export const readyAs = (account: Account): DeviceEvent => ({
  type: 'ready',
  account,
  capabilities: { receive: true, send: true, media: true, chats: true },
});
