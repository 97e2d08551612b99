/** Is everything in order before money moves: machine, keys, journal, endpoints, chain. Checks only read. */

import { type Agree, checkAgreement, exitOf } from '../chain/agree.js';
import { connect, type OpenChain } from '../chain/connect.js';
import { stakingKind } from '../chain/features.js';
import type { Fork } from '../chain/fork.js';
import { RpcClient } from '../chain/rpc.js';
import type { Token } from '../chain/types.js';
import { BursarError, type ExitCode } from '../errors.js';
import { listKeys } from '../keys/keystore.js';
import { formatDuration } from '../numeric/duration.js';
import { showUrl } from '../shown.js';
import type { MetadataHashPolicy } from '../tx/commitment.js';
import { resolveCommand } from '../tx/follow.js';
import { isOpen, Journal } from '../tx/journal.js';
import type { Check } from '../tx/plan.js';
import { relayedTo, type StakingHome, trustChecks } from './trust.js';

export interface DoctorOptions {
  readonly endpoints: readonly string[];
  readonly expect: { readonly genesisHash?: string; readonly specName?: string };
  readonly token: Partial<Token>;
  readonly timeoutMs: number;
  readonly keysDir: string;
  readonly journalDir: string;
  readonly cacheDir?: string;
  /** Whether signatures are to commit to the metadata. */
  readonly metadataHash?: MetadataHashPolicy;
  /** Known networks that hold the staking of their relay chain. */
  readonly networks?: readonly StakingHome[];
  /** `process.versions.node` and the oldest version that is supported. */
  readonly node: { readonly version: string; readonly minimum: string };
  /** Unix milliseconds now. */
  readonly now: () => number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
  /** The command that finds out what became of a transaction, as it can be typed here. Default `bursar tx status HASH`. */
  readonly resolveWith?: (txHash: string) => string;
  /** What is done when no second endpoint can be asked, as for sending. Default `require`. */
  readonly agree?: Agree;
  /** Called with what the chain says that it is a fork of; null when it does not say so. */
  readonly onFork?: (fork: Fork | null) => void;
}

export interface Diagnosis {
  readonly checks: readonly Check[];
  /** The code of the first failed check: 2, 4 or 5; 0 when none failed. */
  readonly exit: ExitCode;
}

/** A chain's head that is older than this has stopped, or the machine's clock is wrong. */
const STALE_MS = 5 * 60_000;
const AHEAD_MS = 30_000;
const SLOW_MS = 1_000;

interface Finding {
  readonly check: Check;
  /** With which code the command ends when the check failed. */
  readonly exit: ExitCode;
}

export async function diagnose(options: DoctorOptions): Promise<Diagnosis> {
  const findings: Finding[] = [
    nodeVersion(options),
    ...(await keyFiles(options)),
    ...(await openTransactions(options)),
  ];
  const reached: string[] = [];
  for (const endpoint of options.endpoints) {
    options.onProgress?.(`asking ${showUrl(endpoint)}`);
    const finding = await reach(endpoint, options);
    findings.push(finding);
    if (finding.check.ok !== false) reached.push(endpoint);
  }
  if (reached.length > 0) findings.push(...(await chainChecks(reached, options)));
  const failed = findings.find(({ check }) => check.ok === false);
  // One endpoint of several that is down is a warning: the next one is used.
  const softened = findings.map(({ check }) =>
    check.id === 'ENDPOINT' && check.ok === false && reached.length > 0
      ? { ...check, ok: 'warn' as const }
      : check,
  );
  const hard = softened.find((check) => check.ok === false);
  return {
    checks: softened,
    exit:
      hard && failed
        ? (findings.find(({ check }) => check.id === hard.id && check.ok === false)?.exit ?? 4)
        : 0,
  };
}

