/** Runs a sequence of staking calls on a ledger without a chain: `stake plan`, rehearsals, teaching. */

import { usageError } from '../errors.js';
import type { Planck } from '../plain.js';
import {
  bond,
  bondExtra,
  type MaybeLedger,
  rebond,
  type UnlockChunk,
  unbond,
  withdrawUnbonded,
} from './ledger.js';

/** A staking call by the pallet's name, or the passing of time to an era. */
export type LedgerOp =
  | { readonly op: 'era'; readonly value: number }
  | { readonly op: 'bond' | 'bond_extra' | 'unbond' | 'rebond'; readonly value: Planck }
  | { readonly op: 'withdraw_unbonded' };

export interface SimulationRules {
  /** Eras that every unbonding takes. */
  readonly bondingDuration: number;
  readonly maxUnlockingChunks: number;
  /** Default 0. */
  readonly existentialDeposit?: Planck;
  /** Least bond of `bond`, `bond_extra`, `rebond`. Default 0. */
  readonly minBond?: Planck;
  /** Least active stake that `unbond` may leave. Default 0. */
  readonly minActive?: Planck;
  /** Withdraw what is free when an unbond finds all chunks taken (chains since 2023). Default false. */
  readonly withdrawWhenFull?: boolean;
}

/** Where the simulation begins. Default: nothing bonded, era 0. */
export interface SimulationStart {
  readonly ledger: MaybeLedger;
  readonly era: number;
}

export interface Simulation {
  readonly era: number;
  /** All zero when there is no ledger (any more). */
  readonly total: Planck;
  readonly active: Planck;
  readonly unlocking: readonly UnlockChunk[];
  /** What each withdrawal released, in order; automatic ones included, empty ones too. */
  readonly withdrawn: readonly Planck[];
}

/**
 * Applies `ops` in order; the first that the chain would refuse ends it with that error.
 * @throws what the calls of ledger.ts throw; usage ERA_REVERSED, ERA_OUT_OF_RANGE
 */
export function simulateLedger(
  ops: readonly LedgerOp[],
  rules: SimulationRules,
  start: SimulationStart = { ledger: null, era: 0 },
): Simulation {
  let { ledger, era } = start;
  const withdrawn: Planck[] = [];
  for (const step of ops) {
    switch (step.op) {
      case 'era':
        era = nextEra(era, step.value);
        break;
      case 'bond':
        ledger = bond(ledger, step.value, rules);
        break;
      case 'bond_extra':
        ledger = bondExtra(ledger, step.value, rules).ledger;
        break;
      case 'unbond': {
        const result = unbond(ledger, step.value, {
          ...rules,
          era,
          duration: rules.bondingDuration,
        });
        if (result.withdrawn !== null) withdrawn.push(result.withdrawn);
        ledger = result.ledger;
        break;
      }
      case 'rebond':
        ledger = rebond(ledger, step.value, rules).ledger;
        break;
      case 'withdraw_unbonded': {
        const result = withdrawUnbonded(ledger, { ...rules, withdrawableEra: era });
        withdrawn.push(result.withdrawn);
        ledger = result.ledger;
        break;
      }
      default:
        throw usageError(
          'LEDGER_OP_UNKNOWN',
          `"${(step as { op: unknown }).op}" is not a staking call to simulate.`,
        );
    }
  }
  const { total, active, unlocking } = ledger ?? { total: 0n, active: 0n, unlocking: [] };
  return { era, total, active, unlocking, withdrawn };
}

function nextEra(current: number, next: number): number {
  if (!Number.isSafeInteger(next) || next < 0) throw usageError('ERA_OUT_OF_RANGE', `${next} is not an era.`);
  if (next < current)
    throw usageError('ERA_REVERSED', `Era ${next} is before era ${current}: eras only advance.`);
  return next;
}
