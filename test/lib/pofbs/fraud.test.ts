/** Fraud proofs: made of dishonest trees, checked, and never to be had of an honest one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFraud, type FraudProof, fraudBytes, parseFraud } from '../../../src/lib/pofbs/fraud.js';
import { findFraud, type Suspect } from '../../../src/lib/pofbs/fraudFind.js';
import { proofNode, proofRow } from '../../../src/lib/pofbs/proof.js';
import { emptyRoot, leafOf, levelsOf, nodeHash } from '../../../src/lib/pofbs/tree.js';
import type { Row, SumNode } from '../../../src/lib/pofbs/types.js';
import { anyRows, type Epoch, epochOf, HEADER, rowsWith } from './snapshots.js';

const U256 = 1n << 256n;

/** Every level, padded, so that a forger can change any node. */
const paddedLevels = (rows: readonly Row[]): SumNode[][] =>
  levelsOf(rows.map(leafOf)).map((nodes, level, all) =>
    Array.from({ length: 2 ** (all.length - 1 - level) }, (_, index) => nodes[index] ?? emptyRoot(level)),
  );

/** What a forger publishes who adds `lie` to the total that a node claims, and hashes everything above as it should be. */
function forged(rows: readonly Row[], level: number, index: number, lie: bigint): SumNode[][] {
  const levels = paddedLevels(rows);
  const claim = (at: number, node: number, change: Partial<SumNode>) => {
    levels[at]![node] = { ...levels[at]![node]!, ...change };
  };
  claim(level, index, { total: BigInt.asUintN(256, levels[level]![index]!.total + lie) });
  for (let at = level + 1, node = index >> 1; at < levels.length; at++, node >>= 1) {
    const [left, right] = [levels[at - 1]![2 * node]!, levels[at - 1]![2 * node + 1]!];
    claim(at, node, { hash: nodeHash(left, right), total: BigInt.asUintN(256, left.total + right.total) });
  }
  return levels;
}

/** All that a finder can know: the rows, and the published nodes from a level upwards. */
function suspectOf(epoch: Epoch, knownFrom = 0, bad: Partial<Suspect> = {}): Suspect {
  const computed = paddedLevels(epoch.rows);
  return {
    claim: epoch.claim,
    computed: async (level, index) => computed[level]![index]!,
    published: async (level, index) => (level < knownFrom ? null : epoch.levels[level]![index]!),
    row: async (index) => epoch.rows[index]!,
    badRow: null,
    badOrder: null,
    ...bad,
  };
}

function verdict(bytes: Uint8Array, gpmp: string): string | null {
  try {
    return checkFraud(parseFraud(bytes), gpmp).rule;
  } catch (error) {
    expect(error).toMatchObject({ code: 'PROOF_FORM', exit: 9 });
    return null;
  }
}

async function found(suspect: Suspect): Promise<FraudProof> {
  const proof = await findFraud(suspect);
  expect(proof).not.toBeNull();
  expect(parseFraud(fraudBytes(proof!))).toEqual(proof);
  return proof!;
}

const owes = (...totals: bigint[]) => rowsWith(totals.map((total) => [total, total, 0n]));
const seven = owes(1n, 2n, 3n, 4n, 5n, 6n, 7n);

describe('a wrong sum', () => {
  it.each([
    [0, 0, -1n],
    [0, 5, 10n ** 30n],
    [0, 6, -7n],
    [1, 0, -1n],
    [1, 3, 5n],
    [2, 1, -10n],
    [2, 0, U256 - 1n],
  ])('at level %d, node %d, is found and proved', async (level, index, lie) => {
    const epoch = epochOf(seven, { levels: forged(seven, level, index, lie) });
    const proof = await found(suspectOf(epoch));
    expect(proof).toMatchObject({ kind: 'sum', level, index });
    expect(checkFraud(proof, epoch.gpmp)).toMatchObject({ holds: true, rule: 'R_TOTALS' });
  });

  it.each(['total', 'requests'] as const)('at the root: the %s of the summary', async (field) => {
    const epoch = epochOf(seven, { summary: { [field]: 1n } });
    const proof = await found(suspectOf(epoch, 99));
    expect(proof).toMatchObject({ kind: 'sum', level: 3, index: 0, path: [] });
    expect(checkFraud(proof, epoch.gpmp).rule).toBe('R_TOTALS');
  });

  it('of a lone row', async () => {
    const epoch = epochOf(owes(5n), { summary: { total: 4n } });
    const proof = await found(suspectOf(epoch, 99));
    expect(proof).toMatchObject({ kind: 'sum', level: 0, opened: { row: { total: 5n } } });
    expect(checkFraud(proof, epoch.gpmp).rule).toBe('R_TOTALS');
  });

  it('Maxwell flaw: 100 and 70 are owed, 100 is published', async () => {
    const rows = owes(100n, 70n);
    const levels = [rows.map(leafOf)];
    levels[0]![1] = { ...levels[0]![1]!, total: 0n };
    levels.push([{ hash: nodeHash(levels[0]![0]!, levels[0]![1]!), total: 100n, requests: 0n }]);
    const epoch = epochOf(rows, { levels });
    expect(checkFraud(await found(suspectOf(epoch)), epoch.gpmp).rule).toBe('R_TOTALS');
  });

  it('2^256 wrap: children whose sum leaves 256 bits', async () => {
    const rows = owes(1n, 2n, 3n, 4n);
    const levels = forged(rows, 1, 1, U256 - 1n - 7n);
    const epoch = epochOf(rows, { levels });
    expect(epoch.claim.summary.total).toBe(2n);
    const proof = await found(suspectOf(epoch));
    expect(proof).toMatchObject({ level: 2, opened: { right: { total: U256 - 1n } } });
    expect(checkFraud(proof, epoch.gpmp).rule).toBe('R_TOTALS');
  });

  it('is not found where the nodes that would show it are not at hand', async () => {
    const epoch = epochOf(seven, { levels: forged(seven, 0, 5, 1n) });
    expect(await findFraud(suspectOf(epoch, 1))).toBeNull();
    expect(await findFraud(suspectOf(epoch, 0))).not.toBeNull();
  });
});

