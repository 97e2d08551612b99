/**
 * Every attack on proofs that is known from verifiers in use, by its name. A forger may publish any GPMP that he likes and
 * give each user another proof; what he must not get is a proof that holds and is not true.
 */
import { describe, expect, it } from 'vitest';
import { commitmentOf, joinCommitments, toHex } from '../../../src/lib/pofbs/gpmp.js';
import {
  type InclusionProof,
  parseInclusion,
  pathOf,
  proofBytes,
  proofNode,
} from '../../../src/lib/pofbs/proof.js';
import { checkInclusion } from '../../../src/lib/pofbs/proofCheck.js';
import { EMPTY, emptyRoot, leafOf, levelsOf, nodeHash, nodeOf, sha256 } from '../../../src/lib/pofbs/tree.js';
import type { Row, SumNode } from '../../../src/lib/pofbs/types.js';
import { epochOf, HEADER, hash32, rowsWith } from './snapshots.js';

/** Name of the step that a proof fails at; `refused` if its file is not even read; null if it holds. */
function stoppedBy(proof: InclusionProof, gpmp: string): string | null {
  let read: InclusionProof;
  try {
    read = parseInclusion(proofBytes(proof));
  } catch (error) {
    expect(error).toMatchObject({ code: 'PROOF_FORM' });
    return 'refused';
  }
  return checkInclusion(read, gpmp).steps.find(({ ok }) => ok === false)?.name ?? null;
}

const row = (name: string, total: bigint, request = 0n): Row => ({
  id: hash32(name),
  total,
  withdrawable: total,
  request,
});
const owes = (...totals: bigint[]) => rowsWith(totals.map((total) => [total, total, 0n]));
const claimOf = (top: SumNode, rows: number) => ({
  root: toHex(top.hash),
  total: top.total,
  requests: top.requests,
  rows,
});

describe('forged sums', () => {
  it('Maxwell flaw: each of two users is shown a sibling that makes the sum come out right', () => {
    // 100 and 70 are owed, 100 is published. A hash over the sum of both children alone would let both proofs pass.
    const [a, b] = [row('a', 100n), row('b', 70n)];
    const shown = nodeOf(leafOf(a), { ...leafOf(b), total: 0n });
    const epoch = epochOf([a, b], { levels: [[leafOf(a), { ...leafOf(b), total: 0n }], [shown]] });
    expect(epoch.claim.summary.total).toBe(100n);
    // To the user of 100 the other leaf has to be shown as one that claims nothing: only that one proof can hold.
    expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBeNull();
    const proofOfB = { ...epoch.prove(1), path: [proofNode({ ...leafOf(a), total: 30n })] };
    expect(stoppedBy(proofOfB, epoch.gpmp)).toBe('root');
    expect(stoppedBy(epoch.prove(1), epoch.gpmp)).toBe('root');
  });

  it('negative sibling: as text, as a number that wraps, and as a huge sum', () => {
    const [a, b] = [row('a', 100n), row('b', 70n)];
    const leaves = (second: bigint) => [leafOf(a), { ...leafOf(b), total: second }];
    for (const second of [-95n, 2n ** 256n - 95n]) {
      const wrapped = BigInt.asUintN(256, second);
      const hash = nodeHash(leafOf(a), { ...leafOf(b), total: wrapped });
      const top = { hash, total: 5n, requests: 0n };
      const epoch = epochOf([a, b], { levels: [leaves(second), [top]] });
      expect(epoch.claim.summary.total).toBe(5n);
      expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBe(second < 0n ? 'refused' : 'range');
    }
  });

  it('2^256 wrap: siblings whose sum comes round to what was published', () => {
    const rows = owes(1n, 2n, 3n, 4n);
    const [one, two] = levelsOf(rows.map(leafOf))[1]!;
    const giant = { ...two!, total: 2n ** 256n - 1n };
    const top = { hash: nodeHash(one!, giant), total: one!.total - 1n, requests: 0n };
    const epoch = epochOf(rows, { levels: [rows.map(leafOf), [one!, giant], [top]] });
    expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBe('range');
  });

  it('a node that claims more than its rows can hold', () => {
    const rows = owes(1n, 2n, 3n);
    const [one, two] = levelsOf(rows.map(leafOf))[1]!;
    const most = 2n ** 128n - 1n;
    for (const [total, stopped] of [
      [most, null],
      [most + 1n, 'range'],
    ] as const) {
      const levels = [rows.map(leafOf), [one!, { ...two!, total }]];
      levels.push([nodeOf(levels[1]![0]!, levels[1]![1]!)]);
      const epoch = epochOf(rows, { levels });
      expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBe(stopped);
    }
  });

  it('a total in the summary that is not the sum of the tree', () => {
    const rows = owes(100n, 70n);
    for (const summary of [{ total: 100n }, { requests: 1n }]) {
      const epoch = epochOf(rows, { summary });
      expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBe('sums');
    }
  });
});

