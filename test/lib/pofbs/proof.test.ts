/** Inclusion proofs: made, read, checked; and held against the naive implementation. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commitmentPreimage, gpmpOf, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { type InclusionProof, parseInclusion, proofBytes } from '../../../src/lib/pofbs/proof.js';
import { checkInclusion } from '../../../src/lib/pofbs/proofCheck.js';
import { leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import type { AssetSummary, EpochHeader, Row } from '../../../src/lib/pofbs/types.js';
import * as naive from './naive.js';
import { anyRows, csvOf, epochOf, HEADER, hash32, rowsWith } from './snapshots.js';

const text = (proof: InclusionProof): string => Buffer.from(proofBytes(proof)).toString();
const asNaive = (rows: readonly Row[]) =>
  rows.map(({ id, total, withdrawable, request }): [string, bigint, bigint, bigint] => [
    toHex(id).slice(2),
    total,
    withdrawable,
    request,
  ]);

/** What a user with the right GPMP is told of a file. */
function verdict(bytes: Uint8Array, gpmp: string): boolean {
  try {
    return checkInclusion(parseInclusion(bytes), gpmp).holds;
  } catch (error) {
    expect(error).toMatchObject({ code: 'PROOF_FORM', exit: 9 });
    return false;
  }
}

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
const anyHeader: fc.Arbitrary<EpochHeader> = fc.record({
  chain: anyHash,
  custody: fc.oneof(anyHash, fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toHex)),
  epoch: fc.nat(Number.MAX_SAFE_INTEGER),
  prevGpmp: anyHash,
  timestamp: fc.nat(Number.MAX_SAFE_INTEGER),
});

describe('the naive implementation agrees with the library', () => {
  it('on every level and the GPMP of sumtree_5rows.json', () => {
    const file = JSON.parse(
      readFileSync(new URL('../../vectors/pofbs/sumtree_5rows.json', import.meta.url), 'utf8'),
    );
    const rows = file.rows.map(([id, ...amounts]: string[]) => [id, ...amounts.map(BigInt)]);
    const found = naive
      .levels(rows)
      .map((level) => level.map(({ h, t, q }) => ({ h: h.toString('hex'), T: `${t}`, Q: `${q}` })));
    expect(found).toEqual(file.levels);
    const { contract: custody, prev_gpmp: prevGpmp, liabilities, requests, ...rest } = file.header;
    const header = { ...rest, custody, prevGpmp };
    const summary = { ...rest, total: BigInt(liabilities), requests: BigInt(requests) };
    expect(naive.preimage(header, summary).toString('hex')).toBe(file.gpmp_preimage);
    expect(naive.gpmp(header, [summary])).toBe(`0x${file.gpmp}`);
  });
  it('on random trees', () => {
    fc.assert(
      fc.property(anyRows(70), (rows) => {
        const levels = levelsOf(rows.map(leafOf));
        expect(naive.rowsOf(csvOf(rows))).toEqual(asNaive(rows));
        for (const [level, nodes] of naive.levels(asNaive(rows)).entries())
          for (const [index, { h, t, q }] of nodes.entries()) {
            const found = levels[level]![index];
            if (found !== undefined)
              expect([toHex(found.hash), found.total, found.requests]).toEqual([toHex(h), t, q]);
          }
      }),
      { numRuns: 60 },
    );
  });
  it('on random headers of one asset and of several, and on ids', () => {
    const anySummary: fc.Arbitrary<AssetSummary> = fc.record({
      asset: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/),
      decimals: fc.nat(38),
      rows: fc.integer({ min: 1, max: 2 ** 40 }),
      total: fc.bigInt(0n, 2n ** 256n - 1n),
      requests: fc.bigInt(0n, 2n ** 256n - 1n),
      root: anyHash,
    });
    const anyAssets = fc.uniqueArray(anySummary, {
      minLength: 1,
      maxLength: 4,
      selector: (one) => one.asset,
    });
    fc.assert(
      fc.property(anyHeader, anyAssets, anyHash, anyHash, (header, assets, wallet, salt) => {
        for (const asset of assets)
          expect(toHex(commitmentPreimage(header, asset))).toBe(toHex(naive.preimage(header, asset)));
        expect(gpmpOf(header, assets)).toBe(naive.gpmp(header, assets));
        const [w, s] = [wallet, salt].map((one) => Buffer.from(one.slice(2), 'hex'));
        expect(toHex(idOf(idContext(header), w!, s!))).toBe(`0x${naive.idOf(header, wallet, salt)}`);
      }),
      { numRuns: 100 },
    );
  });
});

