import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * A limit's place: the directories of this process's group and of its ancestors, innermost first, as far as they are
 * mounted here.
 */
export interface Cgroup {
  readonly version: 1 | 2;
  readonly levels: readonly string[];
}

/** The controllers of a resource; `cpu` and `cpuacct` are one in version 2. */
type Controller = 'memory' | 'cpu' | 'cpuacct';

interface Mount {
  readonly root: string;
  readonly directory: string;
}

/**
 * Where the kernel accounts for this process, or `null` where it does not. A controller is in one version only.
 * @param proc the directory that is mounted as /proc
 */
export function findCgroup(controller: Controller, proc: string): Cgroup | null {
  const mounts = textOf(join(proc, 'self/mountinfo'));
  const groups = textOf(join(proc, 'self/cgroup'));
  return cgroupIn(1, controller, mounts, groups) ?? cgroupIn(2, controller, mounts, groups);
}

function cgroupIn(version: 1 | 2, controller: Controller, mounts: string, groups: string): Cgroup | null {
  const mount = findMount(version, controller, mounts);
  const path = findPath(version, controller, groups);
  if (mount === null || path === null) return null;
  return { version, levels: levelsOf(mount, path) };
}

/** Lines of mountinfo (proc(5)): `id parent device ROOT DIRECTORY options [fields] - TYPE source SUPER_OPTIONS`. */
function findMount(version: 1 | 2, controller: Controller, text: string): Mount | null {
  for (const line of text.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, directory] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (root === undefined || directory === undefined) continue;
    const fits = version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes(controller);
    if (fits) return { root: unescape(root), directory: unescape(directory) };
  }
  return null;
}

/** Lines of cgroup (cgroups(7)): `id:controllers:path`; version 2 names no controllers. */
function findPath(version: 1 | 2, controller: Controller, text: string): string | null {
  for (const line of text.split('\n')) {
    const [, controllers, ...path] = line.split(':');
    const fits = version === 2 ? controllers === '' : controllers?.split(',').includes(controller) === true;
    if (fits) return path.join(':');
  }
  return null;
}

/** In a container without a view of its own, the path is the machine's and only the container's own part is mounted. */
function levelsOf({ root, directory }: Mount, path: string): readonly string[] {
  const below = relative(root, path);
  const names = below === '' || below.startsWith('..') ? [] : below.split('/');
  return Array.from({ length: names.length + 1 }, (_, up) => join(directory, ...names.slice(0, names.length - up)));
}

/** Blanks and the like are written as octal numbers. */
const unescape = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));

/** A small file's text; of one that is not there or not for us, none. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A file's only number, or that behind a name at the start of a line; `null` when there is none, as in `max`. */
export function numberIn(text: string, name?: string): number | null {
  const line =
    name === undefined ? text : (text.split('\n').find((one) => one.startsWith(`${name} `)) ?? '').slice(name.length);
  const digits = line.trim();
  return /^\d+$/.test(digits) ? Number(digits) : null;
}
