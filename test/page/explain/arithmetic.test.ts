/** The arithmetic of the page, held to the library: what it accepts, what it computes, what it refuses. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { commitmentOf, gpmpOf, joinCommitments, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { type InclusionProof, parseInclusion, pathOf, proofBytes } from '../../../src/lib/pofbs/proof.js';
import { checkInclusion } from '../../../src/lib/pofbs/proofCheck.js';
import { leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import type { Row } from '../../../src/lib/pofbs/types.js';
import { addressOf, walletOf } from '../../../src/page/explain/address.js';
import * as core from '../../../src/page/explain/core.js';
import * as proofs from '../../../src/page/explain/proof.js';
import { rowsOf as naiveRowsOf } from '../../lib/pofbs/naive.js';
import { anyRows, csvOf, epochOf, HEADER, hash32, rowsWith } from '../../lib/pofbs/snapshots.js';

function treeOf(csv: string) {
  const steps = core.treeOf(csv);
  let shares = 0;
  for (;;) {
    const step = steps.next();
    if (step.done) return { tree: step.value, shares };
    expect(step.value).toBeGreaterThanOrEqual(0);
    expect(step.value).toBeLessThanOrEqual(1);
    shares++;
  }
}
const textOf = (rows: readonly Row[]) => new TextDecoder().decode(csvOf(rows));

describe('the page computes what the library computes', () => {
  it('SHA-256', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 70 }), (a, b) => {
        const digest = createHash('sha256').update(a).update(b).digest('hex');
        expect(core.toHex(core.sha256(a, b))).toBe(`0x${digest}`);
      }),
    );
    for (let length = 0; length < 200; length++) {
      const bytes = new Uint8Array(length).fill(length);
      expect(core.toHex(core.sha256(bytes))).toBe(`0x${createHash('sha256').update(bytes).digest('hex')}`);
    }
  });
  it('trees, ways to the root, and what is beside them', () => {
    fc.assert(
      fc.property(anyRows(70), (rows) => {
        const { tree } = treeOf(textOf(rows));
        const levels = levelsOf(rows.map(leafOf));
        const hashes = (all: readonly (readonly { readonly hash: Uint8Array }[])[]) =>
          all.map((level) => level.map(({ hash }) => toHex(hash)));
        expect(hashes(tree.levels)).toEqual(hashes(levels));
        expect(tree.root.total).toBe(levels.at(-1)![0]!.total);
        for (const [index, row] of tree.rows.entries()) {
          const siblings = core.siblingsOf(tree, index);
          expect(hashes([siblings])).toEqual(hashes([pathOf(levels, index)]));
          expect(core.wayUp(row, index, siblings).at(-1)).toEqual(tree.root);
          expect(core.indexOf(tree.rows, row.id)).toBe(index);
        }
        expect(core.indexOf(tree.rows, '00'.repeat(32))).toBe(-1);
        expect(core.indexOf(tree.rows, 'ff'.repeat(32))).toBe(-1);
      }),
      { numRuns: 40 },
    );
  });
  it('commitments, GPMPs and ids', () => {
    const { claim } = epochOf(rowsWith([[5n, 4n, 3n]]));
    const other = { ...claim.summary, asset: 'DOT', decimals: 10, total: 2n ** 200n };
    const header = { ...HEADER, custody: `0x${'33'.repeat(32)}`, epoch: 2 ** 50 };
    for (const one of [HEADER, header]) {
      for (const asset of [claim.summary, other])
        expect(core.commitmentOf(one, asset)).toBe(commitmentOf(one, asset));
      expect(core.joinCommitments([other, claim.summary].map((asset) => commitmentOf(one, asset)))).toBe(
        gpmpOf(one, [claim.summary, other]),
      );
      expect(core.joinCommitments([commitmentOf(one, other)])).toBe(
        joinCommitments([commitmentOf(one, other)]),
      );
      const [wallet, salt] = [hash32('wallet'), hash32('salt')];
      expect(`0x${core.idOf(one, toHex(wallet), toHex(salt))}`).toBe(
        toHex(idOf(idContext(one), wallet, salt)),
      );
    }
    expect(() => core.joinCommitments([])).toThrow('no asset');
  });
  it('wallets, from hex and from addresses of any network', () => {
    for (const wallet of [hash32('a'), new Uint8Array(32), new Uint8Array(32).fill(255)])
      for (const prefix of [0, 2, 42, 63, 64, 1284, 16383]) {
        expect(walletOf(encodeSs58(wallet, prefix))).toBe(toHex(wallet));
        expect(walletOf(toHex(wallet).toUpperCase().replace('0X', '0x'))).toBe(toHex(wallet));
      }
    for (const wallet of [hash32('a'), new Uint8Array(32), new Uint8Array(32).fill(255)])
      expect(addressOf(toHex(wallet))).toBe(encodeSs58(wallet, 42));
    expect(addressOf(`0x${'ab'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`);
    const good = encodeSs58(hash32('a'), 0);
    const mistyped = good.replace(/[2-9]/, (digit) => String(((Number(digit) - 1) % 8) + 2));
    expect(mistyped).not.toBe(good);
    expect(() => walletOf(mistyped)).toThrow('mistyped');
    for (const text of ['', '0x12', 'O0Il', '5Grw', '1'.repeat(80), 'ä'])
      expect(() => walletOf(text)).toThrow('no wallet address');
  });
});

describe('a snapshot in the page', () => {
  it('is accepted exactly if the naive implementation accepts it', () => {
    const rows = rowsWith([
      [100n, 60n, 10n],
      [0n, 0n, 0n],
      [2n ** 128n - 1n, 5n, 5n],
    ]);
    const good = csvOf(rows);
    const accepts = (bytes: Uint8Array) => {
      try {
        treeOf(Buffer.from(bytes).toString('latin1'));
        return true;
      } catch {
        return false;
      }
    };
    expect(accepts(good)).toBe(true);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, insert) => {
        const bytes = insert
          ? Buffer.concat([good.slice(0, at), Buffer.of(byte), good.slice(at)])
          : Buffer.from(good);
        if (!insert) bytes[at] = byte;
        expect(accepts(bytes)).toBe(Array.isArray(naiveRowsOf(bytes)));
      }),
      { numRuns: 2000 },
    );
  });
  it('is refused with its line', () => {
    const lines = textOf(
      rowsWith([
        [5n, 4n, 3n],
        [6n, 0n, 0n],
      ]),
    ).split('\n');
    const refusal = (text: string) => {
      try {
        treeOf(text);
      } catch (error) {
        return (error as Error).message;
      }
      return null;
    };
    expect(refusal(lines.join('\n'))).toBeNull();
    expect(refusal([lines[0], lines[2], lines[1], ''].join('\n'))).toContain('Line 3: Ids do not ascend');
    expect(refusal([lines[0], lines[1], lines[1], ''].join('\n'))).toContain('or one occurs twice');
    expect(refusal([lines[0], `${lines[1]},1`, ''].join('\n'))).toContain('four columns');
    expect(refusal([lines[0], lines[1]!.replace(',3', ',5'), ''].join('\n'))).toContain('(C4)');
    expect(refusal([lines[0], lines[1]!.replace(',5,', ',3,'), ''].join('\n'))).toContain('(C4b)');
    expect(refusal([lines[0], lines[1]!.replace(',5,', ',-5,'), ''].join('\n'))).toContain('below 2^128');
    expect(refusal(lines.slice(0, -1).join('\n'))).toContain('not complete');
    expect(refusal(`${lines[0]}\n`)).toContain('no rows');
    expect(refusal('')).toContain('not the header');
  });
  it('stops now and then while a large one is read', () => {
    const rows = rowsWith(Array.from({ length: 3000 }, () => [1n, 1n, 0n] as const));
    const { tree, shares } = treeOf(textOf(rows));
    expect(tree.rows).toHaveLength(3000);
    expect(shares).toBeGreaterThan(8);
  });
});

/** Null if the proof holds; the step that fails; `refused` if it is not even read. */
function said(text: string, gpmp: string): string | null {
  try {
    return proofs.fault(proofs.parse(text), gpmp)?.step ?? null;
  } catch {
    return 'refused';
  }
}

