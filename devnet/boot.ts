/** From a preset to a running engine: genesis, the preset's first blocks, and the user's state file. */

import { join } from 'node:path';
import { fromHex, type Hex } from '../src/lib/host/index.js';
import { devPair, GENESIS_SUDO, type NamedAccount } from './accounts.js';
import { readCacheFile, writeCacheFile } from './cache.js';
import { loadBlob, presetGenesis } from './genesis.js';
import type { Genesis } from './header.js';
import { type BlockRecord, Journal, type JournalRecord, readRecords, titleLine } from './journal.js';
import { LocalEngine } from './local.js';
import { decorated } from './names.js';
import type { Prelude, PreludeCall, Preset } from './preset.js';
import { storageKey } from './storageKey.js';

export interface Opened {
  readonly engine: LocalEngine;
  readonly accounts: readonly NamedAccount[];
  readonly genesis: Genesis;
}

/** @param stateFile absolute path; blocks go to it and come from it */
export async function openPreset(preset: Preset, cache: string, stateFile?: string): Promise<Opened> {
  const genesis = await presetGenesis(preset, loadBlob(preset.runtime), cache);
  const { accounts } = genesis;
  const journal = stateFile === undefined ? undefined : Journal.open(stateFile, genesis.hash, preset.name);
  try {
    const written = journal?.records ?? [];
    const prelude = await preset.prelude?.(accounts);
    // A process may have died while it wrote the first blocks: they are the same each time, so the rest is added.
    const first =
      prelude === undefined || written.length >= prelude.blocks
        ? []
        : await firstBlocks(preset, prelude, genesis, cache);
    const missing = first.slice(written.length);
    for (const record of missing) journal?.append(record);
    const engine = await LocalEngine.open(genesis, [...written, ...missing], journal);
    return { engine, accounts, genesis };
  } catch (error) {
    journal?.close();
    throw error;
  }
}

/** The preset's first blocks, from the cache or sealed now. */
async function firstBlocks(
  preset: Preset,
  prelude: Prelude,
  genesis: Genesis,
  cache: string,
): Promise<readonly JournalRecord[]> {
  const path = join(cache, `${preset.name}-${genesis.key}-${await digest(prelude)}.blocks`);
  const file = readCacheFile(path);
  if (file !== undefined) {
    const { title, records } = readRecords(file);
    if (title?.genesisHash === genesis.hash && records.length === prelude.blocks) return records;
  }
  const engine = await LocalEngine.open(genesis, []);
  const records = await seal(engine, prelude);
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  writeCacheFile(path, [Buffer.from(titleLine(genesis.hash, preset.name)), Buffer.from(lines)]);
  return records;
}

async function digest(prelude: Prelude): Promise<string> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(JSON.stringify(prelude)).digest('hex').slice(0, 12);
}

async function seal(engine: LocalEngine, prelude: Prelude): Promise<BlockRecord[]> {
  const records: BlockRecord[] = [];
  let nonce = 0;
  for (let number = 1; number <= prelude.blocks; number += 1) {
    const calls = prelude.calls.filter((call) => call.block === number);
    const extrinsics: Hex[] = [];
    for (const call of calls) {
      extrinsics.push(await signed(engine, call, nonce));
      nonce += 1;
    }
    const { record, refused, deferred } = await engine.sealRecorded(extrinsics);
    records.push(record);
    if (refused.length + deferred.length > 0)
      throw new Error(`the preset's block ${number} was refused: ${JSON.stringify(refused)}`);
    await assertSucceeded(engine, number, calls);
  }
  return records;
}

/** A call of the prelude as a transaction of the genesis sudo key: ed25519, so that it is the same bytes each time. */
async function signed(engine: LocalEngine, step: PreludeCall, nonce: number): Promise<Hex> {
  const { head } = engine;
  const [{ registry, tx: calls }, version] = await Promise.all([decorated(head), head.version()]);
  const tx = (pallet: string, call: string, args: readonly unknown[]) => {
    const make = calls[pallet]?.[call];
    if (make === undefined) throw new Error(`the runtime has no call ${pallet}.${call}`);
    return make(...args);
  };
  const inner = tx(step.pallet, step.call, step.args);
  const direct = step.pallet === 'sudo';
  const call = direct
    ? inner
    : step.as === undefined
      ? tx('sudo', 'sudo', [inner])
      : tx('sudo', 'sudoAs', [step.as, inner]);
  const pair = await devPair(GENESIS_SUDO.uri, GENESIS_SUDO.type);
  const extrinsic = registry.createType('Extrinsic', call, { version: 4 });
  // Immortal and with nonce and fee given: nothing of this depends on when it is done.
  extrinsic.sign(pair, {
    blockHash: engine.genesisHash,
    era: '0x00',
    genesisHash: engine.genesisHash,
    nonce,
    runtimeVersion: version as never,
    tip: 0,
  } as never);
  return extrinsic.toHex() as Hex;
}

/** Sudo succeeds also when what it wraps fails: its own event says so. */
async function assertSucceeded(
  engine: LocalEngine,
  number: number,
  calls: readonly PreludeCall[],
): Promise<void> {
  if (calls.length === 0) return;
  const { registry } = await decorated(engine.head);
  const stored = await engine.head.get(await storageKey('System', 'Events'));
  const events = registry.createType('Vec<EventRecord>', fromHex(stored ?? '0x00'));
  for (const { event } of events as unknown as {
    event: { section: string; method: string; toHuman(): unknown; data: { toJSON(): unknown } };
  }[]) {
    const failed = event.method === 'ExtrinsicFailed';
    const sudo = event.section === 'sudo' && ['Sudid', 'SudoAsDone'].includes(event.method);
    if (failed || (sudo && JSON.stringify(event.data.toJSON()).includes('"err"')))
      throw new Error(`a call of the preset's block ${number} failed: ${JSON.stringify(event.toHuman())}`);
  }
}
