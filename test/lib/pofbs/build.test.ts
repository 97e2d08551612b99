/** From a ledger to rows: against a plain reckoning, in any order, with little memory, and what is refused. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BursarError } from '../../../src/lib/errors.js';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { idContext } from '../../../src/lib/pofbs/id.js';
import {
  build,
  CONTEXT,
  csvOf,
  inputOf,
  type LedgerLine,
  ROW_COLUMNS,
  shuffled,
  someLedger,
} from './custodian.js';

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const fromHex = (text: string): Buffer => Buffer.from(text.replace(/^0x/, ''), 'hex');

/** The ids' definition once more (docs/formats/mapping.md), with no code of the program. */
function idOf(wallet: string, salt: string): string {
  const epoch = Buffer.alloc(8);
  epoch.writeBigUInt64LE(BigInt(CONTEXT.epoch));
  const custody = Buffer.alloc(32);
  fromHex(CONTEXT.custody).copy(custody);
  const context = sha(sha(Buffer.from('pofbs/id/v1')), fromHex(CONTEXT.chain), custody, epoch);
  return sha(context, sha(fromHex(wallet), fromHex(salt))).toString('hex');
}

const ALL = [...ROW_COLUMNS, 'salt'] as const;
const ledger = someLedger(500);
const csv = csvOf(ledger, ALL);
/** Wallets as hex, for the plain reckoning. */
const walletHex = (index: number): string => createHash('sha256').update(`ledger/${index}`).digest('hex');

const refusal = async (work: Promise<unknown>): Promise<BursarError> =>
  await work.then(
    () => {
      throw new Error('it was accepted');
    },
    (error: BursarError) => error,
  );

