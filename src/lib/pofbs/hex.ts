/** Hexadecimal digits in and out of bytes, for millions of rows. */

const DIGITS = new TextEncoder().encode('0123456789abcdef');

/** Values of lower-case hexadecimal digits by their character codes; 255 for everything else. */
const LOWER = new Uint8Array(256).fill(255);
for (const [value, code] of DIGITS.entries()) LOWER[code] = value;

/** Values of the digits of both cases. */
const EITHER = LOWER.slice();
for (const [value, digit] of [...'ABCDEF'].entries()) EITHER[digit.charCodeAt(0)] = value + 10;

/**
 * Reads 64 hexadecimal digits at `start` into 32 bytes.
 * @returns whether they are digits, of lower case alone unless `either`
 */
export function readHex32(
  text: Uint8Array,
  start: number,
  into: Uint8Array,
  at = 0,
  either = false,
): boolean {
  const values = either ? EITHER : LOWER;
  let bad = 0;
  for (let index = 0, from = start; index < 32; index++, from += 2) {
    const high = values[text[from] as number] as number;
    const low = values[text[from + 1] as number] as number;
    bad |= high | low;
    into[at + index] = (high << 4) | low;
  }
  return bad < 16;
}

/** Writes 32 bytes as 64 lower-case digits; returns the place behind them. */
export function writeHex32(into: Uint8Array, at: number, bytes: Uint8Array, from: number): number {
  let to = at;
  for (let index = from; index < from + 32; index++) {
    const byte = bytes[index] as number;
    into[to++] = DIGITS[byte >> 4] as number;
    into[to++] = DIGITS[byte & 15] as number;
  }
  return to;
}

/** Copies `bytes[start … end)`; returns the place behind it. For short ranges, where `set` costs more than it saves. */
export function copyBytes(
  into: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let to = at;
  for (let from = start; from < end; from++) into[to++] = bytes[from] as number;
  return to;
}
