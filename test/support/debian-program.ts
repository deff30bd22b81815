import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { programsCache } from '../../sandbox/folder/paths.ts';

const run = promisify(execFile);

/** A program of a Debian package that tests need and Purser does not. */
export interface Wanted {
  /** Its file's name: `slapd`. */
  readonly program: string;
  /** The program's package; missing libraries are taken from its dependencies. */
  readonly package: string;
  /** An environment variable with the path of the program; it takes precedence. */
  readonly variable: string;
}

/** The program's path and how to start it. */
export interface Found {
  readonly file: string;
  /** Variables to add to its environment: the path of libraries that were downloaded with it. */
  readonly env: Readonly<Record<string, string>>;
  /** The root of the package's other files: `/`, or the folder into which it was unpacked. */
  readonly root: string;
}

/**
 * Finds the program by its variable, on the PATH or in the folders of Debian's daemons. Otherwise apt-get
 * downloads the package into Purser's cache. Nothing is installed; neither root nor an earlier `apt-get
 * update` is needed. Without apt it throws one sentence that says what to install: a test must then fail,
 * not be skipped.
 */
export async function debianProgram(wanted: Wanted): Promise<Found> {
  const named = process.env[wanted.variable];
  if (named !== undefined) return { file: named, env: {}, root: '/' };
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), ...DAEMONS];
  const there = folders.map((each) => path.join(each, wanted.program)).find(isProgram);
  if (there !== undefined) return { file: there, env: {}, root: '/' };
  const root = path.join(path.dirname(programsCache()), 'debian', await nameOf(wanted));
  if (!existsSync(root)) await fetchTo(root, wanted);
  return inside(root, wanted);
}

const DAEMONS = ['/usr/sbin', '/usr/libexec', '/usr/local/sbin'];

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Another release or machine with the same home folder cannot use these files.
async function nameOf(wanted: Wanted): Promise<string> {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const id = /^VERSION_CODENAME="?([\w.-]+)/m.exec(release)?.[1] ?? 'unknown';
  return `${wanted.package}-${id}-${process.arch}`;
}

async function fetchTo(root: string, wanted: Wanted): Promise<void> {
  await mkdir(path.dirname(root), { recursive: true });
  const work = await mkdtemp(`${root}.`);
  try {
    const apt = await prepareApt(work, wanted);
    const draft = path.join(work, 'root');
    await unpack(apt, draft, [wanted.package]);
    const libraries = await missingLibraries(draft, wanted);
    if (libraries.length > 0) await unpack(apt, draft, await packagesOf(apt, wanted, libraries));
    const missing = await missingLibraries(draft, wanted);
    if (missing.length > 0) throw lacks(wanted, `libraries are missing: ${missing.join(', ')}`);
    // Another process has created the same folder meanwhile.
    await rename(draft, root).catch((error: unknown) => {
      if (!existsSync(root)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface Apt {
  readonly folder: string;
  readonly options: readonly string[];
}

/** Its own package lists: those of the system may be missing, and only root can update them. */
async function prepareApt(work: string, wanted: Wanted): Promise<Apt> {
  const [state, cache, folder] = ['state', 'cache', 'debs'].map((each) => path.join(work, each));
  const needed = [path.join(state ?? '', 'lists', 'partial'), folder ?? ''];
  await Promise.all(
    [...needed, path.join(cache ?? '', 'archives', 'partial')].map((each) =>
      mkdir(each, { recursive: true }),
    ),
  );
  const settings = [
    `Dir::State=${state}`,
    `Dir::Cache=${cache}`,
    'Dir::State::status=/var/lib/dpkg/status',
    'APT::Sandbox::User=',
    'Debug::NoLocking=1',
    'Acquire::Retries=3',
  ];
  const options = settings.flatMap((each) => ['-o', each]);
  try {
    await run('apt-get', [...options, '-qq', 'update'], { timeout: 120_000 });
  } catch (error) {
    throw lacks(wanted, error instanceof Error ? error.message : String(error));
  }
  return { folder: folder ?? '', options };
}

function lacks({ program, package: name, variable }: Wanted, reason: string): Error {
  return new Error(
    `these tests need ${program}: install the Debian package ${name}, or name the program with ${variable} (${reason.trim().split('\n')[0]})`,
  );
}

async function unpack(apt: Apt, to: string, packages: readonly string[]): Promise<void> {
  await run('apt-get', [...apt.options, '-qq', 'download', ...packages], {
    cwd: apt.folder,
    timeout: 300_000,
  });
  for (const deb of await readdir(apt.folder)) {
    const file = path.join(apt.folder, deb);
    await run('dpkg', ['-x', file, to]);
    await rm(file);
  }
}

async function missingLibraries(root: string, wanted: Wanted): Promise<readonly string[]> {
  const { file, env } = await inside(root, wanted);
  // ldd fails for a program without shared libraries, as Go builds them: then no library is missing.
  const { stdout } = await run('ldd', [file], { env: { ...process.env, ...env } }).catch(() => ({
    stdout: '',
  }));
  return [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map(([, name]) => name ?? '');
}

/** Debian names a library's package after it: libltdl.so.7 is in libltdl7 (or libltdl7t64). */
async function packagesOf(
  apt: Apt,
  wanted: Wanted,
  libraries: readonly string[],
): Promise<readonly string[]> {
  const only = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'];
  const { stdout } = await run('apt-cache', [
    ...apt.options,
    'depends',
    '--recurse',
    ...only.map((each) => `--no-${each}`),
    wanted.package,
  ]);
  const known = stdout.split('\n').filter((line) => /^[a-z0-9]/.test(line));
  return libraries.map((library) => {
    const [, name = '', version = ''] = /^(.+)\.so\.(\d+)/.exec(library) ?? [];
    const stem = `${name}${/\d$/.test(name) ? '-' : ''}${version}`.toLowerCase();
    const found = known.find((each) => each === stem || each === `${stem}t64`);
    if (found === undefined) throw lacks(wanted, `no package is known to hold ${library}`);
    return found;
  });
}

async function inside(root: string, { program }: Wanted): Promise<Found> {
  const folders = ['usr/bin', 'usr/sbin', 'usr/libexec'].map((each) => path.join(root, each));
  const file = folders.map((each) => path.join(each, program)).find(isProgram);
  if (file === undefined) throw new Error(`${root} holds no ${program}: remove it and try again`);
  const all = await readdir(path.join(root, 'usr', 'lib'), { withFileTypes: true }).catch(() => []);
  const libraries = all
    .filter((each) => each.isDirectory() && each.name.includes('-linux-'))
    .map(({ name }) => path.join(root, 'usr', 'lib', name));
  const env = { LD_LIBRARY_PATH: libraries.join(path.delimiter) };
  return { file, env: libraries.length === 0 ? {} : env, root };
}
