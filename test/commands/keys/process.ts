/** The real binary with a home of its own, input, descriptors, and a search for secrets in all that it left. */

import { spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { BIN, type Ended } from '../../cli/process.js';

export interface Invocation {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A file to open as descriptor 3. */
  readonly fd3?: string;
}

const homes: string[] = [];
afterAll(() => {
  for (const root of homes) rmSync(root, { recursive: true, force: true });
});

export class Home {
  readonly root = mkdtempSync(join(tmpdir(), 'bursar-keys-cli-'));
  /** All that bursar may write is below this. */
  readonly own = join(this.root, 'own');
  readonly keys = join(this.own, 'keys');
  /** What the test gives to bursar. */
  readonly given = join(this.root, 'given');
  #files = 0;

  constructor() {
    mkdirSync(this.own);
    mkdirSync(this.given);
    homes.push(this.root);
  }

  /** A new file with this content. */
  file(content: string | Uint8Array, mode = 0o600): string {
    this.#files += 1;
    const path = join(this.given, `input-${this.#files}`);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  bursar(args: readonly string[], { stdin, env = {}, fd3 }: Invocation = {}): Promise<Ended> {
    const third = fd3 === undefined ? [] : [openSync(fd3, 'r')];
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: this.own,
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', ...third],
      env: { PATH: process.env.PATH ?? '', HOME: this.own, BURSAR_CONFIG_DIR: this.own, ...env },
    });
    for (const fd of third) closeSync(fd);
    child.stdin?.on('error', () => undefined).end(stdin);
    return new Promise((resolve, reject) => {
      const read = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name]!.setEncoding('utf8').on('data', (text: string) => {
          read[name] += text;
        });
      }
      child.on('error', reject);
      child.on('close', (code) => resolve({ code, ...read }));
    });
  }

  /** The contents of every file that bursar wrote. */
  written(): string {
    const files = readdirSync(this.own, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
  }
}

/** Runs jobs, two at a time: the machines that test this have two cores. */
export async function inPairs<T, R>(jobs: readonly T[], work: (job: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...jobs.entries()];
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift())
      results[job[0]] = await work(job[1]);
  };
  await Promise.all([worker(), worker()]);
  return results;
}
