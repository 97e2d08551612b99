/**
 * Plain data: what facts, plans and outcomes are made of. It can be saved as JSON and read back: amounts are bigint in
 * memory and decimal strings in JSON.
 */

/** An amount in the chain's smallest unit. */
export type Planck = bigint;

export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Plain[]
  | { readonly [key: string]: Plain | undefined };

/** JSON text in which a bigint is a decimal string. Key order is insertion order; the same value gives the same bytes. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? item.toString() : item), indent);
}

/** JSON text with sorted keys and no white space: the same value gives the same bytes whoever built it. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(sorted);
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value as Record<string, unknown>).filter(([, item]) => item !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
  }
  return value;
}