describe('a bad row', () => {
  it.each([
    ['C4', { request: 8n }],
    ['C4', { withdrawable: 9n, request: 10n }],
    ['C4b', { withdrawable: 5n }],
  ])('that breaks %s is proved', async (rule, change) => {
    const rows = seven.map((row, index) => (index === 3 ? { ...row, ...change } : row));
    const epoch = epochOf(rows);
    const proof = await found(suspectOf(epoch, 99, { badRow: 3 }));
    expect(proof).toMatchObject({ kind: 'row', index: 3 });
    expect(checkFraud(proof, epoch.gpmp)).toMatchObject({ holds: true, rule });
  });

  it('proves nothing if it keeps the conditions', async () => {
    const epoch = epochOf(seven);
    expect(await findFraud(suspectOf(epoch, 99, { badRow: 3 }))).toBeNull();
    const { opening, format, ...shared } = epoch.prove(3);
    const proof: FraudProof = { ...shared, format: 'pofbs.fraud/1', kind: 'row' };
    const { holds, rule, steps } = checkFraud(proof, epoch.gpmp);
    expect([opening, format, holds, rule, steps.at(-1)]).toMatchObject([
      null,
      'pofbs.inclusion/1',
      false,
      null,
      { name: 'fraud', ok: false },
    ]);
  });
});

describe('two rows that do not ascend', () => {
  it.each([
    ['C6', [0, 1, 2, 2, 3], 3],
    ['C6', [0, 1, 1], 2],
    ['C6', [0, 0], 1],
    ['E_ORDER', [0, 2, 1, 3], 2],
    ['E_ORDER', [3, 2, 1, 0], 1],
  ])('break %s: %j', async (rule, order, at) => {
    const rows = order.map((index) => seven[index]!);
    const epoch = epochOf(rows);
    const proof = await found(suspectOf(epoch, 99, { badOrder: at }));
    expect(proof).toMatchObject({ kind: 'order', index: at - 1 });
    expect(checkFraud(proof, epoch.gpmp)).toMatchObject({ holds: true, rule });
  });

  it('must stand side by side: others prove nothing', () => {
    const epoch = epochOf(seven);
    const [one, far] = [epoch.prove(0), epoch.prove(2)];
    const { row: _row, path: _path, opening: _opening, ...claim } = one;
    const proof: FraudProof = {
      ...claim,
      format: 'pofbs.fraud/1',
      kind: 'order',
      rows: [far.row, one.row],
      paths: [far.path, one.path],
    };
    expect(checkFraud(proof, epoch.gpmp).rule).toBeNull();
    const exchanged: FraudProof = { ...proof, rows: [one.row, far.row], paths: [one.path, far.path] };
    expect(checkFraud(exchanged, epoch.gpmp).steps.find(({ ok }) => ok === false)?.name).toBe('root');
  });
});

