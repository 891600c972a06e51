import { readdirSync, readFileSync } from 'node:fs';

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

/**
 * Every living process that has to do with `directory`: it was named in the command or the environment that it was
 * started with, or it belongs to one of these process groups. Zombies are no processes any more, and this one is left
 * out.
 */
export function processesOf(directory: string, groups: ReadonlySet<number>): readonly SeenProcess[] {
  return everyProcess().filter(
    ({ pid, group, command }) =>
      groups.has(group) || command.includes(directory) || read(`/proc/${pid}/environ`).includes(directory),
  );
}

/** The processes that render the pages of the browser that leads this group. */
export function renderersOf(leader: number): readonly number[] {
  return everyProcess()
    .filter(({ group, command }) => group === leader && command.includes('--type=renderer'))
    .map(({ pid }) => pid);
}

function everyProcess(): readonly SeenProcess[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .flatMap((entry) => {
      // After the command in brackets: state, parent, group (proc(5)).
      const [state, parent, group] = read(`/proc/${entry}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ');
      if (state === '' || state === 'Z' || state === 'X') return [];
      const command = read(`/proc/${entry}/cmdline`).replaceAll('\0', ' ');
      return [{ pid: Number(entry), parent: Number(parent), group: Number(group), command }];
    });
}

/** The file's text; empty when the process has ended meanwhile, or is another user's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
