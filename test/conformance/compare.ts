/**
 * When an actual result meets an expected one. A number passes if |actual − expected| ≤ tolerance·max(1, |expected|);
 * integers may be written as bigint, number or decimal string on either side; everything else must be equal.
 */

/** @returns what is wrong, with its path; null if nothing is */
export function mismatch(
  actual: unknown,
  expected: unknown,
  tolerance: number,
  path = 'result',
): string | null {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return differs(actual, expected, path);
    if (actual.length !== expected.length) {
      return `${path} has ${actual.length} items, expected ${expected.length}`;
    }
    return first(expected, (item, index) => mismatch(actual[index], item, tolerance, `${path}[${index}]`));
  }
  if (expected !== null && typeof expected === 'object') {
    if (actual === null || typeof actual !== 'object' || Array.isArray(actual)) {
      return differs(actual, expected, path);
    }
    const record = actual as Record<string, unknown>;
    return first(Object.entries(expected), ([key, value]) =>
      record[key] === undefined
        ? `${path}.${key} is missing`
        : mismatch(record[key], value, tolerance, `${path}.${key}`),
    );
  }
  return agree(actual, expected, tolerance) ? null : differs(actual, expected, path);
}

function agree(actual: unknown, expected: unknown, tolerance: number): boolean {
  if (actual === expected) return true;
  const [a, e] = [integer(actual), integer(expected)];
  if (a !== null && e !== null) {
    const distance = a > e ? a - e : e - a;
    return distance === 0n || (tolerance > 0 && withinTolerance(Number(distance), Number(e), tolerance));
  }
  // Text is exact: as doubles, two different strings of many digits could agree.
  if (typeof expected === 'string' && tolerance === 0) return false;
  const [x, y] = [real(actual), real(expected)];
  if (x === null || y === null) return false;
  return x === y || withinTolerance(Math.abs(x - y), y, tolerance);
}

const withinTolerance = (distance: number, expected: number, tolerance: number): boolean =>
  distance <= tolerance * Math.max(1, Math.abs(expected));

/** Integers are compared as such: as doubles, amounts above 2^53 would agree with their neighbours. */
function integer(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : null;
  return typeof value === 'string' && /^-?(0|[1-9][0-9]*)$/.test(value) ? BigInt(value) : null;
}

function real(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'string' && /^-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?$/i.test(value)
    ? Number(value)
    : null;
}

function first<T>(items: readonly T[], check: (item: T, index: number) => string | null): string | null {
  for (const [index, item] of items.entries()) {
    const wrong = check(item, index);
    if (wrong !== null) return wrong;
  }
  return null;
}

const differs = (actual: unknown, expected: unknown, path: string): string =>
  `${path} is ${show(actual)}, expected ${show(expected)}`;

export const show = (value: unknown): string =>
  JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item)) ?? String(value);
