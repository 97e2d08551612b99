/**
 * What a public snapshot gives away. Ids say nothing, but amounts do: a request that nobody else makes is the withdrawal
 * of the same amount on chain, and a balance that nobody else has is the same user's balance in the next epoch. This is
 * counted, per file and from each file to the next one; nothing here names a user.
 */

import { usageError } from '../errors.js';
import type { Percentage } from './detection.js';
import { common, type Fingerprint, KEYS, type Key } from './fingerprint.js';

/** A snapshot's fingerprint and where it comes from. */
export interface PrivacySource {
  readonly source: string;
  /** Name of the asset and number of the epoch, where a manifest says them. */
  readonly asset: string | null;
  readonly epoch: number | null;
  readonly fingerprint: Fingerprint;
}

export interface PrivacyFile {
  readonly source: string;
  readonly asset: string | null;
  readonly epoch: number | null;
  readonly rows: number;
  /** Rows with a request, and those whose request nobody else makes. */
  readonly requests: number;
  readonly uniqueRequests: number;
  /** Rows whose total, withdrawable or whole combination of amounts no other row has. */
  readonly unique: { readonly total: number; readonly withdrawable: number; readonly all: number };
  /** Rows by the number of rows with the same three amounts, themselves included. */
  readonly sets: readonly { readonly from: number; readonly to: number | null; readonly rows: number }[];
}

export interface PrivacyPair {
  readonly from: string;
  readonly to: string;
  /** Pairs of rows, one of each file, that alone have this amount, or these amounts, in both. */
  readonly joined: { readonly [Each in Key]: number };
  /** Rows whose id is in both files. */
  readonly sameIds: number;
}

/** A share of the rows of one file that something outside of it singles out. */
export interface Exposure {
  readonly source: string;
  /** `withdrawals`: by the request, on chain. `next`: by an amount, in the file that follows. `ids`: by the id. */
  readonly by: 'withdrawals' | 'next' | 'ids';
  readonly key: Key | 'id';
  readonly rows: number;
  readonly of: number;
}

export interface PrivacyResult {
  readonly files: readonly PrivacyFile[];
  readonly pairs: readonly PrivacyPair[];
  /** The largest share; null if no row is singled out. */
  readonly worst: Exposure | null;
  /** What --max-unique allows, in percent, and whether no share is above it. Null without it. */
  readonly limit: { readonly percent: string; readonly kept: boolean } | null;
  readonly recommendations: readonly string[];
}

/**
 * Counts over files as they come, so that only two of them are in memory at a time.
 * Files of one asset are compared with the next one of that asset; files without a manifest with one another.
 */
export class PrivacyLint {
  readonly #files: PrivacyFile[] = [];
  readonly #pairs: PrivacyPair[] = [];
  readonly #exposures: Exposure[] = [];
  readonly #last = new Map<string | null, PrivacySource>();

  add(one: PrivacySource): void {
    const { source, asset, fingerprint } = one;
    this.#files.push(fileOf(one));
    const before = this.#last.get(asset);
    if (before !== undefined) this.#compare(before, one);
    this.#last.set(asset, one);
    this.#expose(source, 'withdrawals', 'request', fingerprint.single.request.length, fingerprint.rows);
  }

  /** @throws usage NO_SNAPSHOTS if nothing was added */
  result(maximum: Percentage | null = null): PrivacyResult {
    if (this.#files.length === 0) throw usageError('NO_SNAPSHOTS', 'There is no snapshot to look at.');
    const worst = this.#exposures.reduce<Exposure | null>(worse, null);
    return {
      files: this.#files,
      pairs: this.#pairs,
      worst,
      limit:
        maximum === null ? null : { percent: maximum.text, kept: worst === null || within(worst, maximum) },
      recommendations: recommendations(this.#files, this.#pairs),
    };
  }

  #compare(before: PrivacySource, after: PrivacySource): void {
    const [a, b] = [before.fingerprint, after.fingerprint];
    const joined = Object.fromEntries(KEYS.map((key) => [key, common(a.single[key], b.single[key])]));
    const pair: PrivacyPair = {
      from: before.source,
      to: after.source,
      joined: joined as Record<Key, number>,
      sameIds: common(a.ids, b.ids),
    };
    this.#pairs.push(pair);
    const rows = Math.min(a.rows, b.rows);
    for (const key of KEYS) this.#expose(before.source, 'next', key, pair.joined[key], rows);
    this.#expose(before.source, 'ids', 'id', pair.sameIds, rows);
  }

  #expose(source: string, by: Exposure['by'], key: Exposure['key'], rows: number, of: number): void {
    if (rows > 0) this.#exposures.push({ source, by, key, rows, of });
  }
}

const SET_SIZES = [
  [1, 1],
  [2, 2],
  [3, 4],
  [5, 9],
  [10, 99],
  [100, null],
] as const;

function fileOf({ source, asset, epoch, fingerprint }: PrivacySource): PrivacyFile {
  const { rows, requests, single, sets } = fingerprint;
  return {
    source,
    asset,
    epoch,
    rows,
    requests,
    uniqueRequests: single.request.length,
    unique: {
      total: single.total.length,
      withdrawable: single.withdrawable.length,
      all: single.all.length,
    },
    sets: SET_SIZES.map(([from, to]) => ({
      from,
      to,
      rows: [...sets].reduce(
        (sum, [size, inSets]) => (size >= from && (to === null || size <= to) ? sum + inSets : sum),
        0,
      ),
    })),
  };
}

const worse = (worst: Exposure | null, one: Exposure): Exposure =>
  worst === null || BigInt(one.rows) * BigInt(worst.of) > BigInt(worst.rows) * BigInt(one.of) ? one : worst;

/** rows / of ≤ percent / 100, without rounding. */
const within = ({ rows, of }: Exposure, { millionths }: Percentage): boolean =>
  BigInt(rows) * 100_000_000n <= millionths * BigInt(of);

function recommendations(files: readonly PrivacyFile[], pairs: readonly PrivacyPair[]): string[] {
  const sum = <Item>(items: readonly Item[], count: (item: Item) => number) =>
    items.reduce((total, item) => total + count(item), 0);
  const found: string[] = [];
  const sameIds = sum(pairs, (pair) => pair.sameIds);
  const requests = sum(files, (file) => file.uniqueRequests);
  const joined = sum(pairs, (pair) => Math.max(pair.joined.total, pair.joined.withdrawable, pair.joined.all));
  const alone = sum(files, (file) => file.unique.all);
  if (sameIds > 0)
    found.push(
      'Ids are used again. Publish every epoch with ids of its own: whoever learns whose row it was once knows it for ever. If both files are of the same epoch, compare other files.',
    );
  if (requests > 0)
    found.push(
      'Requests that are unique can be found again as withdrawals on chain, and so tell whose rows they are. Let users withdraw in fixed steps, such as 10, 50 and 100, or split a withdrawal over several epochs.',
    );
  if (joined > 0)
    found.push(
      'Rows can be followed from one file to the next by their amounts. Whoever recognises a row once, by its withdrawal, can then follow it. Split large balances into several rows with ids of their own, or credit small changes to every balance in every epoch.',
    );
  if (alone > 0 && found.length === 0)
    found.push(
      'Rows that share their amounts with nobody can be recognised by whoever knows the balance. That is harmless as long as nobody outside knows it.',
    );
  if (files.some(({ rows }) => rows < 100))
    found.push(
      'A file of few rows hides nobody: the fewer users, the easier it is to guess whose row it is.',
    );
  return found;
}
