/** The cluster's scripts as local processes, as Kubernetes numbers them and as Slurm does: the same GPMP as a single run. */

import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/lib/pofbs/types.js';
import { BIN, REPOSITORY, run } from '../cli/process.js';
import { manifestOf, publish, snapshotOf } from '../lib/pofbs/published.js';

const SCRIPTS = `${REPOSITORY}examples/pofbs-cluster`;
const scratch = mkdtempSync(join(tmpdir(), 'bursar-cluster-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const snapshot = snapshotOf(300_000);
const EPOCH = join(scratch, 'epoch');
let manifest: Manifest;
beforeAll(async () => {
  manifest = await manifestOf({ USDC: snapshot });
  publish(EPOCH, { USDC: snapshot }, manifest);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
function script(name: string, env: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> {
  const child = spawn('sh', [join(SCRIPTS, name), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: scratch, BURSAR: `${process.execPath} ${BIN}`, ...env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}
function results(name: string): string {
  mkdirSync(join(scratch, name));
  return join(scratch, name);
}

describe('part.sh and merge.sh', () => {
  it.each(['JOB_COMPLETION_INDEX', 'SLURM_ARRAY_TASK_ID', 'INDEX'])('numbered by %s', async (variable) => {
    const env = { EPOCH, PARTS: '4', RESULTS: results(variable) };
    const ended = await Promise.all(
      [0, 1, 2, 3].map((part) => script('part.sh', { ...env, [variable]: String(part) })),
    );
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { code, stdout } = await script('merge.sh', { ...env, GPMP: manifest.gpmp }, '--json');
    const single = await run(['pofbs', 'verify', EPOCH, '--json']);
    expect([code, single.code]).toEqual([0, 0]);
    const [joined, whole] = [stdout, single.stdout].map((text) => JSON.parse(text).result);
    expect(joined.gpmp.computed).toBe(manifest.gpmp);
    expect(joined.gpmp.computed).toBe(whole.gpmp.computed);
  });
  it('a part that is FALSE ends well, and the merge tells', async () => {
    const lines = `${snapshot}`.split('\n');
    const changed = Buffer.from(lines.with(200_000, lines[200_001]!).join('\n'));
    const epoch = publish(join(scratch, 'false'), { USDC: changed }, manifest);
    const env = { EPOCH: epoch, PARTS: '2', RESULTS: results('of-false') };
    for (const INDEX of ['0', '1']) expect((await script('part.sh', { ...env, INDEX })).code).toBe(0);
    const { code, stdout } = await script('merge.sh', env, '--json');
    expect([code, JSON.parse(stdout).result.first.rule]).toEqual([9, 'C6']);
  });
  it('a part that cannot be read does not end well', async () => {
    const env = { EPOCH: join(scratch, 'nowhere'), PARTS: '2', RESULTS: results('none'), INDEX: '0' };
    expect((await script('part.sh', env)).code).toBe(2);
    expect((await script('merge.sh', env)).code).toBe(2);
  });
});

describe('slurm.sh', () => {
  it('submits an array and a merge that depends on it', async () => {
    const path = results('path');
    // Runs what it is given at once, a task for each index of the array.
    const sbatch = `#!/bin/sh
for last; do :; done
case "$*" in
  *--array=0-2*) for i in 0 1 2; do SLURM_ARRAY_TASK_ID=$i sh "$last" >&2 || exit 1; done; echo 4711 ;;
  *--dependency=afterok:4711*) sh "$last" --json ;;
  *) exit 1 ;;
esac
`;
    writeFileSync(join(path, 'sbatch'), sbatch);
    chmodSync(join(path, 'sbatch'), 0o755);
    const env = { EPOCH, PARTS: '3', RESULTS: results('slurm'), PATH: `${path}:${process.env.PATH}` };
    const { code, stdout } = await script('slurm.sh', env);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).result.gpmp.computed).toBe(manifest.gpmp);
  });
});

describe('kubernetes.yaml', () => {
  it('runs both scripts, with the variables that they need and as many parts as pods', () => {
    const yaml = readFileSync(join(SCRIPTS, 'kubernetes.yaml'), 'utf8');
    const pods = /completions: (\d+)/.exec(yaml)?.[1];
    expect([...yaml.matchAll(/name: PARTS, value: '(\d+)'/g)].map(([, parts]) => parts)).toEqual([
      pods,
      pods,
    ]);
    for (const name of ['part.sh', 'merge.sh']) expect(yaml).toContain(`/opt/pofbs-cluster/${name}`);
    for (const variable of ['EPOCH', 'RESULTS']) expect(yaml.split(`name: ${variable},`).length).toBe(3);
    expect(yaml).toContain('completionMode: Indexed');
  });
});
