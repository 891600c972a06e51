// Two ways to a Debian package: installed by root, or unpacked, with what it needs, into a folder of the project by
// anyone.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';

import { VENDOR_DIR } from './find-executables.mjs';
import { runCommand } from './run-command.mjs';

const INSTALL_DEADLINE_MS = 15 * 60_000;
const INTERRUPTS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const UNATTENDED = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };

/** Gets a package by whichever way this user has. Resolves with `{ ok, reason }`. */
export async function getDebianPackage({ name, folder, executable }) {
  if (!(await runCommand('apt-get', ['--version'])).ok) return { ok: false, reason: 'this system has no apt-get' };
  return process.getuid?.() === 0 ? install(name) : unpack(name, folder, executable);
}

/**
 * Lists may be missing, or old and name a browser with known holes: fresh ones come first. Where they can't be had,
 * those at hand may still do.
 */
async function withFreshLists(update, attempt) {
  const updated = await update();
  const result = await attempt();
  return result.ok || updated.ok ? result : updated;
}

let systemUpdate;

async function install(name) {
  const apt = (...args) =>
    runCommand('apt-get', ['-y', '--no-install-recommends', ...args], {
      env: UNATTENDED,
      timeoutMs: INSTALL_DEADLINE_MS,
    });
  const keepServicesOff = forbidServiceStarts();
  try {
    const result = await withFreshLists(
      () => (systemUpdate ??= apt('update')),
      () => apt('install', name),
    );
    if (result.ok && existsSync(`/etc/init.d/${name}`)) await keepServiceOff(name);
    return result;
  } finally {
    keepServicesOff();
  }
}

/** Neither now nor at the next boot: whoever wants the system's own service enables it. */
async function keepServiceOff(name) {
  if (existsSync('/run/systemd/system')) await runCommand('systemctl', ['disable', '--now', name]);
  else await runCommand('update-rc.d', [name, 'disable']);
}

/**
 * Debian starts a service as soon as it is installed; ours runs its own. policy-rc.d is Debian's way to say no
 * (invoke-rc.d(8)).
 */
function forbidServiceStarts() {
  if (existsSync(POLICY_FILE)) return () => undefined;
  writeFileSync(
    POLICY_FILE,
    '#!/bin/sh\n# For the time of one installation: starts no service. Safe to delete.\nexit 101\n',
  );
  chmodSync(POLICY_FILE, 0o755);
  const remove = () => rmSync(POLICY_FILE, { force: true });
  const interrupt = () => process.exit(1);
  process.once('exit', remove);
  for (const signal of INTERRUPTS) process.once(signal, interrupt);
  return () => {
    process.off('exit', remove);
    for (const signal of INTERRUPTS) process.off(signal, interrupt);
    remove();
  };
}

/**
 * apt works without root when its lists and caches are the user's own; what is installed it still reads from the
 * system.
 */
async function unpack(name, folder, executable) {
  const work = join(VENDOR_DIR, '.apt');
  const archives = join(work, 'archives', folder);
  // What an earlier try left may be of older versions.
  rmSync(archives, { recursive: true, force: true });
  for (const directory of [join(work, 'lists', 'partial'), join(work, 'cache', 'archives', 'partial'), archives]) {
    mkdirSync(directory, { recursive: true });
  }
  const settings = [
    `Dir::State=${work}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    'Dir::State::status=/var/lib/dpkg/status',
    `Dir::Cache=${join(work, 'cache')}`,
    'Debug::NoLocking=true',
  ];
  const flags = settings.flatMap((setting) => ['-o', setting]);
  const apt = (...args) =>
    runCommand('apt-get', [...flags, ...args], { cwd: archives, env: UNATTENDED, timeoutMs: INSTALL_DEADLINE_MS });

  const plan = await withFreshLists(
    () => apt('update'),
    () => apt('install', '--print-uris', '-y', '--no-install-recommends', name),
  );
  if (!plan.ok) return plan;
  const packages = [...plan.output.matchAll(/^'[^']+' ([^_\s]+)_(\S+)_[^_\s]+\.deb /gm)].map(
    ([, pkg, version]) => `${pkg}=${decodeURIComponent(version)}`,
  );
  const downloaded = await apt('download', ...packages);
  if (!downloaded.ok) return downloaded;

  const fresh = join(VENDOR_DIR, `${folder}.new`);
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const archive of readdirSync(archives)) {
    const extracted = await runCommand('dpkg-deb', ['-x', join(archives, archive), fresh]);
    if (!extracted.ok) return extracted;
  }
  writeStartScript(fresh, executable);
  rmSync(join(VENDOR_DIR, folder), { recursive: true, force: true });
  renameSync(fresh, join(VENDOR_DIR, folder));
  rmSync(work, { recursive: true, force: true });
  return { ok: true };
}

/** `bin/NAME` in the unpacked folder: finds its libraries and fonts from where it lies, and becomes the program. */
function writeStartScript(root, executable) {
  const libraries = libraryDirectories(root).map((directory) => `$here/${relative(root, directory)}`);
  mkdirSync(join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'fonts.conf'), FONTS);
  writeFileSync(
    join(root, 'bin', executable.split('/').at(-1)),
    `#!/bin/sh
here=$(dirname "$(dirname "$(readlink -f "$0")")")
export LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/${executable}" "$@"
`,
    { mode: 0o755 },
  );
}

/** For systems without fontconfig's own settings. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <dir prefix="xdg">fonts</dir>
  <include ignore_missing="yes" prefix="relative">etc/fonts/conf.d</include>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

function libraryDirectories(root) {
  const found = new Set();
  const visit = (directory) => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (lstatSync(path).isDirectory()) visit(path);
      else if (/\.so(\.|$)/.test(name)) found.add(directory);
    }
  };
  for (const top of ['usr/lib', 'lib'])
    if (existsSync(join(root, top)) && statSync(join(root, top)).isDirectory()) visit(join(root, top));
  return [...found].sort();
}
