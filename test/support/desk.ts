/** An operator's desk in front of a development chain: a configuration, key files, and the real command line. */

import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { DEV_PHRASE, type NamedAccount } from '../../devnet/accounts.js';
import { type Devnet, type DevnetOptions, startDevnet } from '../../devnet/index.js';
import { connect, type OpenChain } from '../../src/lib/chain/connect.js';
import { saveKey } from '../../src/lib/keys/keystore.js';
import { pairFromSecret } from '../../src/lib/keys/pairs.js';
import type { RuntimeCall } from '../../src/lib/tx/plan.js';
import { BIN, type Ended } from '../cli/process.js';
import { assertMatchesSchema } from './schema.js';

export type { Ended } from '../cli/process.js';

export const UNIT = 10_000_000_000n;

export interface DeskOptions extends DevnetOptions {
  /** Accounts whose keys are on the desk. */
  readonly keys: readonly string[];
  /** Passphrase of the keys. */
  readonly passphrase?: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; closed if absent. */
  readonly input?: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended & { readonly signal: NodeJS.Signals | null; readonly ms: number }>;
}

/** What `--json` printed: checked against its schema. */
export interface Printed {
  readonly schema: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into whatever came
  readonly result?: any;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    readonly exit: number;
    readonly details: unknown;
  };
}

export class Desk {
  /** Everything that the last runs printed, for tests that search it. */
  readonly transcript: string[] = [];
  #chain: Promise<OpenChain> | undefined;

  private constructor(
    readonly devnet: Devnet,
    /** Where configuration, keys, journal and caches are. */
    readonly directory: string,
    readonly configFile: string,
    readonly passphrase: string,
  ) {}

  static async open({
    keys,
    passphrase = 'a word that opens the desk',
    ...chain
  }: DeskOptions): Promise<Desk> {
    const devnet = await startDevnet({ port: 0, ...chain });
    const directory = mkdtempSync(join(tmpdir(), 'bursar-desk-'));
    const keysDir = join(directory, 'keys');
    mkdirSync(keysDir, { mode: 0o700 });
    chmodSync(directory, 0o700);
    writeFileSync(join(directory, 'passphrase'), `${passphrase}\n`, { mode: 0o600 });
    const configFile = join(directory, 'config.json');
    const config = {
      network: 'devnet',
      networks: {
        devnet: { endpoints: [devnet.url], genesisHash: devnet.genesisHash, specName: devnet.specName },
      },
      keysDir: 'keys',
      journalDir: 'journal',
      passphrases: Object.fromEntries(
        Object.keys(devnet.accounts).map((name) => [name, { file: 'passphrase' }]),
      ),
    };
    writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
    const desk = new Desk(devnet, directory, configFile, passphrase);
    for (const name of keys) await desk.addKey(name);
    return desk;
  }

  get journalDir(): string {
    return join(this.directory, 'journal');
  }

  /** Puts the key of a named account on the desk. */
  async addKey(name: string): Promise<void> {
    const { uri, type = 'sr25519' } = this.devnet.accounts[name] as NamedAccount;
    const { pair } = await pairFromSecret(`${DEV_PHRASE}${uri}`, 'uri', type);
    // The cheapest encryption that a key file may have.
    const cost = { N: 2 ** 15, r: 8, p: 1 };
    await saveKey(join(this.directory, 'keys'), name, pair, Buffer.from(this.passphrase), { cost });
  }

  /** All that is written in the journals. */
  journal(): string {
    if (!existsSync(this.journalDir)) return '';
    return readdirSync(this.journalDir)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
      .map((name) => readFileSync(join(this.journalDir, name), 'utf8'))
      .join('');
  }

  address(name: string): string {
    const account = this.devnet.accounts[name];
    if (account === undefined) throw new Error(`no account ${name}`);
    return account.address;
  }

