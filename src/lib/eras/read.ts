/** Batched storage reads that are put together from parts: each part knows its keys and how its values are decoded. */

import type { Chain, StorageQuery } from '../chain/types.js';
import type { Plain } from '../plain.js';

/** A part of a read. */
export interface Part<T> {
  readonly queries: readonly StorageQuery[];
  /** Expected bytes of each answer, for values that are not small. */
  readonly bytes?: (index: number) => number;
  readonly decode: (values: readonly Plain[]) => T;
}

type Values<Parts extends readonly Part<unknown>[]> = {
  -readonly [Index in keyof Parts]: Parts[Index] extends Part<infer T> ? T : never;
};

/** An answer that nodes give without complaint: their own limit is 15 MB. */
const BYTES_A_READ = 6_000_000;
/** Key and value as hex in JSON, for a small value. */
const SMALL = 300;

/**
 * Reads all parts at one block; small values of different parts share requests.
 *
 * @param at default: the chain's reference block
 */
export async function readParts<const Parts extends readonly Part<unknown>[]>(
  chain: Chain,
  parts: Parts,
  at?: string,
): Promise<Values<Parts>> {
  const queries = parts.flatMap((part) => part.queries);
  const sizes = parts.flatMap(({ queries, bytes }) =>
    queries.map((_, index) => (bytes?.(index) ?? 0) + SMALL),
  );
  const values = await readSized(chain, queries, sizes, at);
  let from = 0;
  return parts.map(({ queries, decode }) => {
    from += queries.length;
    return decode(values.slice(from - queries.length, from));
  }) as Values<Parts>;
}

/** One after the other if the answers are large, so that neither the node nor the memory is overrun. */
async function readSized(
  chain: Chain,
  queries: readonly StorageQuery[],
  sizes: readonly number[],
  at: string | undefined,
): Promise<Plain[]> {
  const values: Plain[] = [];
  for (let start = 0; start < queries.length; ) {
    let end = start;
    for (let sum = 0; end < queries.length && (end === start || sum + sizes[end]! <= BYTES_A_READ); end++)
      sum += sizes[end]!;
    values.push(...(await chain.read(queries.slice(start, end), at)));
    start = end;
  }
  return values;
}

/** One value for each of `items`, in their order. */
export function each<Item, T>(
  items: readonly Item[],
  query: (item: Item) => StorageQuery,
  decode: (value: Plain, item: Item) => T,
  bytes?: (item: Item) => number,
): Part<T[]> {
  return {
    queries: items.map(query),
    ...(bytes ? { bytes: (index: number) => bytes(items[index]!) } : {}),
    decode: (values) => values.map((value, index) => decode(value, items[index]!)),
  };
}

/** A part of which nothing has to be read. */
export const known = <T>(value: T): Part<T> => ({ queries: [], decode: () => value });
