/** Sealing a block: initialize, inherents, transactions, finalize, each call with its own result. */

import {
  BlockBuilder,
  compact,
  concat,
  fromHex,
  type Header,
  type Hex,
  type NewBlock,
  orderedRoot,
  type Runtime,
  type State,
  type StateChanges,
  toHex,
} from '../src/lib/host/index.js';
import type { Sealed } from './engine.js';
import { decodeApplied, EXHAUSTS_RESOURCES, FUTURE, type ValidityError } from './validity.js';

/** The runtime's `Timestamp.set` as a bare extrinsic: pallet 3, call 0 (construct_runtime! in runtime/src/lib.rs). */
export function timestampInherent(now: number): Hex {
  const BARE_V4 = 4;
  const body = concat(Uint8Array.of(BARE_V4, 3, 0), compact(now));
  return toHex(concat(compact(body.length), body));
}

/** An extrinsic that the block must have. */
export interface Inherent {
  readonly extrinsic: Hex;
  /** Whether it holds signatures that nobody can make here, as those of a relay chain. */
  readonly mockSignatures?: boolean;
}

export interface Built extends Omit<Sealed, 'block'> {
  readonly header: Header;
  readonly state: State;
  readonly changes: StateChanges;
  /** In the order of the block. */
  readonly included: readonly Hex[];
}

/** What became of a transaction that is not in the block. */
function leftOut(
  extrinsic: Hex,
  error: ValidityError | string,
  built: Pick<Built, 'refused'> & { deferred: Hex[] },
) {
  const mayFit =
    typeof error !== 'string' &&
    error.kind === 'invalid' &&
    [FUTURE, EXHAUSTS_RESOURCES].includes(error.variant);
  if (mayFit) built.deferred.push(extrinsic);
  else (built.refused as { extrinsic: Hex; error: ValidityError | string }[]).push({ extrinsic, error });
}

/** A block on a state. @throws RuntimeTrap, Missing, Error */
export function sealBlock(
  runtime: Runtime,
  state: State,
  start: NewBlock,
  inherents: readonly Inherent[],
  extrinsics: readonly Hex[],
): Built {
  const builder = BlockBuilder.begin(runtime, state, start);
  for (const { extrinsic, ...options } of inherents) builder.inherent(extrinsic, options);
  const outcome = { refused: [] as Sealed['refused'], deferred: [] as Hex[] };
  for (const extrinsic of extrinsics) {
    const applied = builder.apply(extrinsic);
    if ('trap' in applied) leftOut(extrinsic, applied.trap.message, outcome);
    else if (!applied.included)
      leftOut(extrinsic, decodeApplied(applied.result) ?? 'the runtime’s answer cannot be read', outcome);
  }
  const finished = builder.finish();
  return { ...finished, ...outcome, included: [...builder.included] };
}

/** What `apply_extrinsic` answers in the next block. @throws RuntimeTrap, Missing */
export function dryRunExtrinsic(
  runtime: Runtime,
  state: State,
  start: NewBlock,
  inherents: readonly Inherent[],
  extrinsic: Hex,
): Hex {
  const builder = BlockBuilder.begin(runtime, state, start);
  for (const inherent of inherents) builder.inherent(inherent.extrinsic, inherent);
  const applied = builder.apply(extrinsic);
  if ('trap' in applied) throw applied.trap;
  return toHex(applied.result);
}

/** @throws Error where the header's root is not over what was applied */
export function assertExtrinsicsRoot(
  { header, included }: Built,
  hash: (bytes: Uint8Array) => Uint8Array,
): void {
  const root = toHex(orderedRoot(included.map(fromHex), 0, hash));
  if (header.extrinsicsRoot !== root) throw new Error('the runtime did not apply what it was given');
}
