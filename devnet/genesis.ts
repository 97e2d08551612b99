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
import {
  compact,
  concat,
  decodeHeader,
  EMPTY_STATE,
  encodeHeader,
  fromHex,
  type Header,
  type Hex,
  Overlay,
  Reader,
  Runtime,
  stateVersionOf,
  toHex,
} from '../src/lib/host/index.js';
import { packageRoot, readCacheFile, writeCacheFile } from './cache.js';
import { type Blob, CODE_KEY, type Entries, type Genesis, genesisHeader, stateOf } from './header.js';
import {
  type GenesisJson,
  genesisText,
  merged,
  type Preset,
  RUNTIMES,
  type RuntimeChoice,
} from './preset.js';

/** A committed runtime. @throws precondition RUNTIME_MISSING */
export function loadBlob({ folder }: RuntimeChoice = RUNTIMES.assetHub): Blob {
  const path = join(packageRoot, 'devnet', 'runtime', folder, 'runtime.wasm.br');
  if (!existsSync(path))
    throw preconditionError('RUNTIME_MISSING', `the development chain's runtime is not there: ${path}`, {
      hint: 'Install the package again, or build the runtime with devnet/runtime/build.sh.',
    });
  const bytes = brotliDecompressSync(readFileSync(path));
  return { wasm: bytes, digest: createHash('sha256').update(bytes).digest('hex') };
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
  const version = stateVersionOf((await Runtime.of(blob.wasm)).version);
  const whole = (entries: Entries) => stateOf([...entries, [CODE_KEY, blob.wasm]], version);
  if (kept !== undefined) {
    const { hash, header, entries } = kept;
    return { hash, header, state: await whole(entries), accounts, key, cached: true };
  }

  let entries = await buildState(blob, patch);
  if (preset.copiedHistory !== undefined) {
    const { withHistory } = await import('./history.js');
    entries = await withHistory(blob, entries, preset.copiedHistory);
  }
  const state = await whole(entries);
  const { header, hash } = await genesisHeader(state);
  writeCacheFile(path, encodeGenesis(header, hash, entries));
  return { hash, header, state, accounts, key, cached: false };
}

/** Run the GenesisBuilder. @returns the state without the code, sorted by key */
async function buildState(blob: Blob, patch: GenesisJson): Promise<Entries> {
  const runtime = await Runtime.of(blob.wasm);
  const answer = runtime.call('GenesisBuilder_get_preset', Uint8Array.of(0), new Overlay(EMPTY_STATE));
  const defaults = JSON.parse(
    Buffer.from(new Reader(answer.subarray(1)).byteVector()).toString(),
  ) as GenesisJson;
  const json = Buffer.from(genesisText(merged(defaults, patch)));
  const overlay = new Overlay(EMPTY_STATE);
  const outcome = new Reader(
    runtime.call('GenesisBuilder_build_state', concat(compact(json.length), json), overlay),
  );
  if (outcome.u8() !== 0)
    throw preconditionError(
      'GENESIS_REFUSED',
      `the runtime refused the genesis configuration: ${Buffer.from(outcome.byteVector()).toString()}`,
      { hint: 'The preset and the runtime do not belong together; rebuild one of them.' },
    );
  return [...overlay.changes().main].filter((entry): entry is [Hex, Uint8Array] => entry[1] !== null);
}

// ---------------------------------------------------------------------------------------------
// The cached form: magic, sha256 of the rest, header hash, header, then key and value one after the other, each with
// its length (u32, little-endian).

const MAGIC = Buffer.from('bursar-genesis-2\n');

export function encodeGenesis(header: Header, hash: Hex, entries: Entries): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    parts.push(length, bytes);
  };
  add(fromHex(hash));
  add(encodeHeader(header));
  for (const [key, value] of entries) {
    add(fromHex(key));
    add(value);
  }
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return [MAGIC, digest.digest(), ...parts];
}

/** @returns undefined if the file is damaged: it is made again then */
export function decodeGenesis(file: Buffer): { hash: Hex; header: Header; entries: Entries } | undefined {
  const body = file.subarray(MAGIC.length + 32);
  if (!file.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(file.subarray(MAGIC.length, MAGIC.length + 32))) return undefined;
  let at = 0;
  const next = (): Buffer => {
    const start = at + 4;
    at = start + body.readUInt32LE(at);
    return body.subarray(start, at);
  };
  const hash = toHex(next());
  const header = decodeHeader(next());
  const entries: [Hex, Uint8Array][] = [];
  while (at < body.length) entries.push([toHex(next()), next()]);
  return { hash, header, entries };
}
