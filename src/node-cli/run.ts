import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ConfigError } from '../config/config-error.ts';
import { loadStorageConfig } from '../config/storage-config.ts';
import { ensureError, SupervisorError } from '../domain/errors.ts';
import { connectRedis } from '../store/connection.ts';
import { NodeDrains } from '../store/drains.ts';
import { isCluster } from '../store/fit-redis.ts';
import { keyspace } from '../store/keys.ts';
import { NodeRegistry } from '../store/nodes.ts';
import { giveAway, type GivenAway } from './give-away.ts';
import { kubernetesPods } from './kubernetes-pods.ts';
import { PodCosts } from './pod-costs.ts';

const USAGE = `npm run node -- COMMAND

  drain [SECONDS]   have the node NODE_ID give its sessions away, and wait for that, 90 s at most if not told otherwise
  pod-costs         tell Kubernetes every ten seconds how many sessions each pod carries

Both read REDIS_URL and REDIS_PREFIX as the service does.`;

interface NodeTool {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Nodes {
  readonly nodes: NodeRegistry;
  readonly drains: NodeDrains;
}

class UsageError extends SupervisorError {
  readonly code = 'USAGE';
}

const LOOK_MS = 500;
const TELL_MS = 10_000;
const LONGEST_S = 3_600;
/** Where Kubernetes puts what a pod's service account is known by. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Runs one command and resolves with the exit code: 0 well, 1 not, 2 mistyped. Never rejects. A drain that cannot be
 * finished is well: what is left is handed over at the node's end.
 */
export async function runNodeTool(tool: NodeTool): Promise<number> {
  const { args, env, say } = tool;
  try {
    const [command, ...rest] = args;
    if (command === 'drain') {
      const seconds = secondsOf(rest);
      const nodeId = nodeOf(env);
      const given = await withNodes(tool, (of) => drain(of, nodeId, seconds, tool.signal));
      say(sentence(nodeId, given));
      return 0;
    }
    if (command === 'pod-costs' && rest.length === 0) {
      await withNodes(tool, (of) => tellCosts(of, tool));
      return 0;
    }
    throw new UsageError(USAGE);
  } catch (thrown) {
    const error = ensureError(thrown);
    say(error instanceof SupervisorError ? error.message : (error.stack ?? error.message));
    return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
  }
}

async function drain(of: Nodes, nodeId: string, seconds: number, stop: AbortSignal): Promise<GivenAway> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(seconds * 1_000)]);
  return giveAway({ ...of, nodeId, signal, pause: () => sleep(LOOK_MS, undefined, { signal }) });
}

async function tellCosts({ nodes }: Nodes, { say, signal }: NodeTool): Promise<void> {
  const pods = kubernetesPods({
    url: 'https://kubernetes.default.svc',
    namespace: (await readFile(join(ACCOUNT, 'namespace'), 'utf8')).trim(),
    token: async () => (await readFile(join(ACCOUNT, 'token'), 'utf8')).trim(),
  });
  const costs = new PodCosts(nodes, pods, ({ message }) => say(message));
  while (!signal.aborted) {
    await costs.tell();
    await sleep(TELL_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function withNodes<T>({ env, say }: NodeTool, work: (of: Nodes) => Promise<T>): Promise<T> {
  const config = loadStorageConfig(env);
  if (config.redis.kind === 'embedded')
    throw new UsageError('REDIS_URL is not set: a node with a Redis of its own is alone, and has nobody to give to.');
  const redis = connectRedis(config.redis, 'commands', ({ message }) => say(`Redis: ${message}`));
  try {
    const isTagged = !config.isRedisPrefixGiven && (await isCluster(redis));
    const keys = keyspace(isTagged ? `{${config.redisPrefix}}` : config.redisPrefix);
    // It only reads: nothing is ever said in the name of a node.
    const nodes = new NodeRegistry(redis, keys, () => ({ role: 'api', version: '', rssBytes: 0 }));
    return await work({ nodes, drains: new NodeDrains(redis, keys) });
  } finally {
    redis.disconnect();
  }
}

function secondsOf(args: readonly string[]): number {
  const [text = '90', ...more] = args;
  const seconds = Number(text);
  if (more.length > 0 || !Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_S) throw new UsageError(USAGE);
  return seconds;
}

function nodeOf({ NODE_ID: nodeId }: NodeJS.ProcessEnv): string {
  if (nodeId === undefined || nodeId === '') throw new UsageError('NODE_ID is not set: which node is to be drained?');
  return nodeId;
}

function sentence(nodeId: string, { kind, left }: GivenAway): string {
  switch (kind) {
    case 'empty':
      return `${nodeId} has given all its sessions away.`;
    case 'codes_only':
      return `${nodeId} has given its sessions away, but for ${left} that show a code.`;
    case 'no_receiver':
      return `${nodeId} keeps ${left} sessions: no other node has room.`;
    case 'time_up':
      return `${nodeId} keeps ${left} sessions: time is up.`;
    case 'no_such_node':
      return `No node "${nodeId}" lives that runs sessions.`;
  }
}
