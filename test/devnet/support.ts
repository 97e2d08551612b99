/** What the devnet's tests share: a JSON-RPC client without manners, signing, and the devnet as another process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { WebSocket } from 'ws';
import { DEV_PHRASE } from '../../devnet/accounts.js';
import { packageRoot } from '../../devnet/cache.js';

export interface RpcAnswer {
  readonly jsonrpc: string;
  readonly id: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** A WebSocket that sends any text and keeps everything it receives. */
export class RawSocket {
  // biome-ignore lint/suspicious/noExplicitAny: see RpcAnswer
  readonly received: any[] = [];
  #wake: () => void = () => {};
  #nextId = 1;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => {
      this.received.push(JSON.parse(data.toString()));
      this.#wake();
    });
  }

  static async open(url: string): Promise<RawSocket> {
    const socket = new WebSocket(url);
    const raw = new RawSocket(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return raw;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** The first message, already here or still to come, that matches. */
  // biome-ignore lint/suspicious/noExplicitAny: see RpcAnswer
  async next(matches: (message: any) => boolean, ms = 30_000): Promise<any> {
    const end = Date.now() + ms;
    for (;;) {
      const found = this.received.find(matches);
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`nothing matched in ${JSON.stringify(this.received)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 50);
      });
    }
  }

  async call(method: string, params: unknown = []): Promise<RpcAnswer> {
    const id = `t${this.#nextId}`;
    this.#nextId += 1;
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return this.next((message) => message.id === id);
  }

  /** Results only. */
  // biome-ignore lint/suspicious/noExplicitAny: see RpcAnswer
  async ask(method: string, params: unknown = []): Promise<any> {
    const { result, error } = await this.call(method, params);
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }

  close(): void {
    this.socket.terminate();
  }
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bursar-devnet-'));
  folders.push(folder);
  return folder;
}

// biome-ignore lint/suspicious/noExplicitAny: the chain's own names, unknown to the compiler
type Section = Record<string, Record<string, any>>;

/** An API without the static types of other chains. */
export interface Api {
  readonly query: Section;
  readonly tx: Section;
  readonly call: Section;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  createType(name: string, ...args: unknown[]): any;
  disconnect(): Promise<void>;
}

/** An API on a devnet in this process. */
export async function connect(url: string): Promise<Api> {
  const { ApiPromise, WsProvider } = await import('@polkadot/api');
  return (await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true })) as unknown as Api;
}

export async function devKey(uri: string) {
  const { Keyring } = await import('@polkadot/keyring');
  const { cryptoWaitReady } = await import('@polkadot/util-crypto');
  await cryptoWaitReady();
  return new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(`${DEV_PHRASE}${uri}`);
}

export interface OtherProcess {
  readonly child: ChildProcess;
  /** The first line of standard output that matches. */
  line(pattern: RegExp, ms?: number): Promise<RegExpMatchArray>;
  readonly exited: Promise<number | NodeJS.Signals | null>;
}

/** Run a script (ES module text) as a process of its own, in the package's folder so that its packages are found. */
export function runScript(code: string, args: readonly string[] = []): OtherProcess {
  const path = join(
    packageRoot,
    'node_modules',
    '.cache',
    `bursar-test-${process.pid}-${Date.now()}-${Math.random()}.mjs`,
  );
  writeFileSync(path, code);
  const child = spawn(process.execPath, [path, ...args], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('exit', (exitCode, signal) => {
      rmSync(path, { force: true });
      resolve(signal ?? exitCode);
    });
  });
  return {
    child,
    exited,
    line: async (pattern, ms = 30_000) => {
      const end = Date.now() + ms;
      for (;;) {
        const match = output.match(pattern);
        if (match !== null) return match;
        if (Date.now() > end || (child.exitCode !== null && child.stdout.destroyed))
          throw new Error(`no line ${pattern}: ${output}\n${errors}`);
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
  };
}

let bundled: Promise<string> | undefined;

/** The devnet's sources as one importable module, for processes that cannot load TypeScript. @returns its file URL */
export function bundledDevnet(): Promise<string> {
  bundled ??= (async () => {
    const { build } = await import('esbuild');
    const outdir = join(packageRoot, 'node_modules', '.cache', `bursar-test-devnet-${process.pid}`);
    folders.push(outdir);
    await build({
      entryPoints: [join(packageRoot, 'devnet', 'index.ts')],
      outdir,
      bundle: true,
      splitting: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outExtension: { '.js': '.mjs' },
      logLevel: 'warning',
    });
    return new URL(`file://${join(outdir, 'index.mjs')}`).href;
  })();
  return bundled;
}
