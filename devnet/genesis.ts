/**
 * Genesis: the runtime's blob and a preset's configuration, through the runtime's own GenesisBuilder, to the raw state of
 * block 0 and its header. The header's hash depends on the whole state, the blob included, so that every blob and every
 * preset is a chain of its own.
 */

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { preconditionError } from '../src/lib/errors.js';
import { compact, concat, fromHex, type Hex, Reader, toHex } from './bytes.js';
import { packageRoot, readCacheFile, writeCacheFile } from './cache.js';
import { runOnNothing } from './executor.js';
import { type Blob, CODE_KEY, type Genesis, genesisHeader } from './header.js';
import {
  type GenesisJson,
  genesisText,
  merged,
  type Preset,
  RUNTIMES,
  type RuntimeChoice,
} from './preset.js';
import { BaseState } from './state.js';

/** A committed runtime. @throws precondition RUNTIME_MISSING */
export function loadBlob({ folder }: RuntimeChoice = RUNTIMES.assetHub): Blob {
  const path = join(packageRoot, 'devnet', 'runtime', folder, 'runtime.wasm.br');
  if (!existsSync(path))
    throw preconditionError('RUNTIME_MISSING', `the development chain's runtime is not there: ${path}`, {
      hint: 'Install the package again, or build the runtime with devnet/runtime/build.sh.',
    });
  const bytes = brotliDecompressSync(readFileSync(path));
  return { wasm: toHex(bytes), digest: createHash('sha256').update(bytes).digest('hex') };
}

/** The genesis of a preset: from the cache folder if it is there, else made and kept there. */
export async function presetGenesis(preset: Preset, blob: Blob, cache: string): Promise<Genesis> {
  const accounts = await preset.accounts();
  const patch = await preset.patch(accounts);
  const text = genesisText([patch, preset.copiedHistory ? { ...preset.copiedHistory } : null]);
  const key = createHash('sha256').update(blob.digest).update(text).digest('hex').slice(0, 24);
  const path = join(cache, `${preset.name}-${key}.genesis`);
  const file = readCacheFile(path);
  const kept = file === undefined ? undefined : decodeGenesis(file);
  if (kept !== undefined)
    return { ...kept, state: withCode(kept.state, blob.wasm), accounts, key, cached: true };

  let entries = await buildState(blob, patch);
  if (preset.copiedHistory !== undefined) {
    const { withHistory } = await import('./history.js');
    entries = await withHistory(blob, entries, preset.copiedHistory);
  }
  const { header, hash } = await genesisHeader([...entries, [CODE_KEY, blob.wasm]]);
  writeCacheFile(path, encodeGenesis(header, hash, entries));
  const state = new BaseState(
    entries.map(([k]) => k),
    (i) => entries[i]![1],
  );
  return { hash, header, state: withCode(state, blob.wasm), accounts, key, cached: false };
}

/** Run the GenesisBuilder. @returns the state without the code, sorted by key */
async function buildState(blob: Blob, patch: GenesisJson): Promise<[Hex, Hex][]> {
  const answer = await runOnNothing(blob.wasm, 'GenesisBuilder_get_preset', ['0x00']);
  const reader = new Reader(fromHex(answer.result));
  reader.u8();
  const defaults = JSON.parse(Buffer.from(reader.byteVector()).toString()) as GenesisJson;
  const json = Buffer.from(genesisText(merged(defaults, patch)));
  const built = await runOnNothing(blob.wasm, 'GenesisBuilder_build_state', [
    toHex(concat(compact(json.length), json)),
  ]);
  const outcome = new Reader(fromHex(built.result));
  if (outcome.u8() !== 0)
    throw preconditionError(
      'GENESIS_REFUSED',
      `the runtime refused the genesis configuration: ${Buffer.from(outcome.byteVector()).toString()}`,
      { hint: 'The preset and the runtime do not belong together; rebuild one of them.' },
    );
  const entries = built.diff.filter((entry): entry is readonly [Hex, Hex] => entry[1] !== null);
  return entries.map(([key, value]): [Hex, Hex] => [key, value]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The state with the runtime's code, which is kept once and not in every cached genesis. */
function withCode(state: BaseState, wasm: Hex): BaseState {
  const at = state.keys.findIndex((key) => key > CODE_KEY);
  const index = at < 0 ? state.keys.length : at;
  const keys = [...state.keys.slice(0, index), CODE_KEY, ...state.keys.slice(index)];
  return new BaseState(keys, (i) => (i === index ? wasm : state.valueAt(i < index ? i : i - 1)));
}

// ---------------------------------------------------------------------------------------------
// The cached form: magic, sha256 of the rest, header hash, header, then key and value one after the other, each with
// its length (u32, little-endian). Values stay bytes until they are read.

const MAGIC = Buffer.from('bursar-genesis-1\n');

export function encodeGenesis(
  header: Hex,
  hash: Hex,
  entries: readonly (readonly [Hex, Hex])[],
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const add = (hex: Hex): void => {
    const bytes = fromHex(hex);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  };
  add(hash);
  add(header);
  for (const [key, value] of entries) {
    add(key);
    add(value);
  }
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return [MAGIC, digest.digest(), ...parts];
}

/** @returns undefined if the file is damaged: it is made again then */
export function decodeGenesis(file: Buffer): { hash: Hex; header: Hex; state: BaseState } | undefined {
  const body = file.subarray(MAGIC.length + 32);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (
    !createHash('sha256')
      .update(body)
      .digest()
      .equals(file.subarray(MAGIC.length, MAGIC.length + 32))
  )
    return undefined;
  let at = 0;
  const next = (): [start: number, end: number] => {
    const start = at + 4;
    at = start + body.readUInt32LE(at);
    return [start, at];
  };
  const hex = ([start, end]: [number, number]): Hex => `0x${body.toString('hex', start, end)}`;
  const hash = hex(next());
  const header = hex(next());
  const keys: Hex[] = [];
  const spans: number[] = [];
  while (at < body.length) {
    keys.push(hex(next()));
    spans.push(...next());
  }
  const state = new BaseState(keys, (i) => hex([spans[2 * i] as number, spans[2 * i + 1] as number]));
  return { hash, header, state };
}
