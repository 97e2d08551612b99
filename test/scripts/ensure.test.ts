/** scripts/ensure.mjs in a small repository of its own, with an npm and a build that note that they were started. */

import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../cli/process.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-ensure-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let root: string;
let count = 0;
const at = (path: string) => join(root, path);
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const lockfile = (version: string) =>
  JSON.stringify({
    packages: { '': { name: 'x' }, 'node_modules/a': { version, integrity: `sha512-${version}` } },
  });

beforeEach(() => {
  root = join(scratch, `run ${count++}`);
  mkdirSync(join(root, 'scripts'), { recursive: true });
  for (const name of ['ensure.mjs', 'stamp.mjs'])
    copyFileSync(`${REPOSITORY}scripts/${name}`, at(`scripts/${name}`));
  write('scripts/build.mjs', BUILD);
  write('src/a.ts', 'export const a = 1;\n');
  write('package.json', '{}');
  write('tsconfig.json', '{}');
  write('package-lock.json', lockfile('1.0.0'));
  write('tools/npm', NPM);
  chmodSync(at('tools/npm'), 0o755);
});

const BUILD = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { root, sourcesDigest, stampBuild } from './stamp.mjs';
appendFileSync(root + '/log', 'build\\n');
console.log('noise of the build');
for (const path of ['/dist/program/main.js', '/dist/vendor/polkadot.js', '/dist/pages/explain.js']) {
  mkdirSync(root + path.replace(/[^/]+$/, ''), { recursive: true });
  writeFileSync(root + path, '');
}
stampBuild(sourcesDigest());
`;
const NPM = `#!/bin/sh
echo "npm $*" >>log
echo 'noise of npm'
[ -z "$NPM_FAILS" ] || exit 1
sleep 0.3
rm -rf node_modules && mkdir -p node_modules/a
`;

interface Options {
  readonly npm?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly node?: readonly string[];
}

function ensure({ npm = true, env = {}, node = [] }: Options = {}) {
  const child = spawn(process.execPath, [...node, at('scripts/ensure.mjs')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: npm ? `${at('tools')}:${process.env.PATH}` : at('nothing'), ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
}

/** What was started since the last look. */
function started(): string[] {
  const lines = existsSync(at('log')) ? readFileSync(at('log'), 'utf8').trim().split('\n') : [];
  rmSync(at('log'), { force: true });
  return lines.map((line) => line.split(' ').slice(0, 2).join(' '));
}

describe('ensure', () => {
  it('installs and builds once; stdout stays free for what runs afterwards', async () => {
    const first = await ensure();
    expect(first).toMatchObject({ code: 0, stdout: '' });
    expect(first.stderr).toContain('Installing');
    expect(started()).toEqual(['npm ci', 'build']);
    // Without npm, and so without a network.
    expect(await ensure({ npm: false })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(started()).toEqual([]);
  });
  it('builds again when a source changed, and only then', async () => {
    await ensure();
    started();
    write('src/a.ts', 'export const a = 2;\n');
    expect((await ensure({ npm: false })).code).toBe(0);
    expect(started()).toEqual(['build']);
    write('devnet/runtime/target/x.ts', 'no source of the build');
    write('test/b.ts', 'nor this');
    await ensure({ npm: false });
    expect(started()).toEqual([]);
    for (const path of ['dist', 'dist/program']) {
      rmSync(at(path), { recursive: true });
      await ensure({ npm: false });
      expect(started()).toEqual(['build']);
    }
  });
  it('installs again when the lockfile changed', async () => {
    await ensure();
    started();
    write('package-lock.json', lockfile('1.0.1'));
    await ensure();
    expect(started()).toEqual(['npm ci', 'build']);
  });
  it('accepts what somebody installed, if it is what the lockfile says', async () => {
    write('node_modules/a/index.js', '');
    write('node_modules/.package-lock.json', lockfile('1.0.0'));
    await ensure({ npm: false });
    expect(started()).toEqual(['build']);
    write('package-lock.json', lockfile('2.0.0'));
    await ensure();
    expect(started()).toEqual(['npm ci', 'build']);
    rmSync(at('node_modules/.bursar-lockfile'));
    write('node_modules/.package-lock.json', lockfile('2.0.0'));
    rmSync(at('node_modules/a'), { recursive: true });
    await ensure();
    expect(started()).toEqual(['npm ci']);
  });
  it('of several at once one works and the others wait', async () => {
    const all = await Promise.all([ensure(), ensure(), ensure()]);
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(started()).toEqual(['npm ci', 'build']);
    expect(existsSync(at('.cache/ensure.lock'))).toBe(false);
  });
  it('is not stopped by the lock of a process that was killed', async () => {
    // No process has this number: it is above the largest that Linux gives.
    write('.cache/ensure.lock', '4194305');
    expect((await ensure()).code).toBe(0);
    expect(started()).toEqual(['npm ci', 'build']);
  });
  it('says what failed, with 2, and tries again the next time', async () => {
    const failed = await ensure({ env: { NPM_FAILS: '1' } });
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toContain('Packages could not be installed');
    expect(started()).toEqual(['npm ci']);
    expect((await ensure()).code).toBe(0);
    expect(started()).toEqual(['npm ci', 'build']);
  });
  it.each(['18.20.0', '20.18.3'])('refuses Node %s in words', async (version) => {
    const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
    const refused = await ensure({ node: ['--import', `data:text/javascript,${encodeURIComponent(old)}`] });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toBe(
      `bursar needs Node 20.19 or newer; this is ${version}. Install a newer Node and run again.\n`,
    );
    expect(started()).toEqual([]);
  });
});
