import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { endTree } from './process-tree.ts';

/** Whom a child runs as; `nobody` only if we are root. */
export type RunAs = 'self' | 'nobody';

export interface ChildOptions {
  /** A file in bench/children, or an absolute path. */
  readonly file: string;
  readonly args?: readonly string[];
  /** For Node itself. */
  readonly execArgv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Working directory. @defaultValue ours */
  readonly cwd?: string;
  /** @defaultValue the Node that runs this */
  readonly node?: string;
  readonly runAs?: RunAs;
}

/** A Node process of the bench's that says one JSON value a line, and hears lines. */
export interface Child {
  readonly pid: number;
  say(line: string): void;
  /**
   * The first value from now on, or among those not yet taken, of which `pick` makes something; rejects when the child
   * ends or time is up.
   */
  hear<T>(pick: (said: unknown) => T | null, deadlineMs: number): Promise<T>;
  end(): Promise<void>;
}

/** Ids of `nobody` and `nogroup` where Linux distributions have them. */
export const NOBODY = 65_534;
const END_GRACE_MS = 20_000;
const running = new Set<number>();
// Nothing outlives the bench, however it ends; the children themselves take down what they started.
process.once('exit', () => running.forEach((pid) => terminate(pid)));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export async function startChild({
  file,
  args = [],
  execArgv = [],
  env = process.env,
  cwd = process.cwd(),
  node = process.execPath,
  runAs = 'self',
}: ChildOptions): Promise<Child> {
  const path = file.startsWith('/') ? file : fileURLToPath(new URL(`children/${file}`, import.meta.url));
  const command = [
    ...(runAs === 'nobody' ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : []),
    node,
    ...execArgv,
    path,
    ...args,
  ];
  const child = spawn(command[0] ?? node, command.slice(1), { env, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const { pid } = child;
  if (pid === undefined) throw new Error(`${file} was not started.`);
  running.add(pid);
  const lines = new EventEmitter();
  const untaken: unknown[] = [];
  let ended = false;
  let stderr = '';
  child.stdin.on('error', () => undefined);
  child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-2_000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = parse(line);
    if (said === null) return;
    untaken.push(said);
    lines.emit('change');
  });
  child.once('exit', () => {
    ended = true;
    running.delete(pid);
    lines.emit('change');
  });
  return {
    pid,
    say: (line) => void child.stdin.write(`${line}\n`),
    async hear(pick, deadlineMs) {
      const signal = AbortSignal.timeout(deadlineMs);
      for (;;) {
        for (const [index, said] of untaken.entries()) {
          const picked = pick(said);
          if (picked === null) continue;
          untaken.splice(0, index + 1);
          return picked;
        }
        if (ended) throw new Error(`${file} ended before its time. ${stderr}`);
        await once(lines, 'change', { signal }).catch((cause: unknown) => {
          throw new Error(`${file} did not say what was waited for within ${deadlineMs} ms. ${stderr}`, { cause });
        });
      }
    },
    end: () => (ended ? Promise.resolve() : endTree(pid, () => terminate(pid), END_GRACE_MS)),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It ended meanwhile.
  }
}
