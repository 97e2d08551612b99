/** Reads the parts of a JSON file and says where it is not of the form that is expected. */

import { type BursarError, usageError } from '../errors.js';

/** Where in the file: `content.facts.validators[3].commission`. */
export type Path = string;

export function bad(path: Path, what: string): BursarError {
  return usageError('FILE_FORM', `The file has not the form that is expected: ${path} is not ${what}.`, {
    hint: 'It was changed, or made by something else. Make it again.',
  });
}

export function record(value: unknown, path: Path): Record<string, unknown> {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad(path, 'an object');
  return value as Record<string, unknown>;
}

export function list<T>(value: unknown, path: Path, item: (value: unknown, path: Path) => T): T[] {
  if (!Array.isArray(value)) throw bad(path, 'a list');
  return value.map((one, index) => item(one, `${path}[${index}]`));
}

export function text(value: unknown, path: Path): string {
  if (typeof value !== 'string') throw bad(path, 'text');
  return value;
}

export function flag(value: unknown, path: Path): boolean {
  if (typeof value !== 'boolean') throw bad(path, 'true or false');
  return value;
}

/** A whole number that is not negative. */
export function whole(value: unknown, path: Path): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw bad(path, 'a whole number');
  return value as number;
}

/** Parts of 10^9. */
export function perbill(value: unknown, path: Path): number {
  const parts = whole(value, path);
  if (parts > 1e9) throw bad(path, 'at most 10^9 parts of 10^9');
  return parts;
}

export function real(value: unknown, path: Path): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(path, 'a number');
  return value;
}

/** An amount: digits as text. */
export function planck(value: unknown, path: Path): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,38})$/.test(value))
    throw bad(path, 'an amount in digits');
  return BigInt(value);
}

export function oneOf<const T extends string>(options: readonly T[]): (value: unknown, path: Path) => T {
  return (value, path) => {
    if (!options.includes(value as T)) throw bad(path, `one of ${options.join(', ')}`);
    return value as T;
  };
}

export function nullable<T>(
  read: (value: unknown, path: Path) => T,
): (value: unknown, path: Path) => T | null {
  return (value, path) => (value === null ? null : read(value, path));
}
