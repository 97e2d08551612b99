/**
 * Amounts of a token: text that an operator types ↔ bigint in the chain's smallest unit (planck). A mistake here moves
 * ten thousand times too much, so nothing is guessed: no default unit, no rounding, no locale.
 */

import { type BursarError, usageError } from '../errors.js';
import type { Planck } from '../plain.js';
import { type DecimalFormat, formatDecimal, MAX_NUMBER_TEXT, parseDecimal } from './decimal.js';
import { U128_MAX } from './integer.js';
import { lowerAscii, quote, trimAscii } from './text.js';

/** How a token's amounts are written: 1 DOT is 10^10 planck. */
export interface Denomination {
  readonly symbol: string;
  readonly decimals: number;
  /** The symbol whose number of decimals is not known: then only base units can be read and written. */
  readonly undenominated?: string;
}

/** Words for the smallest unit; `plank` is the common misspelling. */
const BASE_UNITS = new Set(['planck', 'plancks', 'plank', 'planks']);

/**
 * `12.5DOT`, `12.5 dot`, `1_000 DOT` or `125000000000planck` → planck.
 *
 * The unit is the chain's own symbol (in any case) or `planck`; a bare number is refused because 5 DOT and 5 planck are
 * both plausible. The result is 0 … 2^128 − 1.
 * @throws usage AMOUNT_SYNTAX, AMOUNT_NEGATIVE, AMOUNT_UNIT_MISSING, AMOUNT_UNIT_UNKNOWN, AMOUNT_DECIMALS,
 *   AMOUNT_DECIMALS_UNKNOWN, AMOUNT_OVERFLOW
 */
export function parseAmount(text: string, token: Denomination): Planck {
  const trimmed = trimAscii(text);
  const match = trimmed.length <= MAX_NUMBER_TEXT ? /^([0-9._]+)[ \t]*(.*)$/s.exec(trimmed) : null;
  if (!match) throw notANumber(text, trimmed, token);

  const number = match[1]!;
  const unit = match[2]!;
  const inBaseUnits = BASE_UNITS.has(lowerAscii(unit));
  if (!inBaseUnits && unit !== '' && token.undenominated !== undefined)
    throw decimalsUnknown(text, token.undenominated);
  if (!inBaseUnits && lowerAscii(unit) !== lowerAscii(token.symbol))
    throw notTheUnit(text, number, unit, token);

  const decimals = inBaseUnits ? 0 : token.decimals;
  const parsed = parseDecimal(number, decimals);
  if ('fault' in parsed) {
    if (parsed.fault === 'syntax') throw syntaxError(text, 'is not a decimal number', token);
    const message = inBaseUnits
      ? `${quote(text)} has a fraction of a planck, and a planck is the smallest unit.`
      : `${quote(text)} has more than ${decimals} digits after the point, and ${token.symbol} has only ${decimals}.`;
    throw usageError('AMOUNT_DECIMALS', message, {
      hint: 'Amounts are never rounded: write one that the chain can hold.',
    });
  }
  return withinU128(parsed.units, text);
}

/**
 * Base units as JSON files and the chain write them: digits only, `"125000000000"` → 125000000000n.
 * @param name what the number is, for the message
 * @throws usage AMOUNT_SYNTAX, AMOUNT_OVERFLOW
 */
export function parsePlanck(text: string, name = 'amount'): Planck {
  if (text.length > MAX_NUMBER_TEXT || !/^(0|[1-9][0-9]*)$/.test(text)) {
    throw usageError('AMOUNT_SYNTAX', `${quote(text)} is not a whole number of base units (${name}).`, {
      hint: 'Write digits only, for instance "125000000000".',
    });
  }
  return withinU128(BigInt(text), text);
}

export interface AmountFormat extends DecimalFormat {
  /** Leave the symbol out, for a column whose header names it. */
  readonly bare?: boolean;
}

