import type { ProbeResult } from '../device-calls.ts';

/** What a probe finds of a page that does not answer, or that WhatsApp cannot be reached from. */
export const missed = (cause: 'page_unresponsive' | 'network', detail: string): ProbeResult => ({
  kind: 'missed',
  cause,
  detail,
});

export const PAGE_HANGS = 'the page does not answer';
export const NETWORK_DOWN = 'the network is down';
