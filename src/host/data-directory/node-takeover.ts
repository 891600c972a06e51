import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Notes `nodeId` as the node of this data directory. Returns the nodes that had it before: they are dead, whatever
 * their heartbeats say.
 */
export function takeOverNode(directory: string, nodeId: string): readonly string[] {
  const file = join(directory, 'node-id');
  let former: readonly string[] = [];
  try {
    former = [readFileSync(file, 'utf8').trim()];
  } catch {
    // The first one here.
  }
  writeFileSync(file, `${nodeId}\n`, { mode: 0o600 });
  return [...former, nodeId];
}