describe('building the rows of an epoch', () => {
  it('gives what a plain reckoning gives', async () => {
    const made = await build(csv);
    const rows = ledger
      .map(({ total, withdrawable, request, salt = '' }, index) => ({
        id: idOf(walletHex(index), salt),
        amounts: `${total},${withdrawable},${request}`,
        opening: `0x${walletHex(index)},0x${salt}`,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(made.snapshots[0]).toBe(
      `id,total,withdrawable,request\n${rows.map(({ id, amounts }) => `${id},${amounts}\n`).join('')}`,
    );
    expect(made.mapping).toBe(
      `id,wallet,salt\n${rows.map(({ id, opening }) => `${id},${opening}\n`).join('')}`,
    );
    expect(made).toMatchObject({
      wallets: 500,
      rows: [500],
      salts: 'given',
      repeatedSalts: 0,
      incomplete: false,
    });
  });

  it('does not depend on the order of the rows, the form, or the memory', async () => {
    const expected = await build(csv);
    for (const memory of [64 << 20, 100_000]) {
      const mixed = shuffled(ledger);
      expect(await build(csvOf(mixed, ['salt', ...ROW_COLUMNS]), { memory })).toEqual(expected);
      const json = mixed.map((line) =>
        JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
      );
      expect(await build(`${json.join('\n')}\n`, { memory })).toEqual(expected);
      const salts = csvOf(shuffled([...ledger, ...someLedger(9, 'others')]), ['wallet', 'salt']);
      expect(await build(csvOf(mixed, ROW_COLUMNS), { memory, salts: inputOf(salts) })).toEqual(expected);
    }
  });

  it('has one id and one salt of a wallet for all assets', async () => {
    const both: LedgerLine[] = ledger.flatMap((line, index) => [
      { ...line, asset: 'USDC' },
      ...(index % 5 === 0 ? [{ ...line, asset: 'DOT', total: line.total + 1n }] : []),
    ]);
    for (const columns of [
      [...ALL, 'asset'],
      [...ROW_COLUMNS, 'asset'],
    ] as const) {
      const made = await build(csvOf(shuffled(both), columns), { assets: ['DOT', 'USDC'], memory: 100_000 });
      expect(made).toMatchObject({ wallets: 500, rows: [100, 500] });
      const ids = (text: string | undefined) =>
        (text ?? '')
          .split('\n')
          .slice(1, -1)
          .map((row) => row.slice(0, 64));
      expect(ids(made.mapping)).toEqual(ids(made.snapshots[1]));
      expect(ids(made.snapshots[1])).toEqual(expect.arrayContaining(ids(made.snapshots[0])));
      const alone = await build(csvOf(ledger, ALL));
      if (made.salts === 'given') expect(made.snapshots[1]).toBe(alone.snapshots[0]);
    }
  });

  it('makes salts that differ every time', async () => {
    const plain = csvOf(ledger, ROW_COLUMNS);
    const [one, other] = [await build(plain), await build(plain)];
    expect(one.salts).toBe('made');
    const salts = [one, other].flatMap(({ mapping }) =>
      mapping
        .split('\n')
        .slice(1, -1)
        .map((row) => row.slice(-64)),
    );
    expect(new Set(salts).size).toBe(1000);
    // Opened with them, the ids are the same function as with given ones.
    for (const row of one.mapping.split('\n').slice(1, -1)) {
      const [id = '', wallet = '', salt = ''] = row.split(',');
      expect(idOf(wallet, salt)).toBe(id);
    }
  });

  it('counts salts that are used twice', async () => {
    const same = ledger.map((line, index) => ({ ...line, salt: index < 7 ? '00'.repeat(32) : line.salt }));
    expect(await build(csvOf(shuffled(same as LedgerLine[]), ALL))).toMatchObject({ repeatedSalts: 7 });
  });

  it('refuses a wallet that occurs twice, in whatever spelling', async () => {
    const account = createHash('sha256').update('ledger/10').digest();
    for (const wallet of [
      `0x${account.toString('hex').toUpperCase()}`,
      encodeSs58(account, 2),
      encodeSs58(account, 0),
    ]) {
      const twice = [...ledger, { ...(ledger[3] as LedgerLine), wallet }];
      for (const memory of [64 << 20, 100_000]) {
        const error = await refusal(build(csvOf(twice, ROW_COLUMNS), { memory }));
        expect(error).toMatchObject({
          exit: 2,
          code: 'LEDGER_REPEATED',
          details: { line: 502, other: 12, rule: 'C6' },
        });
      }
    }
  });

  it('refuses salts that contradict or are missing', async () => {
    const [one, two] = ledger as [LedgerLine, LedgerLine];
    const rows = csvOf([one, two], ROW_COLUMNS);
    const salts = (lines: readonly LedgerLine[]) => ({ salts: inputOf(csvOf(lines, ['wallet', 'salt'])) });
    expect(await refusal(build(rows, salts([one])))).toMatchObject({
      code: 'SALT_MISSING',
      details: { line: 3 },
    });
    expect(await refusal(build(rows, salts([one, two, one])))).toMatchObject({
      code: 'LEDGER_SALT',
      details: { line: 4, other: 2 },
    });
    expect((await refusal(build(csvOf([one], ALL), salts([one])))).code).toBe('SALTS_TWICE');
    const assets = [
      { ...one, asset: 'A' },
      { ...one, asset: 'B', salt: two.salt ?? '' },
    ];
    expect(await refusal(build(csvOf(assets, [...ALL, 'asset']), { assets: ['A', 'B'] }))).toMatchObject({
      code: 'LEDGER_SALT',
      details: { line: 3, other: 2 },
    });
    expect(
      await refusal(build(csvOf(assets.slice(0, 1), [...ALL, 'asset']), { assets: ['A', 'B'] })),
    ).toMatchObject({ code: 'ASSET_EMPTY' });
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    stop.abort(reason);
    expect(await refusal(build(csv, { signal: stop.signal }))).toBe(reason);
  });

  it('holds for random ledgers', async () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), amount, amount, amount), {
          minLength: 1,
          maxLength: 12,
          selector: ([wallet]) => String(wallet),
        }),
        async (rows) => {
          const lines = rows.map(([wallet, a, b, c]): LedgerLine => {
            const [request, withdrawable, total] = [a, b, c].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0)) as [
              bigint,
              bigint,
              bigint,
            ];
            return { wallet: `0x${Buffer.from(wallet).toString('hex')}`, total, withdrawable, request };
          });
          const { snapshots, mapping } = await build(csvOf(lines, ROW_COLUMNS));
          const opened = new Map(
            mapping
              .split('\n')
              .slice(1, -1)
              .map((row) => row.split(','))
              .map(([id = '', wallet = '', salt = '']) => [wallet, [id, salt]]),
          );
          const expected = lines
            .map(({ wallet, total, withdrawable, request }) => {
              const [id, salt] = opened.get(wallet) as [string, string];
              expect(idOf(wallet, salt)).toBe(id);
              return `${id},${total},${withdrawable},${request}\n`;
            })
            .sort();
          expect(snapshots[0]).toBe(`id,total,withdrawable,request\n${expected.join('')}`);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the examples of docs/formats', () => {
  const blocks = (page: string, kind: string): string[] => {
    const text = readFileSync(new URL(`../../../docs/formats/${page}.md`, import.meta.url), 'utf8');
    return [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
      ([, block = '']) => block,
    );
  };

  it('are what is built', async () => {
    const [salts = '', salted = '', snapshot] = blocks('ledger', 'csv');
    const made = await build(salted);
    expect(made.snapshots).toEqual([snapshot]);
    expect(blocks('mapping', 'csv')).toEqual([made.mapping]);
    const fields = Object.fromEntries(
      (blocks('mapping', 'example mapping.ids')[0] ?? '')
        .trim()
        .split('\n')
        .map((line) => line.split(' = ').map((part) => part.trim()) as [string, string]),
    );
    expect(fields).toEqual({
      context: `0x${Buffer.from(idContext(CONTEXT)).toString('hex')}`,
      wallet: made.mapping.split('\n')[1]?.split(',')[1],
      salt: made.mapping.split('\n')[1]?.split(',')[2],
      id: `0x${idOf(fields.wallet ?? '', fields.salt ?? '')}`,
    });
    const row = blocks('ledger', 'json')[0] ?? '';
    const alone = await build(row.replace('}', `,"salt":"${'c4'.repeat(32)}"}`));
    expect(made.snapshots[0]).toContain(alone.snapshots[0]?.split('\n')[1]);
    const one = salted
      .split('\n')
      .slice(0, 2)
      .join('\n')
      .replaceAll(/,0x[0-9a-f]{64}/g, '')
      .replace(',salt', '');
    expect((await build(`${one}\n`, { salts: inputOf(salts) })).mapping).toBe(
      `${made.mapping.split('\n').slice(0, 2).join('\n')}\n`,
    );
  });
});
