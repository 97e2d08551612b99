// What the installed packages and the build were made from: two digests that say whether they are still current.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** In node_modules, so that it goes when they go. */
const INSTALL_STAMP = join(root, 'node_modules', '.bursar-lockfile');
const BUILD_STAMP = join(root, 'dist', '.stamp');

/** Everything that the build reads. */
const SOURCES = ['src', 'devnet', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json'];

const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

function files(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  const entries = readdirSync(full, { withFileTypes: true });
  return entries.flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    // The runtime's own sources are built by hand and committed: devnet/runtime/README.md.
    if (entry.isDirectory()) return below === 'devnet/runtime' ? [] : files(below);
    return /\.(ts|mjs)$/.test(entry.name) ? [below] : [];
  });
}

/** Digest of the sources' paths and contents. */
export function sourcesDigest() {
  const hash = createHash('sha256');
  const paths = SOURCES.flatMap((path) => (path.includes('.') ? [path] : files(path))).sort();
  for (const path of paths) {
    const content = readFileSync(join(root, path));
    hash.update(`${path}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** What a build that was killed, or somebody's hand, may have left out. */
const BUNDLES = ['dist/program/main.js', 'dist/vendor/polkadot.js', 'dist/pages/explain.js'];

export const isBuilt = () =>
  read(BUILD_STAMP) === sourcesDigest() && BUNDLES.every((path) => existsSync(join(root, path)));
export const stampBuild = (digest) => writeFileSync(BUILD_STAMP, digest);

/** Packages hold code for one platform, so that is part of what they belong to. */
const lockfileDigest = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');

export const stampInstall = () => writeFileSync(INSTALL_STAMP, lockfileDigest());

export function isInstalled() {
  if (read(INSTALL_STAMP) === lockfileDigest()) return true;
  if (!matchesLockfile()) return false;
  stampInstall();
  return true;
}

/** Whether somebody's own `npm ci` put there what the lockfile says; npm keeps a list of it. */
function matchesLockfile() {
  const list = read(join(root, 'node_modules', '.package-lock.json'));
  if (list === undefined) return false;
  const there = JSON.parse(list).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = there[path];
    if (found === undefined) return entry.optional === true && !isForThisMachine(entry);
    return (
      found.version === entry.version && found.integrity === entry.integrity && existsSync(join(root, path))
    );
  });
}

/** Optional packages for another libc are left out by npm too; which libc this is cannot be told cheaply. */
const isForThisMachine = ({ os, cpu, libc }) =>
  libc === undefined && os?.includes(process.platform) === true && cpu?.includes(process.arch) === true;
