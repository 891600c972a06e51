import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname, totalmem } from 'node:os';

import type { DriverTraits } from '../domain/driver-traits.ts';

/** The resources of the host or container, from which defaults are derived. */
export interface HostResources {
  readonly hostname: string;
  /** Bytes: the container's limit where there is one. */
  readonly memory: number;
  readonly cores: number;
  /** Output goes to a terminal. */
  readonly isTerminal: boolean;
  /** Told apart from every other start on this host. */
  readonly randomSuffix: string;
}

export function describeHost(): HostResources {
  // 0 or a number beyond any machine when no cgroup sets a limit.
  const limit = process.constrainedMemory();
  return {
    hostname: hostname(),
    memory: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
    cores: availableParallelism(),
    isTerminal: process.stdout.isTTY,
    randomSuffix: randomBytes(3).toString('hex'),
  };
}

const MIB = 2 ** 20;
/** This process, Redis and the system. */
const RESERVED_MEMORY = 512 * MIB;

/** How many sessions of a driver this host can run at once, one at least. */
export function defaultCapacity(
  { memory, cores }: Pick<HostResources, 'memory' | 'cores'>,
  capacity: DriverTraits['capacity'],
): number {
  if (capacity.kind === 'fixed') return capacity.sessions;
  const byMemory = Math.floor((memory - RESERVED_MEMORY) / capacity.memoryBytes);
  return Math.max(1, Math.min(byMemory, cores * capacity.perCore));
}

/** The host's name, as far as a node's name may hold it, and a suffix that no earlier start had. */
export function defaultNodeId({
  hostname: name,
  randomSuffix,
}: Pick<HostResources, 'hostname' | 'randomSuffix'>): string {
  const readable = name
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 50);
  return `${readable === '' ? 'node' : readable}-${randomSuffix}`;
}
