/** Decimal text ↔ scaled integers, exactly. The grammar that amounts, percentages and fixed-point numbers share. */

/** Longer input is not a number anyone meant; the bound keeps hostile text from costing time. */
export const MAX_NUMBER_TEXT = 128;

/** Why a text is not a number with at most the allowed decimals. */
export type DecimalFault = 'syntax' | 'decimals';

export type Decimal = { readonly units: bigint } | { readonly fault: DecimalFault };

// An underscore may separate thousands, and then all of them. A leading zero is refused: other languages read it as octal.
const DECIMAL = /^(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+)(?:\.([0-9]+))?$/;

/**
 * `12.5` → 125000000000 with 10 decimals. ASCII digits, a point, no sign, no exponent, nothing rounded.
 * @param text number of at most {@link MAX_NUMBER_TEXT} characters
 * @param decimals how many digits after the point one unit has
 */
export function parseDecimal(text: string, decimals: number): Decimal {
  const match = text.length <= MAX_NUMBER_TEXT ? DECIMAL.exec(text) : null;
  if (!match) return { fault: 'syntax' };
  const fraction = match[2] ?? '';
  if (fraction.length > decimals) return { fault: 'decimals' };
  return { units: BigInt(match[1]!.replaceAll('_', '') + fraction.padEnd(decimals, '0')) };
}

export interface DecimalFormat {
  /** At most this many digits after the point; the rest is cut off, towards zero. Default: all, exactly. */
  readonly precision?: number;
  /** With `precision`: exactly that many digits, so that the points of a column line up. */
  readonly pad?: boolean;
  /** Put between thousands. What was grouped with `_` can be parsed again. Default none. */
  readonly grouping?: '_' | ',' | ' ';
}

/**
 * 125000000000 with 10 decimals → `12.5`. Without `precision` exact, trailing zeros dropped. With it digits are cut
 * towards zero, so that a balance is never shown larger than it is; what would then read as zero is `<0.01`.
 */
export function formatDecimal(units: bigint, decimals: number, format: DecimalFormat = {}): string {
  const precision = Math.min(format.precision ?? decimals, decimals);
  const sign = units < 0n ? '-' : '';
  const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const integer = digits.slice(0, point);
  const kept = digits.slice(point, point + precision);

  if (units !== 0n && /^0*$/.test(integer + kept)) {
    const least = precision === 0 ? '1' : `0.${'1'.padStart(precision, '0')}`;
    return units < 0n ? `>-${least}` : `<${least}`;
  }
  const fraction = format.pad && format.precision !== undefined ? kept : kept.replace(/0+$/, '');
  const grouped = format.grouping
    ? integer.replace(/(?<=[0-9])(?=(?:[0-9]{3})+$)/g, format.grouping)
    : integer;
  return `${sign}${grouped}${fraction === '' ? '' : `.${fraction}`}`;
}
