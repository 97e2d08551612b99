import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The command line as users start it; BURSAR_TEST_BIN tests another copy of it (an installed package). */
export const BIN = process.env.BURSAR_TEST_BIN ?? `${REPOSITORY}bin/run.js`;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly bin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Signals to send once stderr contains a text. */
  readonly signals?: readonly { readonly when: string; readonly signal: NodeJS.Signals }[];
  /** Close stdout after this many bytes, as `head` does. */
  readonly closeAfter?: number;
}

/** Runs the command line in a clean environment and waits for its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { bin = BIN, env = {}, signals = [], closeAfter } = options;
  const child = spawn(process.execPath, [bin, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: '/nonexistent',
      BURSAR_CONFIG_DIR: '/nonexistent/bursar',
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  const waiting = [...signals];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (closeAfter !== undefined && stdout.length >= closeAfter) child.stdout.destroy();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    while (waiting[0] !== undefined && stderr.includes(waiting[0].when)) child.kill(waiting.shift()!.signal);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