/** The same from the library. White space around a pasted proof is no matter for the page. */
function library(text: string, gpmp: string): string | null {
  let proof: InclusionProof;
  try {
    proof = parseInclusion(new TextEncoder().encode(`${text.trim()}\n`));
  } catch {
    return 'refused';
  }
  const { steps } = checkInclusion(proof, gpmp);
  const failed = steps.find(({ ok }) => ok === false);
  return failed === undefined ? null : failed.name;
}

describe('a proof in the page', () => {
  const anyEpoch = fc
    .tuple(anyRows(), fc.uniqueArray(fc.nat(1000), { maxLength: 3 }), fc.nat())
    .map(([rows, others, at]) =>
      epochOf(rows, {
        others: others.map((one) => toHex(hash32(`other ${one}`))),
        position: at % (others.length + 1),
      }),
    );
  const textOfProof = (proof: InclusionProof) => new TextDecoder().decode(proofBytes(proof));

  it('holds if the library says so', () => {
    fc.assert(
      fc.property(anyEpoch, (epoch) => {
        for (const index of epoch.rows.keys()) {
          const text = textOfProof(epoch.prove(index));
          expect(said(text, epoch.gpmp)).toBeNull();
          expect(proofs.gpmpOf(proofs.parse(text))).toBe(epoch.gpmp);
          expect(said(text, `0x${'00'.repeat(32)}`)).toBe('gpmp');
        }
      }),
      { numRuns: 25 },
    );
  });
  it('is judged as the library judges it with any character changed', () => {
    const digits = '0123456789abcdef"{}[],: xn-\u00e4';
    fc.assert(
      fc.property(anyEpoch, fc.nat(), fc.nat(), fc.nat(digits.length - 1), (epoch, row, at, digit) => {
        const text = textOfProof(epoch.prove(row % epoch.rows.length)).trim();
        const place = at % text.length;
        const changed = text.slice(0, place) + digits[digit] + text.slice(place + 1);
        expect(said(changed, epoch.gpmp)).toBe(library(changed, epoch.gpmp));
        if (changed !== text) expect(said(changed, epoch.gpmp)).not.toBeNull();
      }),
      { numRuns: 1500 },
    );
  });
  it('is judged as the library judges it when its parts are exchanged', () => {
    const rows = rowsWith(Array.from({ length: 5 }, (_, at) => [BigInt(10 * at), 0n, 0n] as const));
    const epoch = epochOf(rows, { others: [toHex(hash32('x')), toHex(hash32('y'))], position: 1 });
    const good = epoch.prove(4);
    const inner = epoch.prove(1);
    const wrong = hash32('wrong');
    const node = { hash: toHex(wrong), total: 0n, requests: 0n };
    const forged: InclusionProof[] = [
      { ...good, index: 5 },
      { ...good, index: 3 },
      { ...good, position: 0 },
      { ...good, position: 3 },
      { ...good, others: [...good.others, good.others[0]!] },
      { ...good, path: good.path.slice(1) },
      { ...good, path: [...good.path, node] },
      { ...good, path: [node, ...good.path.slice(1)] },
      { ...inner, path: inner.path.map((one) => ({ ...one, total: 2n ** 255n })) },
      { ...inner, path: [{ ...node, hash: toHex(leafOf(rows[1]!).hash) }, ...inner.path.slice(1)] },
      { ...good, row: { ...good.row, total: good.row.total + 1n } },
      { ...good, opening: { wallet: toHex(wrong), salt: toHex(wrong) } },
      { ...good, summary: { ...good.summary, total: good.summary.total + 1n } },
      { ...good, summary: { ...good.summary, rows: 6 } },
    ];
    const steps = new Set<string | null>();
    for (const proof of forged) {
      // Held against the GPMP of their own words, so that what is behind that step is judged too.
      for (const gpmp of [epoch.gpmp, ownGpmp(proof) ?? epoch.gpmp]) {
        const text = textOfProof(proof);
        const step = library(text, gpmp);
        expect(said(text, gpmp)).toBe(step);
        steps.add(step);
      }
    }
    expect([...steps].sort()).toEqual(
      ['depth', 'distinct', 'gpmp', 'index', 'padding', 'range', 'root', 'sums', 'wallet', null].sort(),
    );
  });
  it('opens its id', () => {
    const [wallet, salt] = [hash32('w'), hash32('s')];
    const id = idOf(idContext(HEADER), wallet, salt);
    const epoch = epochOf([{ id, total: 1n, withdrawable: 1n, request: 0n }]);
    const text = textOfProof(epoch.prove(0, { wallet: toHex(wallet), salt: toHex(salt) }));
    expect(said(text, epoch.gpmp)).toBeNull();
    expect(said(text.replaceAll(toHex(salt), toHex(wallet)), epoch.gpmp)).toBe('wallet');
  });
  it('says why it reads nothing else', () => {
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"format":"pofbs.fraud/1"}',
      '{"format":"pofbs.inclusion/1"}',
    ])
      expect(() => proofs.parse(text)).toThrow('This is no proof');
    expect(() => proofs.parse(' '.repeat(2 ** 21))).toThrow('too large');
  });
});

const ownGpmp = (proof: InclusionProof): string | null =>
  proofs.gpmpOf(proofs.parse(new TextDecoder().decode(proofBytes(proof))));
