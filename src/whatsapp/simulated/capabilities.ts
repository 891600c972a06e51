import type { Capabilities } from '../../domain/message.ts';

/** A simulated page is of no build of WhatsApp's, and lacks nothing. */
export const SIMULATED_CAPABILITIES: Capabilities = { receive: true, send: true, media: true, chats: true };
