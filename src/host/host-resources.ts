import { randomBytes } from 'node:crypto';
import { availableParallelism, hostname, totalmem } from 'node:os';

/** What defaults are derived from: the machine or container this process may use. */
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
/** A session of an account in real use, browser and all; busy ones take more, idle ones half. */
const SESSION_MEMORY = 400 * MIB;
/** This process, Redis and the system. */
const RESERVED_MEMORY = 512 * MIB;
/** Pages mostly wait, but a core renders, decrypts and syncs for only so many. */
const SESSIONS_PER_CORE = 10;
/** A simulated session costs a few objects. */
const SIMULATED_CAPACITY = 10_000;

/** How many sessions this machine can run at once, one at least. */
export function defaultCapacity(
  { memory, cores }: Pick<HostResources, 'memory' | 'cores'>,
  driver: 'whatsapp-web.js' | 'simulated',
): number {
  if (driver === 'simulated') return SIMULATED_CAPACITY;
  const byMemory = Math.floor((memory - RESERVED_MEMORY) / SESSION_MEMORY);
  return Math.max(1, Math.min(byMemory, cores * SESSIONS_PER_CORE));
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
