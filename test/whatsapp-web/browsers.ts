import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { access, chmod, constants, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One start of a browser through a wrapper. */
export interface Launch {
  /** The pid that Puppeteer knows: the wrapper becomes the browser. */
  readonly pid: number;
  readonly args: readonly string[];
  readonly userDataDir: string | null;
  readonly startedAt: Date;
  /** Whether this very browser still runs. A zombie does not. */
  isAlive(): boolean;
  /** The browser's process and all its descendants that live now; empty once it is dead. */
  processes(): readonly number[];
}

export interface Browsers {
  wrapperFor(executablePath: string): Promise<string>;
  launches(): readonly Launch[];
  /** Kills the processes that render this browser's pages. Returns how many. */
  killRenderers(pid: number): number;
}

/**
 * Each browser reaches the server by a loopback address of its own, made from its pid, so that the server knows which
 * browser asks. All of 127.0.0.0/8 is local on Linux.
 */
export function pidOfAddress(address: string | undefined): number {
  const [, high = 0, middle = 0, low = 0] = (address ?? '').split('.').map(Number);
  return high < 64 ? 0 : (high - 64) * 65_536 + middle * 256 + low;
}

/**
 * Debian's start script for the headless shell does not `exec`: killing it would leave the browser. The binary lies
 * beside it.
 */
function binaryOf(executablePath: string): string {
  const binary = `/usr/lib/chromium/${basename(executablePath)}`;
  return executablePath === '/usr/bin/chromium-headless-shell' && existsSync(binary) ? binary : executablePath;
}

const quote = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

function wrapperScript(executable: string, records: string, port: number, publicKeyHash: string): string {
  return `#!/bin/sh
# Starts the browser so that web.whatsapp.com is the local server and no other host exists.
record=${quote(records)}/.$(date +%s%N)-$$
printf '%s\\0' "$@" > "$record" && mv "$record" ${quote(records)}/"\${record##*/.}"
address=127.$((64 + $$ / 65536)).$(($$ / 256 % 256)).$(($$ % 256))
# Through a session's proxy no name is looked up here: that proxy is the test's own.
case "$*" in
  *--proxy-server=*) ;;
  *) set -- "$@" --no-proxy-server "--host-resolver-rules=MAP web.whatsapp.com $address:${port}, MAP * ~NOTFOUND" ;;
esac
exec ${quote(executable)} "$@" \\
  ${quote(`--ignore-certificate-errors-spki-list=${publicKeyHash}`)}
`;
}

const commandLine = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

/** Living descendants of a process, itself first. */
function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/u.test(entry)) continue;
    try {
      // The command's name is in brackets and may hold spaces; state and parent follow it.
      const [state, parent] = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /su, '')
        .split(' ');
      if (state === 'Z') continue;
      children.set(Number(parent), [...(children.get(Number(parent)) ?? []), Number(entry)]);
    } catch {
      // It ended meanwhile.
    }
  }
  const collect = (pid: number): readonly number[] => [pid, ...(children.get(pid) ?? []).flatMap(collect)];
  return collect(root);
}

export async function createBrowsers(directory: string, port: number, publicKeyHash: string): Promise<Browsers> {
  const records = join(directory, 'launches');
  await mkdir(records);
  // Written by the wrappers, each time one runs.
  await chmod(records, 0o1777);
  const wrappers = new Map<string, Promise<string>>();
  const isOurs = (pid: number): boolean => commandLine(pid).includes(publicKeyHash);

  function read(record: string): Launch {
    const [nanoseconds = '', pidText = ''] = record.split('-');
    const pid = Number(pidText);
    const args = readFileSync(join(records, record), 'utf8').split('\0').slice(0, -1);
    const profile = args.findLast((arg) => arg.startsWith('--user-data-dir='));
    return {
      pid,
      args,
      userDataDir: profile === undefined ? null : profile.slice('--user-data-dir='.length),
      startedAt: new Date(Number(nanoseconds.slice(0, -6))),
      isAlive: () => isOurs(pid),
      processes: () => (isOurs(pid) ? processTree(pid) : []),
    };
  }

  async function write(executablePath: string, folder: string): Promise<string> {
    await access(executablePath, constants.X_OK);
    // The name stays: the driver tells a headless shell from a full Chromium by it.
    const wrapper = join(folder, basename(executablePath));
    await mkdir(folder, { recursive: true });
    await writeFile(wrapper, wrapperScript(binaryOf(executablePath), records, port, publicKeyHash), { mode: 0o755 });
    return wrapper;
  }

  return {
    wrapperFor(executablePath) {
      const wrapper =
        wrappers.get(executablePath) ?? write(executablePath, join(directory, 'bin', String(wrappers.size)));
      wrappers.set(executablePath, wrapper);
      return wrapper;
    },
    launches: () =>
      readdirSync(records)
        .filter((record) => !record.startsWith('.'))
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map(read),
    killRenderers(pid) {
      const renderers = isOurs(pid)
        ? processTree(pid).filter((child) => commandLine(child).includes('--type=renderer'))
        : [];
      for (const renderer of renderers) {
        try {
          process.kill(renderer, 'SIGKILL');
        } catch {
          // It ended meanwhile.
        }
      }
      return renderers.length;
    },
  };
}
