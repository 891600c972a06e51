import type { RecordedHistory } from '../../src/test-kit/recorded-history.ts';
import type { Transition } from '../../src/domain/session.ts';

interface Exported {
  readonly transitions: readonly Transition[];
  readonly maxAttempts: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * A history to keep, to send to somebody, or to replay in a test. Nodes lose their names, as those are the names of
 * machines; only that they changed is told.
 */
export function exportHistory({ transitions, maxAttempts, now }: Exported): RecordedHistory {
  const names = new Map<string, string>();
  const nameOf = (node: string): string => {
    const name = names.get(node) ?? `node ${names.size + 1}`;
    names.set(node, name);
    return name;
  };
  return {
    format: 'whatsapp-session-history/1',
    machine: 'session',
    exportedAt: new Date(now).toISOString(),
    maxAttempts,
    transitions: transitions
      .toSorted((a, b) => a.rev - b.rev)
      .map(({ rev, at, from, to, event, reason, durationMs, nodeId }) => ({
        rev,
        at,
        from,
        to,
        event,
        reason,
        durationMs,
        nodeId: nodeId === null ? null : nameOf(nodeId),
      })),
  };
}
