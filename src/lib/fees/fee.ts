/**
 * What a transaction costs and who gets the fee, as Polkadot's token economics state it. For the fee that a chain will
 * really charge, ask the chain (`TransactionPaymentApi`): these are the published formulas, for estimates and checks.
 */

import { usageError } from '../errors.js';
import { mulDiv } from '../numeric/integer.js';
import type { Planck } from '../plain.js';

/**
 * A base fee and a fee for each byte: base + perByte·size (token economics of 12 July 2019).
 * @param fee.size encoded length, bytes
 * @throws usage AMOUNT_NEGATIVE, SIZE_OUT_OF_RANGE
 */
export const lengthFee = (fee: {
  readonly base: Planck;
  readonly perByte: Planck;
  readonly size: number;
}): Planck => natural(fee.base) + natural(fee.perByte) * BigInt(bytes(fee.size));

export interface WeightFeeInput {
  readonly baseFee: Planck;
  /** Planck for each byte of this type of transaction. */
  readonly typeFactor: Planck;
  /** Encoded length, bytes. */
  readonly length: number;
  /** The congestion multiplier, a real number. */
  readonly traffic: number;
  /** The fee of the weight without congestion. */
  readonly weightFee: Planck;
}

/**
 * base + type·length + c_traffic·weight (the later form of the same page). The multiplier is a real number, so the
 * result is one: an estimate in planck, not an amount to be paid.
 * @throws usage AMOUNT_NEGATIVE, SIZE_OUT_OF_RANGE, TRAFFIC_OUT_OF_RANGE
 */
export function weightFeeEstimate(input: WeightFeeInput): number {
  const { traffic } = input;
  if (!(traffic >= 0 && traffic < Number.POSITIVE_INFINITY)) {
    throw usageError(
      'TRAFFIC_OUT_OF_RANGE',
      `The traffic multiplier ${traffic} is not a number of zero or more.`,
    );
  }
  const fixed = natural(input.baseFee) + natural(input.typeFactor) * BigInt(bytes(input.length));
  return Number(fixed) + traffic * Number(natural(input.weightFee));
}

/**
 * Who gets it: 80 % of the fee to the treasury (rounded down, as `Imbalance::ration(80, 20)` does), the rest of the fee
 * and the whole tip to the block's author.
 * @throws usage AMOUNT_NEGATIVE
 */
export function splitFee(fee: Planck, tip: Planck): { readonly author: Planck; readonly treasury: Planck } {
  const treasury = mulDiv(natural(fee), 80n, 100n, 'down');
  return { author: fee - treasury + natural(tip), treasury };
}

function natural(value: Planck): Planck {
  if (value >= 0n) return value;
  throw usageError('AMOUNT_NEGATIVE', `A fee of ${value} planck makes no sense: fees are not negative.`);
}

function bytes(size: number): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw usageError('SIZE_OUT_OF_RANGE', `${size} is not a length in bytes.`);
}
