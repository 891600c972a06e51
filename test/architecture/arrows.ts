import type { Import } from './imports.ts';

/**
 * The rooms of `src/` from the top down (DESIGN: "arrows point one way"). A room imports what stands below it, never
 * what stands above it or beside it.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['service.ts'],
  // Types of the parts that a test may put in another's place.
  ['overrides.ts'],
  ['api', 'supervisor', 'webhooks'],
  // What is counted and told of the service stands where all that tell of themselves reach it.
  ['observability', 'messaging', 'queue'],
  ['whatsapp', 'vault'],
  ['store'],
  ['config'],
  ['host'],
  ['domain'],
];

/** Rooms that stand beside the service, and what each may import. */
const GUESTS: Readonly<Record<string, readonly string[]>> = {
  // Works on the storage alone, without a service.
  'vault-cli': ['vault', 'store', 'config', 'host', 'domain'],
  // Works on the fleet's records alone, from beside a node.
  'node-cli': ['store', 'config', 'host', 'domain'],
  // A package of its own: of the service it takes words, and the types of answers.
  client: ['domain'],
  // Starts the service as a process, and shows what its statecharts did.
  'test-kit': ['client', 'host', 'domain'],
};

/** Rooms of which a guest takes types only: nothing of them is left in what it ships. */
const TYPES_OF: Readonly<Record<string, readonly string[]>> = { client: ['api'] };

/** Those that run statecharts. All others know only their types. */
const RUNS_MACHINES = /^src\/(supervisor|messaging)\/|^src\/test-kit\/replay-/;

/** What stands outside `src/`, and which folders of ours it may import. `src` is all of the service. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  machines: [],
  visualizer: ['machines', 'src'],
  console: ['visualizer', 'machines', 'src'],
  examples: ['src'],
  scripts: ['src'],
  bench: ['machines', 'src', 'scripts', 'test', 'visualizer'],
  test: ['machines', 'src', 'scripts', 'visualizer', 'console', 'examples', 'bench'],
};

/** What is wrong with an import; `null` when it points the right way. */
export function faultOf({ from, to, isTypeOnly }: Import): string | null {
  const [source, target] = [placeOf(from), placeOf(to)];
  if (source === null || target === null) {
    const isPackageOfMachine = source?.folder === 'machines' && target === null && to !== 'xstate';
    return isPackageOfMachine ? `a statechart imports xstate alone, not ${to}` : null;
  }
  if (source.folder !== 'src') {
    const allowed = [source.folder, ...(OUTSIDE[source.folder] ?? [])];
    return allowed.includes(target.folder) ? null : `${source.folder} must not import ${target.folder}`;
  }
  if (target.folder === 'machines')
    return isTypeOnly || RUNS_MACHINES.test(from) ? null : 'a statechart is imported for its types only';
  if (target.folder !== 'src') return `the service must not import ${target.folder}`;
  if (source.room === target.room) return null;
  const allowed = [...roomsBelow(source.room), ...(isTypeOnly ? (TYPES_OF[source.room] ?? []) : [])];
  return allowed.includes(target.room) ? null : `${source.room} must not import ${target.room}`;
}

/** Rooms that are not in the plan. */
export function unplanned(files: readonly string[]): readonly string[] {
  const known = new Set([...FLOORS.flat(), ...Object.keys(GUESTS)]);
  const rooms = files.flatMap((file) => {
    const place = placeOf(file);
    return place?.folder === 'src' ? [place.room] : [];
  });
  return [...new Set(rooms)].filter((room) => !known.has(room));
}

function roomsBelow(room: string): readonly string[] {
  const guest = GUESTS[room];
  if (guest !== undefined) return guest;
  const floor = FLOORS.findIndex((rooms) => rooms.includes(room));
  return floor < 0 ? [] : FLOORS.slice(floor + 1).flat();
}

/** `null` for a package, and for what lies in no folder, such as package.json. */
function placeOf(path: string): { readonly folder: string; readonly room: string } | null {
  const [folder = '', room = ''] = path.split('/');
  return folder === 'src' || folder in OUTSIDE ? { folder, room } : null;
}
