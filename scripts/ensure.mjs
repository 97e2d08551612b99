// Installs and builds what is missing or out of date, and nothing else. Needs nothing but Node and npm:
//   node scripts/ensure.mjs [-q]
// The second run finds both stamps in place and ends at once, without a network.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBuilt, isInstalled, root, stampInstall } from './stamp.mjs';

const LEAST_NODE = [20, 19];
const quiet = process.argv.includes('-q');
const say = (message) => process.stderr.write(`${message}\n`);

function give(message) {
  say(message);
  process.exit(2);
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1])) {
  give(
    `bursar needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}. Install a newer Node and run again.`,
  );
}

const isCurrent = () => isInstalled() && isBuilt();
if (!isCurrent()) await alone(bringUpToDate);

function bringUpToDate() {
  if (!isInstalled()) {
    step('Installing packages (npm ci)');
    // On Windows npm is a script, which only a shell starts.
    run(
      'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
      'Packages could not be installed. Is the registry reachable?',
      {
        shell: process.platform === 'win32',
      },
    );
    stampInstall();
  }
  if (!isBuilt()) {
    step('Building');
    run(process.execPath, [join(root, 'scripts', 'build.mjs')], 'The build failed.');
  }
}

function step(title) {
  if (!quiet) say(`${title} …`);
}

function run(command, args, problem, options = {}) {
  // stdout belongs to what runs afterwards: `npm run conformance` ends with a line that programs read.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (status !== 0) give(`${problem}${error === undefined ? '' : ` ${error.message}`}`);
}

/** Two runs at once would write over each other: the second one waits and then finds everything done. */
async function alone(work) {
  const lock = join(root, '.cache', 'ensure.lock');
  mkdirSync(join(root, '.cache'), { recursive: true });
  for (let told = false; !take(lock); ) {
    if (!told) step('Another run is installing or building; waiting for it');
    told = true;
    dropDead(lock);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  if (!isCurrent()) work();
  process.off('exit', release);
  release();
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The lock of a process that was killed is removed; renaming it first lets only one of several waiters do so. */
function dropDead(lock) {
  const owner = ownerOf(lock);
  if (owner === undefined || isAlive(owner)) return;
  const aside = `${lock}.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return;
  }
  if (ownerOf(aside) === owner) rmSync(aside);
  else renameSync(aside, lock);
}

function ownerOf(lock) {
  try {
    // Empty for the moment between its creation and its writing.
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