  /** Starts the command line as a process of its own. */
  start(args: readonly string[], { env = {}, input }: RunOptions = {}): Running {
    const started = performance.now();
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...this.environment, ...env },
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended & { signal: NodeJS.Signals | null; ms: number }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        this.transcript.push(stdout, stderr);
        resolve({ code, signal, stdout, stderr, ms: performance.now() - started });
      });
    });
    return { child, ended };
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.directory,
      BURSAR_CONFIG: this.configFile,
      BURSAR_DATA_DIR: join(this.directory, 'data'),
      BURSAR_CACHE_DIR: join(this.directory, 'cache'),
    };
  }

  run(args: readonly string[], options?: RunOptions) {
    return this.start(args, options).ended;
  }

  /** Runs with `--json` and expects the code; the output is one object that matches its schema. */
  async json(args: readonly string[], code = 0, options?: RunOptions): Promise<Printed> {
    return printed(args, await this.run([...args, '--json'], options), code);
  }

  /** Runs for a person and expects the code; an error is text on stderr and no stack. */
  async text(args: readonly string[], code = 0, options?: RunOptions): Promise<Ended> {
    const ended = await this.run(args, options);
    assertText(args, ended, code);
    return ended;
  }

  /** The same with and without `--json`, both at once: for what changes nothing. */
  async both(
    args: readonly string[],
    code: number,
    options?: RunOptions,
  ): Promise<{ json: Printed; text: Ended }> {
    const [json, text] = await Promise.all([this.json(args, code, options), this.text(args, code, options)]);
    return { json, text };
  }

  /** The chain, read by the library in this process. */
  chain(): Promise<OpenChain> {
    this.#chain ??= connect({ endpoints: [this.devnet.url], timeoutMs: 3_600_000 });
    return this.#chain;
  }

  /** Call data. */
  async encode(call: RuntimeCall): Promise<string> {
    return (await this.chain()).encodeCall(call).hex;
  }

  /** An account's nonce on the best block. */
  async nonce(name: string): Promise<number> {
    return Number(await (await this.chain()).rpc.request('system_accountNextIndex', [this.address(name)]));
  }

  /** How many extrinsics of an account are in the blocks after `from`. */
  async sentBy(name: string, from: number): Promise<number> {
    const chain = await this.chain();
    const head = await this.devnet.head();
    let count = 0;
    for (let number = from + 1; number <= head; number += 1) {
      const hash = await chain.rpc.request<string>('chain_getBlockHash', [number]);
      const { block } = await chain.rpc.request<{ block: { extrinsics: string[] } }>('chain_getBlock', [
        hash,
      ]);
      for (const hex of block.extrinsics)
        if (chain.runtime.decodeExtrinsic(hex).signer === this.address(name)) count += 1;
    }
    return count;
  }

  async close(): Promise<void> {
    await (await this.#chain)?.close();
    await this.devnet.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @returns the one object that `--json` printed */
export function printed(args: readonly string[], ended: Ended, code: number): Printed {
  const line = `bursar ${args.join(' ')} --json\n${ended.stdout}\n${ended.stderr}`;
  expect(ended.code, line).toBe(code);
  assertNoStack(line, ended);
  const output = assertMatchesSchema(ended.stdout) as unknown as Printed;
  if (code === 0 || code === 3) expect(output.error, line).toBeUndefined();
  else {
    expect(output.error?.exit, line).toBe(code);
    expect(output.error?.code, line).toMatch(/^[A-Z][A-Z0-9_]+$/);
  }
  return output;
}

export function assertText(args: readonly string[], ended: Ended, code: number): void {
  const line = `bursar ${args.join(' ')}\n${ended.stdout}\n${ended.stderr}`;
  expect(ended.code, line).toBe(code);
  assertNoStack(line, ended);
  if (code === 0 || code === 3) {
    expect(ended.stdout.trim(), line).not.toBe('');
    expect(ended.stderr, line).not.toMatch(/^error:/m);
  } else {
    expect(ended.stderr, line).toMatch(/^error: \S/m);
    // The result may be there beside the error, but never the error.
    expect(ended.stdout, line).not.toMatch(/^(error|hint):/m);
  }
}

function assertNoStack(line: string, { stdout, stderr }: Ended): void {
  expect(`${stdout}${stderr}`, line).not.toMatch(/\n\s+at .*:\d+:\d+|node_modules/);
}
