/** Random epochs for tests: rows that keep the rules, and the claim and levels that belong to them. */
import fc from 'fast-check';
import { commitmentOf, joinCommitments, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { type Opening, pathOf, proveInclusion, type TreeClaim } from '../../../src/lib/pofbs/proof.js';
import { leafOf, levelsOf, sha256 } from '../../../src/lib/pofbs/tree.js';
import type { EpochHeader, Row, SumNode } from '../../../src/lib/pofbs/types.js';

export const HEADER: EpochHeader = {
  chain: `0x${'11'.repeat(32)}`,
  custody: `0x${'22'.repeat(20)}`,
  epoch: 7,
  prevGpmp: `0x${'00'.repeat(32)}`,
  timestamp: 1_700_000_000,
};

export const hash32 = (text: string): Uint8Array => sha256(new TextEncoder().encode(text));

/** Rows of the given amounts, with ids that ascend. */
export function rowsWith(amounts: readonly (readonly [bigint, bigint, bigint])[]): Row[] {
  const ids = amounts.map((_, index) => hash32(`row ${index}`)).sort(Buffer.compare);
  return amounts.map(([total, withdrawable, request], index) => ({
    id: ids[index]!,
    total,
    withdrawable,
    request,
  }));
}

/** Amounts of all sizes up to 2^128 − 1, in the order that the rules ask for. */
export const anyRow = fc
  .tuple(...([0, 1, 2] as const).map(() => fc.oneof(fc.bigInt(0n, 100n), fc.bigInt(0n, 2n ** 128n - 1n))))
  .map((amounts) => [...amounts].sort((a, b) => (a < b ? 1 : -1)) as [bigint, bigint, bigint]);

export const anyRows = (max = 40): fc.Arbitrary<Row[]> =>
  fc.array(anyRow, { minLength: 1, maxLength: max }).map(rowsWith);

export interface Epoch {
  readonly rows: readonly Row[];
  readonly levels: SumNode[][];
  readonly claim: TreeClaim;
  readonly gpmp: string;
  prove(index: number, opening?: Opening): ReturnType<typeof proveInclusion>;
}

/** An epoch of one tree among other assets' commitments. */
export function epochOf(
  rows: readonly Row[],
  options: {
    levels?: SumNode[][];
    header?: EpochHeader;
    others?: readonly string[];
    position?: number;
    summary?: object;
  } = {},
): Epoch {
  const { levels = levelsOf(rows.map(leafOf)), header = HEADER, others = [], position = 0 } = options;
  const top = levels.at(-1)![0]!;
  const summary = {
    asset: 'USDC',
    decimals: 6,
    rows: rows.length,
    total: top.total,
    requests: top.requests,
    root: toHex(top.hash),
    ...options.summary,
  };
  const claim = { header, summary, others, position };
  const own = commitmentOf(header, summary);
  return {
    rows,
    levels,
    claim,
    gpmp: joinCommitments([...others.slice(0, position), own, ...others.slice(position)]),
    prove: (index, opening) =>
      proveInclusion(claim, index, rows[index]!, pathOf(levels, index), opening ?? null),
  };
}

/** The snapshot file of rows. */
export function csvOf(rows: readonly Row[]): Uint8Array {
  const lines = rows.map(
    ({ id, total, withdrawable, request }) => `${toHex(id).slice(2)},${total},${withdrawable},${request}\n`,
  );
  return new TextEncoder().encode(`id,total,withdrawable,request\n${lines.join('')}`);
}