function nodeVersion({ node }: DoctorOptions): Finding {
  const parts = (version: string) => version.split('.').map(Number);
  const [a, b] = [parts(node.version), parts(node.minimum)];
  const order = a.map((part, index) => part - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
  return order >= 0
    ? { exit: 0, check: { id: 'NODE', ok: true, title: `Node ${node.version}` } }
    : {
        exit: 2,
        check: {
          id: 'NODE',
          ok: false,
          title: `Node ${node.version} is too old`,
          remedy: `Install Node ${node.minimum} or newer.`,
        },
      };
}

async function keyFiles({ keysDir }: DoctorOptions): Promise<Finding[]> {
  const id = 'KEYS';
  try {
    const { keys, unusable } = await listKeys(keysDir);
    const exposed = keys.filter((key) => !key.private);
    const findings: Finding[] = exposed.map((key) => ({
      exit: 4,
      check: {
        id,
        ok: false,
        title: `The key file of ${key.name} can be read by others`,
        detail: key.file,
        remedy: `chmod 600 ${key.file}`,
      },
    }));
    findings.push(
      ...unusable.map(
        (file): Finding => ({
          exit: 0,
          check: { id, ok: 'warn', title: `${file.file} is not a usable key`, detail: file.problem },
        }),
      ),
    );
    if (findings.length > 0) return findings;
    const title =
      keys.length === 0
        ? 'No keys here'
        : `${keys.length} key${keys.length === 1 ? '' : 's'}, readable by this user only`;
    return [{ exit: 0, check: { id, ok: true, title, detail: keysDir } }];
  } catch (error) {
    if (!(error instanceof BursarError)) throw error;
    return [
      {
        exit: error.exit,
        check: { id, ok: false, title: error.message, ...(error.hint ? { remedy: error.hint } : {}) },
      },
    ];
  }
}

async function openTransactions({
  journalDir,
  expect,
  resolveWith = resolveCommand,
}: DoctorOptions): Promise<Finding[]> {
  const id = 'JOURNAL';
  const { records, problems } = await Journal.all(journalDir, expect.genesisHash);
  const findings = problems.map(
    ({ exit, message, hint }): Finding => ({
      exit,
      check: { id, ok: false, title: message, ...(hint ? { remedy: hint } : {}) },
    }),
  );
  const open = records.filter((record) => isOpen(record) && record.fork === undefined);
  if (open[0] !== undefined)
    findings.push({
      exit: 0,
      check: {
        id,
        ok: 'warn',
        title: `${open.length} transaction${open.length === 1 ? ' is' : 's are'} unresolved`,
        remedy: resolveWith(open[0].txHash),
      },
    });
  if (findings.length > 0) return findings;
  return [{ exit: 0, check: { id, ok: true, title: 'No transaction is unresolved', detail: journalDir } }];
}

async function reach(url: string, options: DoctorOptions): Promise<Finding> {
  const id = 'ENDPOINT';
  const endpoint = showUrl(url);
  const rpc = new RpcClient({
    endpoints: [url],
    timeoutMs: Math.min(options.timeoutMs, 10_000),
    rounds: 1,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  try {
    await rpc.open();
    const started = performance.now();
    const genesis = await rpc.request<string>('chain_getBlockHash', [0]);
    const latency = Math.round(performance.now() - started);
    const wanted = options.expect.genesisHash;
    if (wanted !== undefined && genesis !== wanted) {
      return {
        exit: 4,
        check: {
          id: 'IDENTITY',
          ok: false,
          title: `${endpoint} is another chain`,
          detail: `genesis ${genesis}, expected ${wanted}`,
          remedy: 'Check --rpc and --network.',
        },
      };
    }
    return {
      exit: 0,
      check: { id, ok: latency > SLOW_MS ? 'warn' : true, title: `${endpoint} answers in ${latency} ms` },
    };
  } catch (error) {
    if (error instanceof BursarError && error.code === 'INTERRUPTED') throw error;
    const said = error instanceof Error ? error.message : String(error);
    // The title names the endpoint already.
    const why = said.replace('No endpoint answered. ', '').replace(`${endpoint}: `, '');
    return {
      exit: 5,
      check: {
        id,
        ok: false,
        title: `${endpoint} does not answer`,
        detail: why,
        remedy: 'Check the address, or name another endpoint with --rpc.',
      },
    };
  } finally {
    rpc.close();
  }
}

async function chainChecks(endpoints: readonly string[], options: DoctorOptions): Promise<Finding[]> {
  let chain: OpenChain;
  try {
    chain = await connect({ ...options, endpoints });
  } catch (error) {
    if (!(error instanceof BursarError) || error.code === 'INTERRUPTED') throw error;
    return [
      {
        exit: error.exit,
        check: {
          id: error.code,
          ok: false,
          title: error.message,
          ...(error.hint ? { remedy: error.hint } : {}),
        },
      },
    ];
  }
  try {
    const { identity, reference } = chain;
    options.onFork?.(chain.fork);
    const info = (id: string, title: string, detail?: string): Finding => ({
      exit: 0,
      check: { id, ok: true, title, ...(detail ? { detail } : {}) },
    });
    return [
      info(
        'IDENTITY',
        `${identity.name || 'The chain'} runs ${identity.specName} ${identity.specVersion}`,
        `genesis ${identity.genesisHash}${options.expect.genesisHash ? ', as expected' : ', not checked: none is configured'}`,
      ),
      ...forkCheck(chain),
      ...(await agreement(chain, options)),
      ...(await trustChecks(chain, endpoints, options)).map(
        (check): Finding => ({ exit: exitOf(check.id), check }),
      ),
      clock(reference.timestamp, options.now(), reference.number, identity.specName),
      ...features(chain, options),
    ];
  } finally {
    await chain.close();
  }
}

function forkCheck({ fork, endpoint }: OpenChain): Finding[] {
  if (fork === null) return [];
  const from = fork.block === null ? '' : `, from block ${fork.block} on`;
  const check: Check = {
    id: 'FORK',
    ok: 'warn',
    title: `This is a fork${from}: nothing here is real`,
    detail: `according to ${endpoint}`,
    remedy: 'Name an endpoint of the chain itself with --rpc, if that was meant.',
  };
  return [{ exit: 0, check }];
}

/** What every sending asks of all endpoints that are configured, the ones that do not answer among them. */
async function agreement(
  chain: OpenChain,
  { endpoints, agree = 'require', signal }: DoctorOptions,
): Promise<Finding[]> {
  const check = await checkAgreement(chain, { endpoints, agree, ...(signal ? { signal } : {}) });
  return check === undefined ? [] : [{ exit: exitOf(check.id), check }];
}

function clock(block: number, now: number, number: number, specName: string): Finding {
  const id = 'CLOCK';
  const behind = now - block;
  if (specName === 'bursar-devnet' || specName === 'bursar-classic')
    return {
      exit: 0,
      check: {
        id,
        ok: true,
        title: `Finalized block ${number}`,
        detail: 'the development chain keeps its own time',
      },
    };
  if (behind < -AHEAD_MS)
    return {
      exit: 0,
      check: {
        id,
        ok: 'warn',
        title: `The chain is ${formatDuration(-behind)} ahead of this machine`,
        remedy: "Set the machine's clock (NTP).",
      },
    };
  if (behind > STALE_MS)
    return {
      exit: 0,
      check: {
        id,
        ok: 'warn',
        title: `The finalized block ${number} is ${formatDuration(behind)} old`,
        remedy: "The endpoint has stopped following the chain, or this machine's clock is wrong.",
      },
    };
  return {
    exit: 0,
    check: {
      id,
      ok: true,
      title: `Finalized block ${number}, ${formatDuration(Math.max(1_000, behind))} old`,
    },
  };
}

function features(chain: OpenChain, { networks = [] }: DoctorOptions): Finding[] {
  const found: Finding[] = [];
  const say = (id: string, ok: Check['ok'], title: string, remedy?: string) =>
    found.push({ exit: 4, check: { id, ok, title, ...(remedy ? { remedy } : {}) } });
  const moved = relayedTo(chain, networks);
  try {
    if (moved)
      say(
        'STAKING',
        'warn',
        `Staking is not here any more: ${moved.title} has it`,
        `bursar doctor --network ${moved.name}`,
      );
    else
      say(
        'STAKING',
        true,
        stakingKind(chain) === 'async'
          ? 'Staking: pallet-staking-async'
          : 'Staking: the classic pallet-staking',
      );
  } catch (error) {
    say('STAKING', 'warn', (error as Error).message, (error as BursarError).hint);
  }
  const parts: [string, boolean, string, string][] = [
    ['PROXY', chain.hasPallet('Proxy'), 'Proxies', '--proxy-for cannot be used'],
    ['MULTISIG', chain.hasPallet('Multisig'), 'Multisig', 'multisig accounts cannot be used'],
    ['BATCH', chain.hasCall('Utility', 'batch_all'), 'Batches', 'plans of several calls cannot be sent'],
    [
      'DRY_RUN',
      chain.hasApi('DryRunApi', 'dry_run_call'),
      'Dry runs',
      'calls cannot be rehearsed: only fee and balances are checked',
    ],
    ['POOLS', chain.hasPallet('NominationPools'), 'Nomination pools', 'pools cannot be used'],
  ];
  for (const [id, has, title, without] of parts)
    say(id, has ? true : 'warn', has ? title : `No ${title.toLowerCase()}: ${without}`);
  const obstacles = chain.runtime.obstacles();
  if (obstacles.length === 0) say('EXTENSIONS', true, 'Every transaction extension is understood');
  for (const { code, text } of obstacles)
    say(
      code === 'UNKNOWN_EXTENSION' ? 'EXTENSIONS' : code,
      false,
      `Nothing can be signed for this chain: ${text}`,
      'bursar reads this chain and cannot send to it; a newer version may be able to.',
    );
  return found;
}
