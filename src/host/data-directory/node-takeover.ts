import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Notes `nodeId` as the node of this data directory. Returns the nodes that held the directory before: they are dead,
 * even where their heartbeats have not expired.
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