describe('an honest custodian', () => {
  const anyEpoch = anyRows(20).map((rows) => epochOf(rows));

  it('is never convicted: nothing is found', async () => {
    await fc.assert(
      fc.asyncProperty(anyEpoch, async (epoch) => {
        expect(await findFraud(suspectOf({ ...epoch, levels: paddedLevels(epoch.rows) }))).toBeNull();
      }),
      { numRuns: 40 },
    );
  });

  it('is never convicted: a leaf opened as a node, a node as a leaf, a node at another level', () => {
    const epoch = epochOf(owes(1n, 2n, 3n, 4n));
    const [leaves, nodes] = epoch.levels as [SumNode[], SumNode[]];
    const base = { ...epoch.claim, format: 'pofbs.fraud/1', kind: 'sum' } as const;
    const stopped = (proof: FraudProof) =>
      checkFraud(proof, epoch.gpmp).steps.find(({ ok }) => ok === false)?.name;
    const claimed = { total: 9n, requests: 0n };
    const opened = { left: proofNode(leaves[0]!), right: proofNode(leaves[1]!) };
    const asRow = { row: proofRow(epoch.rows[0]!) };
    const path = [proofNode(nodes[1]!)];
    expect(stopped({ ...base, level: 1, index: 0, claimed, opened: asRow, path })).toBe('opened');
    expect(stopped({ ...base, level: 0, index: 0, claimed, opened, path: [path[0]!, path[0]!] })).toBe(
      'opened',
    );
    expect(stopped({ ...base, level: 0, index: 0, claimed, opened: asRow, path })).toBe('depth');
    expect(stopped({ ...base, level: 1, index: 2, claimed, opened, path })).toBe('index');
    expect(stopped({ ...base, level: 1, index: 0, claimed, opened, path })).toBe('root');
    expect(stopped({ ...base, level: 1, index: 0, claimed: { total: 3n, requests: 0n }, opened, path })).toBe(
      'fraud',
    );
  });

  it('is never convicted: by any change to a fraud proof of somebody else, or to an inclusion proof', () => {
    const epoch = epochOf(seven);
    const guilty = epochOf(seven.map((row) => ({ ...row, request: 99n })));
    const { opening: _, format: _format, ...shared } = guilty.prove(2);
    const proof = { ...shared, format: 'pofbs.fraud/1', kind: 'row' } as const;
    expect(checkFraud(proof, guilty.gpmp).rule).toBe('C4');
    expect(checkFraud(proof, epoch.gpmp).steps[0]).toMatchObject({ name: 'gpmp', ok: false });
    expect(checkFraud({ ...proof, summary: epoch.claim.summary }, epoch.gpmp).rule).toBeNull();
  });
});

describe('the file of a fraud proof', () => {
  const bad = seven.map((row, index) => (index === 3 ? { ...row, request: 99n } : row));
  const cases = {
    row: suspectOf(epochOf(bad), 99, { badRow: 3 }),
    order: suspectOf(epochOf([...seven, seven[6]!]), 99, { badOrder: 7 }),
    sum: suspectOf(epochOf(seven, { levels: forged(seven, 1, 2, 5n) })),
    leaf: suspectOf(epochOf(seven, { levels: forged(seven, 0, 2, 5n) })),
  };
  const gpmps = {
    row: epochOf(bad).gpmp,
    order: epochOf([...seven, seven[6]!]).gpmp,
    sum: epochOf(seven, { levels: forged(seven, 1, 2, 5n) }).gpmp,
    leaf: epochOf(seven, { levels: forged(seven, 0, 2, 5n) }).gpmp,
  };

  it.each(Object.keys(cases) as (keyof typeof cases)[])(
    '%s: any single byte that is changed changes the verdict',
    async (name) => {
      const bytes = fraudBytes(await found(cases[name]));
      expect(verdict(bytes, gpmps[name])).not.toBeNull();
      for (let place = 0; place < bytes.length; place++) {
        const changed = bytes.slice();
        changed[place] = changed[place] === 0x30 ? 0x31 : 0x30;
        expect([place, verdict(changed, gpmps[name])]).toEqual([place, null]);
      }
    },
  );

  it('is refused in any other form', async () => {
    const text = Buffer.from(fraudBytes(await found(cases.sum))).toString();
    for (const changed of [
      text.replace('"kind":"sum"', '"kind":"other"'),
      text.replace('"kind":"sum"', '"kind":"row"'),
      text.replace('"level":1', '"level":41'),
      text.replace('"opened":{', '"opened":{"row":null,'),
      text.replace('fraud/1', 'inclusion/1'),
      text.replace('{', '{ '),
    ]) {
      expect(changed).not.toBe(text);
      expect(() => parseFraud(Buffer.from(changed))).toThrow(expect.objectContaining({ code: 'PROOF_FORM' }));
    }
    const pair = Buffer.from(fraudBytes(await found(cases.order))).toString();
    const three = JSON.parse(pair);
    three.rows.push(three.rows[0]);
    expect(() => parseFraud(Buffer.from(`${JSON.stringify(three)}\n`))).toThrow(/not two/);
  });

  it('survives arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(verdict(bytes, HEADER.chain)).toBeNull();
      }),
    );
  });
});
