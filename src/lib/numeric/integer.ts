/** Integer primitives that every fixed-point type of the chain is built on. */

/** The largest u128: the range of a balance and of FixedU128's inner integer. */
export const U128_MAX = 2n ** 128n - 1n;

/**
 * What happens to the remainder of a division of unsigned integers (the variants of `sp_arithmetic::Rounding`).
 * The nearest ones differ only when the remainder is exactly half: `nearestDown` drops it, `nearestUp` counts it.
 */
export type Rounding = 'down' | 'up' | 'nearestDown' | 'nearestUp';

/**
 * a·b/c with the full product in between, as `multiply_by_rational_with_rounding` does it on chain.
 * @param a not negative
 * @param b not negative
 * @param c positive: callers decide what a zero denominator means, because the chain's types differ in it
 */
export function mulDiv(a: bigint, b: bigint, c: bigint, rounding: Rounding): bigint {
  const product = a * b;
  const quotient = product / c;
  const twiceRemainder = 2n * (product % c);
  switch (rounding) {
    case 'down':
      return quotient;
    case 'up':
      return twiceRemainder > 0n ? quotient + 1n : quotient;
    case 'nearestDown':
      return twiceRemainder > c ? quotient + 1n : quotient;
    case 'nearestUp':
      return twiceRemainder >= c ? quotient + 1n : quotient;
  }
}

export const minOf = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const maxOf = (a: bigint, b: bigint): bigint => (a > b ? a : b);