describe('two readings of one thing', () => {
  it('concatenated decimals: 1 and 23 are not 12 and 3', () => {
    const hashes = [
      leafOf({ ...row('a', 0n), total: 1n, withdrawable: 23n }),
      leafOf({ ...row('a', 0n), total: 12n, withdrawable: 3n }),
      leafOf({ ...row('a', 0n), total: 123n, withdrawable: 0n }),
    ].map(({ hash }) => toHex(hash));
    expect(new Set(hashes).size).toBe(3);
    const rows = [{ ...row('a', 23n), request: 1n }];
    const epoch = epochOf(rows);
    const proof = epoch.prove(0);
    const moved = { ...proof, row: { ...proof.row, total: 2n, withdrawable: 2n, request: 1n } };
    expect(stoppedBy(moved, epoch.gpmp)).toBe('root');
  });

  it('node shown as leaf: the two halves of a node’s hash taken for a row', () => {
    // H(hL|hR) would have to be H(id|total): id = hL, total = hR. A total of 256 bits is refused, and so is the depth.
    const rows = owes(1n, 2n, 3n, 4n);
    const epoch = epochOf(rows);
    const [left] = epoch.levels[0]!;
    const proof = epoch.prove(0);
    const id = toHex(left!.hash).slice(2);
    const total = BigInt(toHex(Buffer.from(epoch.levels[0]![1]!.hash).reverse()));
    const short = { ...proof, row: { ...proof.row, id, total }, path: proof.path.slice(1) };
    expect(stoppedBy(short, epoch.gpmp)).toBe('refused');
    expect(stoppedBy({ ...proof, path: proof.path.slice(1) }, epoch.gpmp)).toBe('depth');
  });

  it('leaf shown as node: a path that goes on below the row', () => {
    const epoch = epochOf(owes(1n, 2n));
    const proof = epoch.prove(0);
    const longer = { ...proof, path: [proofNode(leafOf(row('x', 0n))), ...proof.path] };
    expect(stoppedBy(longer, epoch.gpmp)).toBe('depth');
  });

  it('wrong depth: a path of another length than the number of rows asks for', () => {
    const rows = owes(1n, 2n, 3n);
    const epoch = epochOf(rows);
    for (const path of [[], epoch.prove(0).path.slice(1), [...epoch.prove(0).path, proofNode(emptyRoot(2))]])
      expect(stoppedBy({ ...epoch.prove(0), path }, epoch.gpmp)).toBe('depth');
    // A deeper tree under its own GPMP: more levels than its rows need.
    const deep = epochOf(rows, { levels: levelsOf(rows.map(leafOf), 3) });
    expect(stoppedBy(deep.prove(0), deep.gpmp)).toBe('depth');
  });

  it('truncated hash: 16 of 64 digits are no hash', () => {
    const epoch = epochOf(owes(1n, 2n));
    const proof = epoch.prove(0);
    const path = [{ ...proof.path[0]!, hash: proof.path[0]!.hash.slice(0, 18) }];
    expect(stoppedBy({ ...proof, path }, epoch.gpmp)).toBe('refused');
  });

  it('unsorted pair: left and right cannot be exchanged, and no other index leads to the same root', () => {
    const epoch = epochOf(owes(1n, 2n, 3n, 4n, 5n));
    for (const index of epoch.rows.keys())
      for (let other = 0; other < 8; other++) {
        const stopped = stoppedBy({ ...epoch.prove(index), index: other }, epoch.gpmp);
        const expected = other >= 5 ? ['index'] : ['root', 'padding', 'range'];
        if (other === index) expect(stopped).toBeNull();
        else expect(expected).toContain(stopped);
      }
  });

  it('large index: bits beyond 2^32 are not lost', () => {
    const epoch = epochOf(owes(1n, 2n));
    for (const index of [2 ** 32, 2 ** 33, 2 ** 40]) {
      expect(stoppedBy({ ...epoch.prove(0), index }, epoch.gpmp)).toBe('index');
    }
  });
});

