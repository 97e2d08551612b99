/** `validators watch`: a first look, printed as a report, and then one line for each change until it is interrupted. */

import { readFile } from 'node:fs/promises';
import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import type { Fork } from '../lib/chain/fork.js';
import { sleep } from '../lib/chain/rpc.js';
import { BursarError, EXIT, usageError } from '../lib/errors.js';
import { formatDuration } from '../lib/numeric/duration.js';
import { oneLine } from '../lib/shown.js';
import { type Change, compare, noValidators, type WatchState } from '../lib/validators/watch.js';
import { readLook } from '../lib/validators/watchFacts.js';
import { decodeWatchState, encodeWatchState } from '../lib/validators/watchState.js';
import { changeLine, type WatchResult, watchResult, watchView } from '../lib/validators/watchView.js';
import { operatorsFrom } from '../lib/validators/whoRuns.js';
import { renderJson } from '../render/json.js';
import type { Report } from './base.js';
import { write } from './output.js';
import { readText, writeText } from './validatorsCommand.js';

export interface WatchOptions {
  readonly watched: readonly string[];
  readonly eraMs: number | null;
  readonly stateFile?: string;
  readonly once: boolean;
  readonly everyMs: number;
  readonly giveUpMs: number;
  readonly lowPoints: number;
  readonly timeoutMs: number;
  readonly exitNoop: boolean;
  readonly json: boolean;
  /** A new connection, after one was lost. */
  readonly connect: () => Promise<OpenChain>;
  readonly notice: (message: string) => void;
}

interface WatchFlags {
  readonly state?: string | undefined;
  readonly once: boolean;
  readonly every?: number | undefined;
  readonly 'give-up'?: number | undefined;
  readonly 'low-points'?: number | undefined;
  readonly 'exit-noop': boolean;
}

/** @throws usage ACCOUNTS, WATCH_ONCE */
export function watchOptions(
  watched: readonly string[],
  settings: Settings,
  flags: WatchFlags,
  command: Pick<WatchOptions, 'connect' | 'notice' | 'json'>,
): WatchOptions {
  if (watched.length === 0) {
    throw usageError('ACCOUNTS', 'No validator is named.', {
      hint: 'Name addresses or keys as arguments, or a file with --file.',
    });
  }
  if (flags.once && flags.state === undefined) {
    throw usageError('WATCH_ONCE', 'One look alone has nothing to compare with.', {
      hint: 'Name a file with --state that remembers the last look.',
    });
  }
  return {
    watched,
    eraMs: settings.eraMs ?? null,
    ...(flags.state === undefined ? {} : { stateFile: flags.state }),
    once: flags.once,
    everyMs: flags.every ?? 30_000,
    giveUpMs: flags['give-up'] ?? 600_000,
    lowPoints: flags['low-points'] ?? 0.5,
    timeoutMs: settings.timeoutMs,
    exitNoop: flags['exit-noop'],
    ...command,
  };
}

/** The first look as a report; what follows is served. @throws usage WATCH_STATE; precondition WATCH_CHAIN */
export async function startWatch(
  chain: OpenChain,
  options: WatchOptions,
): Promise<Report<'validators.watch/1'>> {
  const before = await readState(options.stateFile, chain.identity.genesisHash);
  const { result, state } = await look(chain, before, options);
  const idle = options.once && options.exitNoop && before !== null && result.changes.length === 0;
  return {
    schema: 'validators.watch/1',
    result,
    view: watchView(result),
    ...(idle ? { exit: EXIT.nothingToDo } : {}),
    // Only what was told is remembered: whoever is killed in between tells it again.
    serve: async (signal) => {
      await saveState(options.stateFile, state);
      if (!options.once) await follow(chain, state, options, signal);
    },
  };
}

async function look(
  chain: OpenChain,
  before: WatchState | null,
  { watched, eraMs, lowPoints }: WatchOptions,
): Promise<{ readonly result: WatchResult; readonly state: WatchState }> {
  const seen = await readLook(chain, watched, before, eraMs);
  const { changes, state } = compare(before, seen, { lowPoints });
  const operators = await operatorsOf(chain, changes);
  return { result: watchResult(seen, before, watched, changes, operators, noValidators(seen)), state };
}

/** Who runs those that changed, as the chain itself has it. */
async function operatorsOf(chain: OpenChain, changes: readonly Change[]): Promise<WatchResult['operators']> {
  const changed = [...new Set(changes.flatMap(({ address }) => (address === null ? [] : [address])))];
  if (changed.length === 0) return {};
  const { of } = await operatorsFrom(chain, {})(changed);
  return Object.fromEntries(
    changed.flatMap((address) => {
      const operator = of(address);
      return operator === null ? [] : [[address, operator]];
    }),
  );
}

/** After endpoints did not answer the wait grows to the time between two looks, and to this at least. */
const LONGEST_WAIT_MS = 5_000;

/** Looks again and again. A lost connection is no reason to end, until it lasted for too long. */
async function follow(
  first: OpenChain,
  start: WatchState,
  options: WatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let chain: OpenChain | null = first;
  let state = start;
  let failures = 0;
  let answered = performance.now();
  for (;;) {
    try {
      await sleep(
        failures === 0
          ? options.everyMs
          : Math.min(250 * 2 ** failures, Math.max(options.everyMs, LONGEST_WAIT_MS)),
        signal,
      );
      chain ??= await options.connect();
      chain.rpc.allow(options.timeoutMs);
      const seen = chain.reference.number;
      await chain.refresh();
      if (chain.reference.number !== seen || failures > 0) {
        const next = await look(chain, state, options);
        // What nobody reads is not remembered as told.
        if (!(await tell(next.result, options.json, chain.fork))) return;
        await saveState(options.stateFile, next.state);
        state = next.state;
      }
      if (failures > 0) options.notice(`${chain.endpoint} answers again`);
      failures = 0;
      answered = performance.now();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof BursarError) || error.exit !== EXIT.unreachable) throw error;
      const silent = performance.now() - answered;
      if (silent > options.giveUpMs) throw error;
      failures += 1;
      options.notice(`${error.message} Trying again; silent for ${formatDuration(silent)}.`);
      await chain?.close();
      chain = null;
    }
  }
}

/** One line a change. @returns false when stdout takes no more */
async function tell(result: WatchResult, json: boolean, fork: Fork | null): Promise<boolean> {
  for (const change of result.changes) {
    const line = json
      ? renderJson('validators.watch/1', { ...result, changes: [change] }, undefined, fork)
      : changeLine(change, result);
    if (!(await write(process.stdout, `${json ? line : oneLine(line)}\n`))) return false;
  }
  return true;
}

async function readState(file: string | undefined, genesisHash: string): Promise<WatchState | null> {
  if (file === undefined) return null;
  const missing = await readFile(file).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  return missing ? null : decodeWatchState(await readText(file, 'state of the watch'), genesisHash);
}

async function saveState(file: string | undefined, state: WatchState): Promise<void> {
  if (file !== undefined) await writeText(file, encodeWatchState(state));
}
