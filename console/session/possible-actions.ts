import type { Session } from '../../src/client/index.ts';

export type Action = 'start' | 'stop' | 'restart' | 'reconnect' | 'logout' | 'remove';

/** Those that are done only after one more question. */
export const ASKED: ReadonlySet<Action> = new Set<Action>(['logout', 'remove']);

/** What makes sense in a session's state, the likeliest first. */
export function actionsFor(session: Session): readonly Action[] {
  switch (session.state) {
    case 'disconnected':
      return session.tags.includes('busy') && session.desired === 'running' ? ['stop', 'remove'] : ['start', 'remove'];
    case 'failed':
      return ['restart', 'stop', 'logout', 'remove'];
    case 'reconnecting':
      return ['reconnect', 'stop', 'restart', 'logout', 'remove'];
    case 'ready':
      return ['stop', 'restart', 'reconnect', 'logout', 'remove'];
    case 'waiting_qr':
    case 'authenticating':
      return ['stop', 'restart', 'remove'];
  }
}