describe('padding', () => {
  it('padding duplicates: the last row copied to fill the tree (CVE-2012-2459)', () => {
    const rows = owes(1n, 2n, 3n);
    const leaves = [...rows, rows[2]!].map(leafOf);
    const levels = levelsOf(leaves);
    const epoch = epochOf(rows, { levels, summary: claimOf(levels.at(-1)![0]!, 3) });
    expect(stoppedBy(epoch.prove(2), epoch.gpmp)).toBe('padding');
    // Counted as a row of its own, the copy is the same row twice.
    const four = epochOf([...rows, rows[2]!], { levels });
    expect(stoppedBy(four.prove(2), four.gpmp)).toBe('distinct');
    expect(stoppedBy(four.prove(3), four.gpmp)).toBe('distinct');
    // With its sum set to nothing, as some do.
    const quiet = levelsOf([...rows.map(leafOf), { ...leafOf(rows[2]!), total: 0n }]);
    const hidden = epochOf(rows, { levels: quiet, summary: claimOf(quiet.at(-1)![0]!, 3) });
    expect(stoppedBy(hidden.prove(2), hidden.gpmp)).toBe('padding');
  });

  it('rows beyond the count: a liability that the summary does not count cannot be shown', () => {
    const rows = owes(1n, 2n, 3n, 4n);
    const levels = levelsOf(rows.map(leafOf));
    const epoch = epochOf(rows, { levels, summary: { rows: 3 } });
    expect(stoppedBy(epoch.prove(3), epoch.gpmp)).toBe('index');
    expect(stoppedBy(epoch.prove(2), epoch.gpmp)).toBe('padding');
  });

  it('an empty leaf is no row of zeros', () => {
    expect(toHex(EMPTY.hash)).not.toBe(
      toHex(leafOf({ id: new Uint8Array(32), total: 0n, withdrawable: 0n, request: 0n }).hash),
    );
  });
});

