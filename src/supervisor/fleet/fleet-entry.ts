import { setTimeout as sleep } from 'node:timers/promises';

import { SupervisorError } from '../../domain/errors.ts';
import type { BeatOutcome, FormerNode, NodeRegistry } from '../../store/nodes.ts';

/** Between two looks whether the other process of this name still beats (ms). */
const LOOK_MS = 500;

/** Another process of the fleet runs under this name, and they would take each other's sessions. */
export class NodeIdInUseError extends SupervisorError {
  readonly code = 'NODE_ID_IN_USE';
  constructor(nodeId: string) {
    super(`NODE_ID ${nodeId} is in use: another process of this fleet lives under that name. Give this one another.`);
  }
}

/**
 * Enters the fleet under a name. Where somebody was heard of under it a moment ago, waits until it is heard again, and
 * throws {@link NodeIdInUseError}, or until it has been silent for so long that it is gone. `former`: the processes that
 * are known to be dead. Returns the names whose sessions are free for that.
 */
export async function enterFleet(
  nodes: Pick<NodeRegistry, 'forget'>,
  nodeId: string,
  former: readonly FormerNode[],
  beat: () => Promise<BeatOutcome>,
): Promise<readonly string[]> {
  const dead = new Set<string>();
  for (const node of former) {
    if ((await nodes.forget(node)) === 'gone') dead.add(node.nodeId);
  }
  let heardAt: number | null = null;
  for (;;) {
    const outcome = await beat();
    if (outcome.kind === 'beats') return [...dead.add(nodeId)];
    if (heardAt !== null && outcome.heardAt !== heardAt) throw new NodeIdInUseError(nodeId);
    heardAt = outcome.heardAt;
    await sleep(LOOK_MS);
  }
}
