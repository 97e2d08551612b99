/**
 * What changed between two published epochs: in the statement (manifest), and row by row where rows can be told to be
 * the same user's: by their ids within one epoch, by their wallets across epochs, where ids change.
 */

import type { AssetEntry, Manifest } from './types.js';

/** A field that differs; null where it is absent. */
export interface FieldChange {
  readonly field: string;
  readonly a: string | null;
  readonly b: string | null;
}

export interface AssetChange {
  readonly asset: string;
  /** Of the epoch that has it; b's if both do. */
  readonly decimals: number;
  /** Which epochs have it. */
  readonly in: 'a' | 'b' | 'both';
  readonly rows: readonly [number | null, number | null];
  readonly total: readonly [bigint | null, bigint | null];
  readonly requests: readonly [bigint | null, bigint | null];
  /** Root, file, CID and the like. */
  readonly fields: readonly FieldChange[];
}

export interface Amounts {
  readonly total: bigint;
  readonly withdrawable: bigint;
  readonly request: bigint;
}

/** One user's row in both files; null where there is none. */
export interface RowChange {
  /** The id (64 digits) or the wallet (0x hex) that both rows have. */
  readonly key: string;
  readonly a: Amounts | null;
  readonly b: Amounts | null;
}

export interface RowsDiff {
  readonly by: 'id' | 'wallet';
  readonly rows: readonly [number, number];
  readonly same: number;
  readonly changed: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** The first by key that differs; null if nothing does. */
  readonly first: RowChange | null;
  /** The largest changes of the total, then of withdrawable and request. Empty where no key is in both files. */
  readonly biggest: readonly RowChange[];
}

const HEADER_FIELDS = [
  'chain',
  'custody',
  'epoch',
  'prevGpmp',
  'timestamp',
  'cidProfile',
  'withdrawableBasis',
  'gpmp',
  'digest',
] as const;
const FILE_FIELDS = ['decimals', 'root', 'file', 'bytes', 'sha256', 'cid'] as const;

/** The fields of the statement that differ, besides the assets. */
export function headerChanges(a: Manifest, b: Manifest): FieldChange[] {
  const block = ({ assetBlock }: Manifest) => assetBlock && `${assetBlock.number} ${assetBlock.hash}`;
  return [
    ...HEADER_FIELDS.map((field) => ({ field, a: String(a[field]), b: String(b[field]) })),
    { field: 'assetBlock', a: block(a), b: block(b) },
  ].filter(differs);
}

/** Every asset of either epoch, ascending by name, whether it changed or not. */
export function assetChanges(a: Manifest, b: Manifest): AssetChange[] {
  const names = new Set([...a.assets, ...b.assets].map(({ asset }) => asset));
  return [...names].sort().map((name) => {
    const [one, other] = [a, b].map(({ assets }) => assets.find(({ asset }) => asset === name));
    return assetChange(name, one, other);
  });
}

function assetChange(asset: string, a: AssetEntry | undefined, b: AssetEntry | undefined): AssetChange {
  return {
    asset,
    decimals: (b ?? a)?.decimals ?? 0,
    in: a === undefined ? 'b' : b === undefined ? 'a' : 'both',
    rows: [a?.rows ?? null, b?.rows ?? null],
    total: [a?.total ?? null, b?.total ?? null],
    requests: [a?.requests ?? null, b?.requests ?? null],
    fields:
      a === undefined || b === undefined
        ? []
        : FILE_FIELDS.map((field) => ({ field, a: String(a[field]), b: String(b[field]) })).filter(differs),
  };
}

const differs = ({ a, b }: FieldChange): boolean => a !== b;

/** Rows of a file ascending by the key that they are joined by. */
export interface KeyedRows {
  readonly by: RowsDiff['by'];
  /** Goes to the next row; false after the last. */
  step(): boolean | Promise<boolean>;
  /** Order of this row's key and another file's: negative if this one's is smaller. */
  compare(other: this): number;
  key(): string;
  total(): bigint;
  amounts(): Amounts;
  /** Whether the amounts are those of the other file's row. */
  equals(other: this): boolean;
}

const BIGGEST = 10;
/** Rows after which a reader lets others have a turn. */
const PAUSE = 65_536;

/** @throws what reading throws */
export async function diffRows<Side extends KeyedRows>(
  a: Side,
  b: Side,
  onRows: (rows: number) => Promise<void> = async () => {},
): Promise<RowsDiff> {
  const count = { a: 0, b: 0, same: 0, changed: 0 };
  let first: RowChange | null = null;
  const biggest = new Biggest();
  let [inA, inB] = [await a.step(), await b.step()];
  while (inA || inB) {
    const order = !inA ? 1 : !inB ? -1 : a.compare(b);
    if (order === 0 && a.equals(b)) count.same++;
    else {
      if (order === 0) count.changed++;
      const size = distance(order > 0 ? 0n : a.total(), order < 0 ? 0n : b.total());
      // Most rows are not among the largest: only of those that may be is the rest read.
      if (first === null || biggest.takes(size)) {
        const change: RowChange = {
          key: (order > 0 ? b : a).key(),
          a: order > 0 ? null : a.amounts(),
          b: order < 0 ? null : b.amounts(),
        };
        first ??= change;
        biggest.add(change);
      }
    }
    if (order <= 0) {
      count.a++;
      const step = a.step();
      inA = typeof step === 'boolean' ? step : await step;
    }
    if (order >= 0) {
      count.b++;
      const step = b.step();
      inB = typeof step === 'boolean' ? step : await step;
    }
    if ((count.a + count.b) % PAUSE === 0) await onRows(count.a + count.b);
  }
  const both = count.same + count.changed;
  return {
    by: a.by,
    rows: [count.a, count.b],
    same: count.same,
    changed: count.changed,
    onlyA: count.a - both,
    onlyB: count.b - both,
    first,
    biggest: both === 0 ? [] : biggest.list,
  };
}

/** The largest changes, largest first; of equal ones the first to come. */
class Biggest {
  list: RowChange[] = [];

  /** Whether a change of the total by this much may be among them. */
  takes(size: bigint): boolean {
    const last = this.list.at(-1);
    return this.list.length < BIGGEST || last === undefined || size >= sizeOf(last, 'total');
  }

  add(change: RowChange): void {
    const last = this.list.at(-1);
    if (this.list.length === BIGGEST && last !== undefined && compareSize(change, last) >= 0) return;
    const at = this.list.findIndex((one) => compareSize(change, one) < 0);
    this.list.splice(at === -1 ? this.list.length : at, 0, change);
    this.list.length = Math.min(this.list.length, BIGGEST);
  }
}

const COLUMNS = ['total', 'withdrawable', 'request'] as const;

/** Negative if `one` is the larger change. */
function compareSize(one: RowChange, other: RowChange): number {
  for (const column of COLUMNS) {
    const [size, otherSize] = [sizeOf(one, column), sizeOf(other, column)];
    if (size !== otherSize) return size > otherSize ? -1 : 1;
  }
  return 0;
}

const sizeOf = ({ a, b }: RowChange, column: keyof Amounts): bigint =>
  distance(a?.[column] ?? 0n, b?.[column] ?? 0n);

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);