describe('the wrong statement', () => {
  const rows = owes(1n, 2n, 3n);

  it.each([
    ['other epoch', { epoch: 8 }],
    ['other chain', { chain: `0x${'33'.repeat(32)}` }],
    ['other custody account', { custody: `0x${'33'.repeat(20)}` }],
    ['other previous GPMP', { prevGpmp: `0x${'01'.repeat(32)}` }],
    ['other time', { timestamp: HEADER.timestamp + 1 }],
  ])('replay: the proof of an%s', (_name, change) => {
    const published = epochOf(rows, { header: { ...HEADER, ...change } });
    expect(stoppedBy(epochOf(rows).prove(0), published.gpmp)).toBe('gpmp');
  });

  it('a contract’s address of 20 bytes and the same with 12 zero bytes name one account', () => {
    const padded = epochOf(rows, { header: { ...HEADER, custody: `${HEADER.custody}${'00'.repeat(12)}` } });
    expect(padded.gpmp).toBe(epochOf(rows).gpmp);
  });

  it.each([
    ['asset', { asset: 'USDT' }],
    ['decimals', { decimals: 18 }],
    ['number of rows', { rows: 4 }],
  ])('another %s', (_name, summary) => {
    expect(stoppedBy(epochOf(rows, { summary }).prove(0), epochOf(rows).gpmp)).toBe('gpmp');
  });

  it('other asset’s commitment: the proof of one asset does not pass for another, nor at its place', () => {
    const [usdc, usdt] = [epochOf(rows), epochOf(owes(9n, 8n), { summary: { asset: 'USDT' } })];
    const commitments = [usdc, usdt].map(({ claim }) => commitmentOf(claim.header, claim.summary));
    const gpmp = joinCommitments(commitments);
    const proof = { ...usdc.prove(0), others: [commitments[1]!], position: 0 };
    expect(stoppedBy(proof, gpmp)).toBeNull();
    expect(stoppedBy({ ...proof, position: 1 }, gpmp)).toBe('gpmp');
    expect(stoppedBy({ ...proof, position: 2 }, gpmp)).toBe('gpmp');
    expect(stoppedBy({ ...proof, others: [] }, gpmp)).toBe('gpmp');
    expect(stoppedBy({ ...proof, others: commitments }, gpmp)).toBe('gpmp');
    expect(stoppedBy({ ...proof, summary: usdt.claim.summary }, gpmp)).toBe('gpmp');
    expect(stoppedBy({ ...usdt.prove(0), others: [commitments[1]!], position: 0 }, gpmp)).toBe('gpmp');
  });

  it('the same commitment twice: the position would say nothing', () => {
    const { prove, claim } = epochOf(rows);
    const own = commitmentOf(claim.header, claim.summary);
    const gpmp = joinCommitments([own, own]);
    for (const position of [0, 1])
      expect(stoppedBy({ ...prove(0), others: [own], position }, gpmp)).toBe('gpmp');
  });

  it('a commitment of several assets is not that of one', () => {
    const { prove, claim } = epochOf(rows);
    const own = commitmentOf(claim.header, claim.summary);
    expect(joinCommitments([own])).toBe(own);
    expect(stoppedBy(prove(0), joinCommitments([own, toHex(hash32('other'))]))).toBe('gpmp');
  });

  it('a GPMP that comes with the proof is not taken: there is no field for it', () => {
    const epoch = epochOf(rows);
    const bytes = `{"gpmp":"${epoch.gpmp}",${Buffer.from(proofBytes(epoch.prove(0)))
      .toString()
      .slice(1)}`;
    expect(() => parseInclusion(Buffer.from(bytes))).toThrow(/unknown field/);
  });
});

describe('the wrong row', () => {
  it('same leaf for two users: the id is bound in the leaf', () => {
    const epoch = epochOf(owes(5n, 5n, 5n));
    const proof = epoch.prove(0);
    const [, beside, far] = [0, 1, 2].map((index) => epoch.prove(index).row.id);
    expect(stoppedBy({ ...proof, row: { ...proof.row, id: far! } }, epoch.gpmp)).toBe('root');
    expect(stoppedBy({ ...proof, row: { ...proof.row, id: beside! } }, epoch.gpmp)).toBe('distinct');
  });

  it.each([
    ['requests more than is withdrawable', { total: 9n, withdrawable: 1n, request: 2n }],
    ['may withdraw more than the total', { total: 1n, withdrawable: 2n, request: 0n }],
  ])('a row in the tree that %s does not hold', (_name, amounts) => {
    const epoch = epochOf([{ id: hash32('a'), ...amounts }]);
    expect(stoppedBy(epoch.prove(0), epoch.gpmp)).toBe('row');
  });

  it('brute force of public wallets: without the salt an id says nothing of the wallet', () => {
    const wallet = hash32('wallet');
    const plain = toHex(sha256(wallet)).slice(2);
    const epoch = epochOf([row('a', 1n)]);
    expect(epoch.prove(0).row.id).not.toBe(plain);
    const guessed = { wallet: toHex(wallet), salt: `0x${'00'.repeat(32)}` };
    expect(stoppedBy(epoch.prove(0, guessed), epoch.gpmp)).toBe('wallet');
  });

  it('a path of another row', () => {
    const epoch = epochOf(owes(1n, 2n, 3n, 4n));
    const path = pathOf(epoch.levels, 2).map(proofNode);
    expect(stoppedBy({ ...epoch.prove(0), path }, epoch.gpmp)).toBe('root');
  });
});
