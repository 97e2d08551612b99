/**
 * The tour: the nomination workflow on the development chain, each step as the command that an operator would type, run
 * as a process of its own over a socket. The tour itself only starts the chain, lets time pass, and reads the books.
 */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type OpenChain } from '../src/lib/chain/connect.js';
import { BursarError, interruptedError } from '../src/lib/errors.js';
import { readStakingFacts } from '../src/lib/staking/facts.js';
import type { AccountFacts } from '../src/lib/staking/types.js';
import { headOf } from '../src/lib/tx/locate.js';
import type { View } from '../src/lib/view.js';
import { type Pots, palletAccount, placed, readBalance, readFlows } from './books.js';
import { packageRoot } from './cache.js';
import { type Devnet, startDevnet } from './index.js';
import { writeKit } from './kit.js';
import type { TourResult, TourStep } from './tourResult.js';
import { type Command, script } from './tourScript.js';
import { chapterView, introView, stepView } from './tourView.js';

export interface TourOptions {
  readonly signal?: AbortSignal;
  /** Told while it happens. */
  readonly tell: (view: View) => Promise<void>;
}

export async function tour({ signal, tell }: TourOptions): Promise<TourResult> {
  const started = performance.now();
  const directory = await mkdtemp(join(tmpdir(), 'bursar-tour-'));
  let devnet: Devnet | undefined;
  let chain: OpenChain | undefined;
  try {
    devnet = await startDevnet({ preset: 'tour', port: 0, mode: 'instant' });
    const { accounts, url, genesisHash, specName } = devnet;
    const kit = await writeKit({
      directory,
      url,
      genesisHash,
      specName,
      accounts: Object.values(accounts),
      fresh: true,
    });
    chain = await connect({
      endpoints: [url],
      timeoutMs: 600_000,
      expect: { genesisHash },
      ...(signal ? { signal } : {}),
    });
    await tell(introView(url, genesisHash));
    const pots: Pots = { fees: await palletAccount('PotStake'), treasury: await palletAccount('py/trsry') };
    const first = await headOf(chain, 'best');
    const before = await readBalance(chain, pots, first);
    const stash = accounts.newcomer!.address;
    const wealthBefore = await wealth(chain, stash, first.hash);
    const steps: TourStep[] = [];
    for await (const chapter of script(devnet, chain)) {
      if (signal?.aborted) throw interruptedError('INTERRUPTED', 'Interrupted.');
      if ('text' in chapter) await tell(chapterView(chapter.text));
      else if ('eras' in chapter) {
        await devnet.advance({ eras: chapter.eras });
        await tell(
          chapterView(
            `${chapter.eras === 1 ? 'An era passes' : `${chapter.eras} eras pass`} (bursar devnet advance --eras ${chapter.eras}): ${chapter.why}.`,
          ),
        );
      } else {
        const address = chapter.about === undefined ? null : accounts[chapter.about]!.address;
        const step = await runStep(chain, kit.configFile, chapter, address, signal);
        steps.push(step);
        await tell(stepView(step, chain.token));
      }
    }
    const last = await headOf(chain, 'best');
    const after = await readBalance(chain, pots, last);
    const chainFlows = await readFlows(chain, first.number, last.number);
    const stashFlows = await readFlows(chain, first.number, last.number, stash);
    const wealthAfter = await wealth(chain, stash, last.hash);
    const stashBalanced =
      wealthBefore + stashFlows.rewards - stashFlows.slashes - stashFlows.fees === wealthAfter;
    const chainBalanced =
      placed(before) === before.totalIssuance &&
      placed(after) === after.totalIssuance &&
      before.totalIssuance + chainFlows.rewards + chainFlows.minted - chainFlows.burned ===
        after.totalIssuance;
    const { symbol, decimals } = chain.token;
    return {
      url,
      genesisHash,
      token: { symbol, decimals },
      steps,
      stash: {
        address: stash,
        before: wealthBefore,
        after: wealthAfter,
        flows: stashFlows,
        balanced: stashBalanced,
      },
      chain: { before, after, flows: chainFlows, balanced: chainBalanced },
      balanced: stashBalanced && chainBalanced,
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
  } finally {
    await chain?.close();
    await devnet?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Everything an account owns: free, and held (its stake is a hold). */
async function wealth(chain: OpenChain, account: string, at: string): Promise<bigint> {
  const [value] = await chain.read([{ pallet: 'System', item: 'Account', keys: [account] }], at);
  const { data } = value as unknown as { data: { free: bigint; reserved: bigint } };
  return data.free + data.reserved;
}

/** The stake of an account at the newest block. */
async function stakeOf(chain: OpenChain, address: string): Promise<AccountFacts> {
  const head = await headOf(chain, 'best');
  const facts = await readStakingFacts(chain.at({ ...head, timestamp: chain.reference.timestamp }), {
    accounts: [address],
  });
  return facts.accounts[0] as AccountFacts;
}

interface Printed {
  readonly result?: {
    readonly idle?: string | null;
    readonly dryRun?: boolean;
    readonly fee?: string | null;
    readonly calls?: readonly { readonly pallet: string; readonly call: string; readonly reason: string }[];
    readonly outcome?: {
      readonly kind: string;
      readonly fee?: string;
      readonly block?: { readonly number: number };
    } | null;
    readonly accounts?: readonly { readonly role: string; readonly advice: readonly unknown[] }[];
    readonly transactions?: readonly unknown[];
  };
  readonly error?: { readonly message: string };
}

async function runStep(
  chain: OpenChain,
  config: string,
  chapter: Command,
  address: string | null,
  signal?: AbortSignal,
): Promise<TourStep> {
  const { args, expect = 0 } = chapter;
  const before = address === null ? null : await stakeOf(chain, address);
  const { stdout, exit } = await bursar(config, [...args, '--json'], signal);
  const printed = parse(stdout);
  if (exit !== expect) {
    throw new BursarError(
      1,
      'TOUR_STEP',
      `bursar ${args.join(' ')} ended with ${exit} instead of ${expect}: ${printed.error?.message ?? stdout.slice(0, 500)}`,
      {
        hint: 'This is a bug of the tour or of bursar.',
      },
    );
  }
  const { result } = printed;
  const outcome = result?.outcome ?? null;
  const fee = outcome?.fee ?? result?.fee ?? null;
  return {
    command: `bursar ${args.join(' ')}`,
    exit,
    answer: answerOf(printed),
    block: outcome?.block?.number ?? null,
    fee: fee === null ? null : BigInt(fee),
    before,
    after: address === null ? null : await stakeOf(chain, address),
  };
}

function answerOf({ result, error }: Printed): string {
  if (error) return error.message;
  if (result?.idle) return result.idle;
  if (result?.accounts)
    return result.accounts
      .map(
        ({ role, advice }) =>
          `${role === 'none' ? 'not bonded' : role}${advice.length > 0 ? `, ${advice.length} to look at` : ''}`,
      )
      .join('; ');
  if (result?.transactions) return `${result.transactions.length} transactions were sent, none is open`;
  const calls = counted((result?.calls ?? []).map(({ pallet, call }) => `${pallet}.${call}`));
  return result?.dryRun ? `would do ${calls}; nothing was sent` : `${calls}: ok`;
}

/** `a, a, b` as `a ×2, b`. */
function counted(names: readonly string[]): string {
  const times = (name: string) => names.filter((other) => other === name).length;
  return [...new Set(names)].map((name) => (times(name) > 1 ? `${name} ×${times(name)}` : name)).join(', ');
}

function parse(stdout: string): Printed {
  try {
    return JSON.parse(stdout) as Printed;
  } catch {
    return {};
  }
}

/** Runs the binary as an operator would: its own process, its own connection. */
function bursar(
  config: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<{ stdout: string; exit: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(packageRoot, 'bin', 'run.js'), ...args], {
      env: { ...process.env, BURSAR_CONFIG: config, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
      ...(signal ? { signal } : {}),
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.on('error', (error) =>
      reject(signal?.aborted ? interruptedError('INTERRUPTED', 'Interrupted.') : error),
    );
    child.on('close', (code) => resolve({ stdout, exit: code ?? 130 }));
  });
}
