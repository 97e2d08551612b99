/**
 * Sealing a block: initialize, timestamp, transactions, finalize. Every call instantiates the runtime anew (50 ms), so the
 * calls of a block go together where that is safe.
 */

import { compact, concat, fromHex, type Hex, Reader, toHex } from './bytes.js';
import type { Sealed } from './engine.js';
import { RuntimeTrap, runCalls, trieRoot } from './executor.js';
import { encodeHeader, ZERO } from './header.js';
import type { State, StateReader } from './state.js';
import { decodeApplied, EXHAUSTS_RESOURCES, FUTURE, type ValidityError } from './validity.js';

/** The runtime's `Timestamp.set` as a bare extrinsic: pallet 3, call 0 (construct_runtime! in runtime/src/lib.rs). */
export function timestampInherent(now: number): Hex {
  const BARE_V4 = 4;
  const body = concat(Uint8Array.of(BARE_V4, 3, 0), compact(now));
  return toHex(concat(compact(body.length), body));
}

/** A block's changes while it is being built, over the parent's state. */
class Overlay implements StateReader {
  readonly diff = new Map<Hex, Hex | null>();
  constructor(readonly parent: State) {}

  read(key: Hex): Hex | undefined {
    const value = this.diff.get(key);
    return value === undefined ? this.parent.read(key) : (value ?? undefined);
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    return this.diff.size === 0
      ? this.parent.nextKey(prefix, after)
      : this.parent.with(this.diff).nextKey(prefix, after);
  }

  add(changes: Iterable<readonly [Hex, Hex | null]>): void {
    for (const [key, value] of changes) this.diff.set(key, value);
  }
}

type Calls = readonly (readonly [string, readonly Hex[]])[];

export interface Built extends Omit<Sealed, 'block'> {
  readonly diff: ReadonlyMap<Hex, Hex | null>;
  /** In the order of the block. */
  readonly included: readonly Hex[];
  readonly extrinsicsRoot: Hex;
  /** Digest of the header, with its length. */
  readonly digest: Uint8Array;
}

/** The first calls of the block after `parent`. */
export const openingCalls = (parent: Hex, number: number, timestamp: number): Calls => [
  ['Core_initialize_block', [toHex(encodeHeader(parent, number, ZERO, ZERO))]],
  ['BlockBuilder_apply_extrinsic', [timestampInherent(timestamp)]],
];

/** The block after `parent` on its state. @throws RuntimeTrap */
export async function sealBlock(
  wasm: Hex,
  state: State,
  parent: Hex,
  number: number,
  timestamp: number,
  extrinsics: readonly Hex[],
): Promise<Built> {
  const inherent = timestampInherent(timestamp);
  const opening = openingCalls(parent, number, timestamp);
  const built =
    (await allAtOnce(wasm, state, opening, inherent, extrinsics)) ??
    (await oneByOne(wasm, state, opening, inherent, extrinsics));
  return { ...built, included: [inherent, ...built.included] };
}

/** The root over a block's extrinsics, as the runtime computes it (state version 0). */
const rootOf = (extrinsics: readonly Hex[]): Promise<Hex> =>
  trieRoot(extrinsics.map((extrinsic, i) => [toHex(compact(i)), extrinsic]));

/** The two fields of interest of the header that `finalize_block` answers. */
function finished(result: Hex): { extrinsicsRoot: Hex; digest: Uint8Array } {
  const reader = new Reader(fromHex(result));
  reader.take(32);
  reader.compact();
  reader.take(32);
  return { extrinsicsRoot: toHex(reader.take(32)), digest: reader.rest };
}

/**
 * The whole block in one instance of the runtime: several times faster, but nobody sees the results in the middle. The
 * header's extrinsics root does: it is over what was really applied.
 * @returns undefined if not everything was applied
 */
async function allAtOnce(
  wasm: Hex,
  state: State,
  opening: Calls,
  inherent: Hex,
  extrinsics: readonly Hex[],
): Promise<Built | undefined> {
  const applied = extrinsics.map((extrinsic) => ['BlockBuilder_apply_extrinsic', [extrinsic]] as const);
  let sealed: Awaited<ReturnType<typeof runCalls>>;
  try {
    sealed = await runCalls(wasm, state, [...opening, ...applied, ['BlockBuilder_finalize_block', []]]);
  } catch (error) {
    if (error instanceof RuntimeTrap && extrinsics.length > 0) return undefined;
    throw error;
  }
  const { extrinsicsRoot, digest } = finished(sealed.result);
  if (extrinsicsRoot !== (await rootOf([inherent, ...extrinsics]))) return undefined;
  const diff = new Map(sealed.diff);
  return { diff, included: extrinsics, refused: [], deferred: [], extrinsicsRoot, digest };
}

/** The block call by call, when an extrinsic does not apply: it is left out, and what it said is kept. */
async function oneByOne(
  wasm: Hex,
  state: State,
  opening: Calls,
  inherent: Hex,
  extrinsics: readonly Hex[],
): Promise<Built> {
  const overlay = new Overlay(state);
  overlay.add((await runCalls(wasm, overlay, opening)).diff);
  const included: Hex[] = [];
  const refused: { extrinsic: Hex; error: ValidityError | string }[] = [];
  const deferred: Hex[] = [];
  for (const extrinsic of extrinsics) {
    try {
      const applied = await runCalls(wasm, overlay, [['BlockBuilder_apply_extrinsic', [extrinsic]]]);
      const error = decodeApplied(fromHex(applied.result));
      if (error === undefined) {
        overlay.add(applied.diff);
        included.push(extrinsic);
      } else if (error.kind === 'invalid' && [FUTURE, EXHAUSTS_RESOURCES].includes(error.variant))
        deferred.push(extrinsic);
      else refused.push({ extrinsic, error });
    } catch (error) {
      refused.push({ extrinsic, error: (error as Error).message });
    }
  }
  const { result, diff } = await runCalls(wasm, overlay, [['BlockBuilder_finalize_block', []]]);
  overlay.add(diff);
  const end = finished(result);
  if (end.extrinsicsRoot !== (await rootOf([inherent, ...included])))
    throw new Error('the runtime did not apply the timestamp');
  return { diff: overlay.diff, included, refused, deferred, ...end };
}
