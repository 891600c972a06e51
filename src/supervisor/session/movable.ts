import type { RunPhase } from './run-phase.ts';
import type { SessionSnapshot } from './session-actor.ts';
import type { AgingBrowser } from '../fleet/browser-recycler.ts';

/** Why a session is handed over to another node: the machine's event says it in the history. */
export type MoveCause = 'node.drain' | 'node.rebalance';

/** What stands in the way of a move. */
export type Movable =
  /** Linked and ready; times in milliseconds. */
  | {
      readonly kind: 'ready';
      readonly isDurable: boolean;
      readonly readyAt: number;
      readonly lastMessageAt: number;
    }
  /** Somebody may be about to scan: moving it takes the code away. */
  | { readonly kind: 'shows_code' }
  /** It has no browser. */
  | { readonly kind: 'at_rest' }
  /** It is launching, syncing or coming back. */
  | { readonly kind: 'busy' };

/** @param browser of a session that is ready. */
export function movableOf({ kind }: RunPhase, snapshot: SessionSnapshot, browser: AgingBrowser | null): Movable {
  if (kind !== 'active') return { kind: 'busy' };
  if (snapshot.matches('waiting_qr')) return { kind: 'shows_code' };
  if (snapshot.hasTag('at_rest')) return { kind: 'at_rest' };
  if (browser === null) return { kind: 'busy' };
  const { readyAt, lastMessageAt } = browser;
  return { kind: 'ready', isDurable: snapshot.context.credentials === 'durable', readyAt, lastMessageAt };
}