/**
 * 125000000000 → `12.5 DOT`. Exact by default: {@link parseAmount} reads it back to the same planck. With `precision`
 * digits are cut off towards zero. A negative amount (a difference) has a leading minus.
 */
export function formatAmount(planck: Planck, token: Denomination, format: AmountFormat = {}): string {
  const number = formatDecimal(planck, token.decimals, format);
  return format.bare ? number : `${number} ${token.symbol}`;
}

/**
 * For people: at most four digits after the point, cut towards zero (never more than there is), thousands grouped with
 * a comma: `1,234.5678 DOT`, `<0.0001 DOT`. Not meant to be read back.
 */
export const formatAmountShort = (planck: Planck, token: Denomination): string =>
  formatAmount(planck, token, { precision: 4, grouping: ',' });

function withinU128(units: bigint, text: string): Planck {
  if (units <= U128_MAX) return units;
  throw usageError(
    'AMOUNT_OVERFLOW',
    `${quote(text)} is more than a balance can hold (2^128 - 1 base units).`,
    {
      hint: 'Check the number of digits.',
    },
  );
}

const howToWrite = (token: Denomination): string =>
  `Write it as 12.5${token.symbol}, or in base units as 1000planck; 1 ${token.symbol} is 10^${token.decimals} planck.`;

const syntaxError = (text: string, why: string, token: Denomination, hint = howToWrite(token)): BursarError =>
  usageError('AMOUNT_SYNTAX', `${quote(text)} ${why}.`, { hint });

function notANumber(text: string, trimmed: string, token: Denomination): BursarError {
  if (trimmed === '') return syntaxError(text, 'is empty where an amount is needed', token);
  if (trimmed.length > MAX_NUMBER_TEXT) return syntaxError(text, 'is too long for an amount', token);
  if (/^-[ \t]*[0-9.]/.test(trimmed)) {
    return usageError('AMOUNT_NEGATIVE', `${quote(text)} is negative.`, {
      hint: 'Write the amount without a sign.',
    });
  }
  return syntaxError(text, 'does not begin with a decimal number', token);
}

function notTheUnit(text: string, number: string, unit: string, token: Denomination): BursarError {
  if (unit === '') {
    return usageError(
      'AMOUNT_UNIT_MISSING',
      `${quote(text)} has no unit: it could be ${token.symbol} or planck.`,
      {
        hint: `Write ${quoteNumber(number)}${token.symbol} or ${quoteNumber(number)}planck, whichever you mean.`,
      },
    );
  }
  if (/^[,'\u2019\u00a0\u202f]/.test(unit) || /^[0-9]/.test(unit)) {
    const hint = `Use a point for decimals, and nothing or _ between thousands: 1_234.5${token.symbol}.`;
    return syntaxError(text, 'has a separator that can be read in two ways', token, hint);
  }
  if (/^e[+-]?[0-9]/i.test(unit)) return syntaxError(text, 'is in exponent notation', token);
  if (number === '0' && /^[xob]/i.test(unit)) return syntaxError(text, 'is not in decimal notation', token);
  if (/^[\p{Nd}\p{Nl}\p{No}]/u.test(unit)) return syntaxError(text, 'has digits other than 0 to 9', token);
  return usageError('AMOUNT_UNIT_UNKNOWN', `${quote(text)} is not in ${token.symbol}, this chain's token.`, {
    hint: howToWrite(token),
  });
}

/** Guessing would be wrong by powers of ten. */
const decimalsUnknown = (text: string, symbol: string): BursarError =>
  usageError(
    'AMOUNT_DECIMALS_UNKNOWN',
    `${quote(text)} cannot be read: the endpoint does not say how many decimals ${quote(symbol)} has.`,
    {
      hint: 'Write the amount in base units (1000planck), or set networks.<name>.token.decimals in the configuration.',
    },
  );

/** The number as typed, for a hint; long ones are abbreviated. */
const quoteNumber = (number: string): string => (number.length > 30 ? '12.5' : number);