describe('an inclusion proof', () => {
  const anyEpoch = fc
    .tuple(anyRows(), anyHeader, fc.uniqueArray(anyHash, { maxLength: 3 }), fc.nat())
    .map(([rows, header, others, at]) =>
      epochOf(rows, { header, others, position: at % (others.length + 1) }),
    );

  it('holds for every row of every snapshot, and its file reads back as the same value', () => {
    fc.assert(
      fc.property(anyEpoch, (epoch) => {
        for (const index of epoch.rows.keys()) {
          const proof = epoch.prove(index);
          expect(parseInclusion(proofBytes(proof))).toEqual(proof);
          expect(checkInclusion(proof, epoch.gpmp)).toMatchObject({ holds: true });
          expect(naive.includes(JSON.parse(text(proof)), epoch.gpmp)).toBe(true);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is false with any single byte changed, added or left out', () => {
    fc.assert(
      fc.property(
        anyEpoch,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (epoch, row, at, change) => {
          const bytes = proofBytes(epoch.prove(row % epoch.rows.length));
          const place = at % bytes.length;
          const changed = bytes.slice();
          changed[place]! ^= change;
          expect(verdict(bytes, epoch.gpmp)).toBe(true);
          expect(verdict(changed, epoch.gpmp)).toBe(false);
          expect(verdict(Buffer.concat([bytes.slice(0, place), bytes.slice(place + 1)]), epoch.gpmp)).toBe(
            false,
          );
          const longer = Buffer.concat([bytes.slice(0, place), Buffer.of(change), bytes.slice(place)]);
          expect(longer.equals(bytes) || verdict(longer, epoch.gpmp)).toBe(false);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('is false with any single byte of one file changed, at every place', () => {
    const wallet = hash32('wallet');
    const salt = hash32('salt');
    const id = idOf(idContext(HEADER), wallet, salt);
    const rows = [
      ...rowsWith([
        [5n, 4n, 3n],
        [7n, 0n, 0n],
        [9n, 9n, 9n],
      ]),
      { id, total: 1n, withdrawable: 1n, request: 0n },
    ];
    rows.sort((a, b) => Buffer.compare(a.id, b.id));
    const epoch = epochOf(rows, { others: [toHex(hash32('other'))], position: 1 });
    const bytes = proofBytes(
      epoch.prove(
        rows.findIndex((row) => row.id === id),
        { wallet: toHex(wallet), salt: toHex(salt) },
      ),
    );
    expect(verdict(bytes, epoch.gpmp)).toBe(true);
    for (let place = 0; place < bytes.length; place++)
      for (const byte of [0x20, 0x30, 0x31, 0x61, 0x66, 0xff]) {
        if (bytes[place] === byte) continue;
        const changed = bytes.slice();
        changed[place] = byte;
        expect([place, byte, verdict(changed, epoch.gpmp)]).toEqual([place, byte, false]);
      }
  });

  it('is judged as the naive implementation judges it, whatever field is changed', () => {
    const mutate = (value: unknown, pick: number, change: number): unknown => {
      if (Array.isArray(value) && value.length > 0) {
        if (change % 5 === 0) return value.slice(1);
        if (change % 5 === 1) return [...value, value[0]];
        return value.map((item, index) =>
          index === pick % value.length ? mutate(item, Math.floor(pick / value.length), change) : item,
        );
      }
      if (value !== null && typeof value === 'object') {
        const keys = Object.keys(value);
        const key = keys[pick % keys.length]!;
        const fields = value as Record<string, unknown>;
        return { ...fields, [key]: mutate(fields[key], Math.floor(pick / keys.length), change) };
      }
      if (typeof value === 'number') return change % 2 === 0 ? value + 1 : Math.max(0, value - 1);
      if (typeof value === 'string' && /^[0-9]+$/.test(value) && value.length < 64)
        return `${BigInt(value) + BigInt(change)}`;
      if (typeof value === 'string' && value.length >= 40)
        return `${value.slice(0, -1)}${(Number.parseInt(value.at(-1)!, 16) + (change % 3)) % 16}`;
      return value;
    };
    fc.assert(
      fc.property(anyEpoch, fc.nat(), fc.nat(), fc.nat(1000), (epoch, row, pick, change) => {
        const proof = JSON.parse(text(epoch.prove(row % epoch.rows.length)));
        const changed = mutate(proof, pick, change);
        const ours = verdict(Buffer.from(`${JSON.stringify(sorted(changed))}\n`), epoch.gpmp);
        let theirs = false;
        try {
          theirs = naive.includes(changed, epoch.gpmp);
        } catch {
          // A number that has no place in 256 bits.
        }
        expect(ours).toBe(theirs);
      }),
      { numRuns: 400 },
    );
  });

  it('tells whose row it is only with the opening', () => {
    const [wallet, salt] = [hash32('wallet'), hash32('salt')];
    const id = idOf(idContext(HEADER), wallet, salt);
    const epoch = epochOf([{ id, total: 1n, withdrawable: 1n, request: 0n }]);
    const opening = { wallet: toHex(wallet), salt: toHex(salt) };
    const names = (proof: InclusionProof, mine?: string) =>
      checkInclusion(proof, epoch.gpmp, mine)
        .steps.map(({ name, ok }) => `${name} ${ok}`)
        .at(-1);
    expect(names(epoch.prove(0))).toBe('row true');
    expect(names(epoch.prove(0, opening))).toBe('wallet true');
    expect(names(epoch.prove(0, opening), opening.wallet)).toBe('wallet true');
    expect(names(epoch.prove(0, opening), opening.salt)).toBe('wallet false');
    expect(names(epoch.prove(0), opening.wallet)).toBe('wallet false');
    expect(names(epoch.prove(0, { ...opening, salt: opening.wallet }))).toBe('wallet false');
  });

  it('does not judge what stands on a false step', () => {
    const epoch = epochOf(
      rowsWith([
        [5n, 4n, 3n],
        [7n, 0n, 0n],
      ]),
    );
    const { holds, steps } = checkInclusion(epoch.prove(0), `0x${'ab'.repeat(32)}`);
    expect(holds).toBe(false);
    expect(steps.map(({ ok }) => ok)).toEqual([false, ...steps.slice(1).map(() => null)]);
    expect(steps[0]).toMatchObject({ name: 'gpmp', detail: expect.stringContaining(epoch.gpmp) });
  });
});

describe('the file of a proof', () => {
  const proof = epochOf(
    rowsWith([
      [5n, 4n, 3n],
      [7n, 0n, 0n],
    ]),
  ).prove(1);
  const change = (how: (value: Record<string, never>) => unknown) => {
    const value = JSON.parse(text(proof));
    return `${JSON.stringify(sorted(how(value) ?? value))}\n`;
  };
  it.each<[string, string | Buffer]>([
    ['no JSON', 'proof'],
    ['nothing', ''],
    ['a byte order mark', `\ufeff${text(proof)}`],
    ['no UTF-8', Buffer.concat([Buffer.from(text(proof)), Buffer.of(0xff)])],
    ['a list', '[]\n'],
    ['no line feed at the end', text(proof).trimEnd()],
    ['two line feeds at the end', `${text(proof)}\n`],
    ['white space', text(proof).replace(':', ': ')],
    ['keys in another order', `${JSON.stringify(JSON.parse(text(proof)), ['summary', 'format'])}\n`],
    ['a key twice', text(proof).replace('"index":1', '"index":1,"index":1')],
    ['an escaped letter', text(proof).replace('USDC', '\\u0055SDC')],
    ['a field more', change((value) => ({ ...value, note: '' }))],
    ['__proto__', text(proof).replace('{', '{"__proto__":{},')],
    ['a field less', change(({ opening, ...rest }) => rest)],
    ['another format', text(proof).replace('inclusion/1', 'inclusion/2')],
    ['an amount as a number', text(proof).replace('"total":"7"', '"total":7')],
    ['an amount that is negative', text(proof).replace('"total":"5"', '"total":"-5"')],
    ['an amount with a zero in front', text(proof).replace('"total":"7"', '"total":"07"')],
    ['an amount in hexadecimal', text(proof).replace('"total":"7"', '"total":"0x7"')],
    ['an amount with a blank', text(proof).replace('"total":"7"', '"total":" 7"')],
    ['an amount of 2^128', text(proof).replace('"total":"7"', `"total":"${2n ** 128n}"`)],
    ['a sum of 2^256', text(proof).replace('"total":"12"', `"total":"${2n ** 256n}"`)],
    [
      'an id in capitals',
      text(proof).replace(/"id":"[0-9a-f]+"/, (id) => `"id":"${id.slice(6, -1).toUpperCase()}"`),
    ],
    ['a hash without 0x', text(proof).replace('"hash":"0x', '"hash":"')],
    ['an index of −0', text(proof).replace('"index":1', '"index":-0')],
    ['an index with a fraction', text(proof).replace('"index":1', '"index":1.5')],
    ['an index above 2^53', text(proof).replace('"index":1', '"index":9007199254740993')],
    ['no rows', text(proof).replace('"rows":2', '"rows":0')],
    ['too many rows', text(proof).replace('"rows":2', `"rows":${2 ** 40 + 1}`)],
    ['39 decimals', text(proof).replace('"decimals":6', '"decimals":39')],
    ['an asset of no name', text(proof).replace('"USDC"', '""')],
    ['a custody account of 21 bytes', text(proof).replace(HEADER.custody, `${HEADER.custody}00`)],
    ['more than a mebibyte', text(proof).padEnd(2 ** 20 + 1, ' ')],
  ])('is refused with %s', (_what, bytes) => {
    expect(text(proof)).not.toBe(bytes);
    expect(() => parseInclusion(Buffer.from(bytes))).toThrow(
      expect.objectContaining({ code: 'PROOF_FORM', exit: 9, hint: expect.any(String) }),
    );
  });
  it('survives arbitrary bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((json) => Buffer.from(json)),
        ),
        (bytes) => {
          expect(verdict(bytes, HEADER.chain)).toBe(false);
        },
      ),
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}
