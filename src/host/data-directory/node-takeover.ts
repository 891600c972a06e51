import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A process that ran as a node of a fleet. `incarnation`: which one of those that had its name; `null` where untold. */
interface NodeProcess {
  readonly nodeId: string;
  readonly incarnation: string | null;
}

const fileIn = (directory: string): string => join(directory, 'node-id');

/**
 * The process that held this data directory before: it is dead, even where its heartbeat has not expired. Its name may be
 * that of another process by now.
 */
export function formerNode(directory: string): NodeProcess | null {
  try {
    const [nodeId = '', incarnation = null] = readFileSync(fileIn(directory), 'utf8').trim().split(' ');
    return nodeId === '' ? null : { nodeId, incarnation };
  } catch {
    // The first one here.
    return null;
  }
}

/** Notes whose data directory this is, once its name is its own. */
export function noteNode(directory: string, { nodeId, incarnation }: NodeProcess): void {
  writeFileSync(fileIn(directory), `${nodeId} ${incarnation ?? ''}\n`, { mode: 0o600 });
}
