/** The mapping against the snapshots: what is right is TRUE, and every forgery is FALSE by the rule that is meant. */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { checkMapping, type MapCheck, type MapCheckOptions } from '../../../src/lib/pofbs/mapCheck.js';
import { Rows } from '../../../src/lib/pofbs/rows.js';
import {
  build,
  CONTEXT,
  csvOf,
  inputOf,
  type LedgerLine,
  ROW_COLUMNS,
  runsInMemory,
  shuffled,
  someLedger,
} from './custodian.js';

const ledger = someLedger(300);
let snapshot: string;
let mapping: string;
beforeAll(async () => {
  const made = await build(csvOf(ledger, [...ROW_COLUMNS, 'salt']));
  snapshot = made.snapshots[0] as string;
  mapping = made.mapping;
});

interface Given extends Partial<Omit<MapCheckOptions, 'mapping' | 'snapshots' | 'requests'>> {
  readonly mapping?: string;
  readonly snapshots?: readonly string[];
  readonly requests?: string;
  readonly chunk?: number;
}

async function check(given: Given = {}): Promise<MapCheck & { readonly answers: Record<string, string> }> {
  const snapshots = given.snapshots ?? [snapshot];
  const result = await checkMapping({
    context: CONTEXT,
    assets: ['USDC'],
    expectedRows: null,
    memory: 1 << 20,
    store: runsInMemory(),
    ...given,
    mapping: inputOf(given.mapping ?? mapping, given.chunk),
    snapshots: snapshots.map((text, index) => ({
      name: `${index}.csv`,
      rows: new Rows(inputOf(text, given.chunk), `${index}.csv`),
      mismatch: null,
    })),
    requests: given.requests === undefined ? null : inputOf(given.requests),
  });
  const answers = Object.fromEntries(result.verdicts.map(({ rule, answer }) => [rule, answer]));
  return { ...result, answers };
}

const first = (result: MapCheck, rule: string) => result.verdicts.find((one) => one.rule === rule)?.first;
const falseRules = ({ verdicts }: MapCheck): string[] =>
  verdicts.filter(({ answer }) => answer === 'FALSE').map(({ rule }) => rule);

const lines = (text: string): string[] => text.split('\n').slice(0, -1);
const edited = (text: string, edit: (rows: string[]) => void): string => {
  const rows = lines(text);
  edit(rows);
  return `${rows.join('\n')}\n`;
};
const parts = (row: string | undefined): [string, string, string] =>
  (row ?? '').split(',') as [string, string, string];
const requestsOf = (rows: readonly LedgerLine[]): string => csvOf(rows, ['wallet', 'request']);

describe('a mapping as it was built', () => {
  it('is TRUE by every rule, however it is read', async () => {
    for (const chunk of [7, 199, 4096, 1 << 20]) {
      const result = await check({ requests: requestsOf(shuffled(ledger)), chunk });
      expect(result).toMatchObject({ valid: true, wallets: 300, repeatedSalts: 0 });
      expect(result.snapshots).toEqual([{ name: '0.csv', rows: 300 }]);
      expect(result.answers).toMatchObject({
        R_REQUEST_LIST: 'TRUE',
        M_OPENING: 'TRUE',
        R_FILE: 'NOT CHECKED',
      });
      expect(falseRules(result)).toEqual([]);
    }
  });

  it('is checked beside several snapshots, with little memory', async () => {
    const both = ledger.flatMap((line, index) => [
      ...(index % 3 === 0 ? [{ ...line, asset: 'DOT' }] : []),
      ...(index % 3 < 2 ? [{ ...line, asset: 'USDC', request: index === 1 ? 5n : line.request }] : []),
      ...(index % 3 === 2 ? [{ ...line, asset: 'EURC' }] : []),
    ]);
    const assets = ['DOT', 'EURC', 'USDC'];
    const made = await build(csvOf(both, [...ROW_COLUMNS, 'asset']), { assets });
    const requests = csvOf(shuffled(both), ['asset', 'wallet', 'request']);
    const given = { mapping: made.mapping, snapshots: made.snapshots, assets, requests, memory: 1000 };
    expect(await check(given)).toMatchObject({ valid: true, wallets: 300 });
    const missing = await check({
      ...given,
      snapshots: [made.snapshots[0], made.snapshots[2]] as string[],
      assets: ['DOT', 'USDC'],
    }).catch((error) => error);
    expect(missing).toMatchObject({ code: 'LEDGER_ASSET' });
    const less = await check({
      ...given,
      snapshots: made.snapshots.slice(0, 2),
      assets: assets.slice(0, 2),
      requests: undefined as unknown as string,
    });
    expect(falseRules(less)).toEqual(['M_ROWS']);
    expect(less.verdicts.find(({ rule }) => rule === 'M_ROWS')?.count).toBe(100);
  });

  it('is not TRUE where nothing was looked at', async () => {
    const result = await check({ context: null });
    expect(result.valid).toBe(true);
    expect(result.answers).toMatchObject({
      M_OPENING: 'NOT CHECKED',
      R_FILE: 'NOT CHECKED',
      R_REQUEST_LIST: 'NOT CHECKED',
    });
  });
});

describe('a forged mapping', () => {
  it('with wallets exchanged does not open', async () => {
    const forged = edited(mapping, (rows) => {
      const [[id, wallet, salt], [otherId, otherWallet, otherSalt]] = [parts(rows[4]), parts(rows[9])];
      rows[4] = [id, otherWallet, salt].join();
      rows[9] = [otherId, wallet, otherSalt].join();
    });
    const result = await check({ mapping: forged, requests: requestsOf(ledger) });
    expect(result.valid).toBe(false);
    expect(falseRules(result)).toContain('M_OPENING');
    const [id] = parts(lines(mapping)[4]);
    expect(first(result, 'M_OPENING')).toMatchObject({ file: 'mapping', line: 5, offset: 15 + 3 * 199, id });
    expect(result.verdicts.find(({ rule }) => rule === 'M_OPENING')?.count).toBe(2);
  });

  it('with one wallet for two ids is not unique, in another spelling too', async () => {
    const [, wallet] = parts(lines(mapping)[4]);
    const account = Buffer.from(wallet.slice(2), 'hex');
    for (const [spelling, rules] of [
      [wallet, ['M_UNIQUE', 'M_OPENING']],
      [encodeSs58(account, 2), ['M_WALLET', 'M_UNIQUE', 'M_OPENING']],
      [encodeSs58(account, 42), ['M_WALLET', 'M_UNIQUE', 'M_OPENING']],
      [wallet.toUpperCase().replace('0X', '0x'), ['M_WALLET', 'M_UNIQUE', 'M_OPENING']],
    ] as const) {
      const forged = edited(mapping, (rows) => {
        const [id, , salt] = parts(rows[20]);
        rows[20] = [id, spelling, salt].join();
      });
      const result = await check({ mapping: forged, memory: 1000 });
      expect(falseRules(result)).toEqual(rules.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
      expect(first(result, 'M_UNIQUE')).toMatchObject({ line: 21, why: 'has the wallet of line 5' });
    }
  });

  it('with the same wallet in SS58 opens, but is not in its one form', async () => {
    const forged = edited(mapping, (rows) => {
      const [id, wallet, salt] = parts(rows[3]);
      rows[3] = [id, encodeSs58(Buffer.from(wallet.slice(2), 'hex'), 0), salt].join();
    });
    const result = await check({ mapping: forged });
    expect(falseRules(result)).toEqual(['M_WALLET']);
    expect(first(result, 'M_WALLET')).toMatchObject({ line: 4 });
    expect(first(result, 'M_WALLET')?.why).toMatch(/SS58/);
  });

  it('with two ids for one wallet, each of which opens, is not unique', async () => {
    // A custodian that gives one user two rows: nothing but the wallet shows it.
    const double = {
      ...(ledger[8] as LedgerLine),
      salt: createHash('sha256').update('second').digest('hex'),
    };
    const one = await build(csvOf([double], [...ROW_COLUMNS, 'salt']));
    const add = (text: string, more: string | undefined) =>
      edited(text, (rows) =>
        rows.splice(1, rows.length, ...[...rows.slice(1), lines(more ?? '')[1] as string].sort()),
      );
    const result = await check({
      mapping: add(mapping, one.mapping),
      snapshots: [add(snapshot, one.snapshots[0])],
    });
    expect(falseRules(result)).toEqual(['M_UNIQUE']);
  });

  it('with a changed salt, or one of another epoch, does not open', async () => {
    const forged = edited(mapping, (rows) => {
      rows[7] = (rows[7] ?? '').replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    });
    expect(falseRules(await check({ mapping: forged }))).toEqual(['M_OPENING']);
    for (const context of [
      { ...CONTEXT, epoch: 8 },
      { ...CONTEXT, chain: `0x${'12'.repeat(32)}` },
      { ...CONTEXT, custody: `0x${'22'.repeat(32)}` },
    ]) {
      const result = await check({ context });
      expect(falseRules(result)).toEqual(['M_OPENING']);
      expect(result.verdicts.find(({ rule }) => rule === 'M_OPENING')?.count).toBe(300);
    }
  });

  it('with a row missing or added has not the snapshot’s ids', async () => {
    const missing = await check({ mapping: edited(mapping, (rows) => rows.splice(5, 1)) });
    expect(falseRules(missing)).toEqual(['M_ROWS']);
    const [id] = parts(lines(mapping)[5]);
    expect(first(missing, 'M_ROWS')).toMatchObject({ file: '0.csv', line: 6, id });
    const last = await check({ mapping: edited(mapping, (rows) => rows.splice(299, 2)) });
    expect(last.verdicts.find(({ rule }) => rule === 'M_ROWS')).toMatchObject({ answer: 'FALSE', count: 2 });
    const added = await check({ snapshots: [edited(snapshot, (rows) => rows.splice(1, 1))] });
    expect(first(added, 'M_ROWS')).toMatchObject({ file: 'mapping', line: 2, offset: 15 });
    const more = await check({ snapshots: [edited(snapshot, (rows) => rows.splice(300, 1))] });
    expect(falseRules(more)).toEqual(['M_ROWS']);
  });

  it('with rows in another order or twice is refused, and what that hides is not TRUE', async () => {
    const exchanged = edited(mapping, (rows) => rows.splice(5, 2, rows[6] as string, rows[5] as string));
    const result = await check({ mapping: exchanged, requests: requestsOf(ledger) });
    expect(falseRules(result)).toEqual(['M_ORDER']);
    expect(result.answers).toMatchObject({
      M_ROWS: 'NOT CHECKED',
      M_OPENING: 'TRUE',
      R_REQUEST_LIST: 'NOT CHECKED',
    });
    expect(first(result, 'M_ORDER')).toMatchObject({ line: 7 });
    const twice = await check({ mapping: edited(mapping, (rows) => rows.splice(5, 0, rows[5] as string)) });
    expect(falseRules(twice)).toEqual(['M_ORDER', 'M_UNIQUE']);
  });

  it.each([
    ['another header', (text: string) => text.replace('salt', 'secret')],
    ['no header', (text: string) => text.slice(15)],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['nothing', () => ''],
    ['a header alone', () => 'id,wallet,salt\n'],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
    ['CRLF in a row', (text: string) => text.replace(/(\d\n)(?=[^\n]*\n$)/, '\r$1')],
    ['no last line feed', (text: string) => text.slice(0, -1)],
    ['half a row at the end', (text: string) => text.slice(0, -100)],
    ['an empty line', (text: string) => `${text}\n`],
    [
      'an upper-case id',
      (text: string) =>
        edited(text, (rows) =>
          rows.splice(
            3,
            1,
            (rows[3] ?? '').replace(/^[0-9a-f]+/, (id) => id.toUpperCase()),
          ),
        ),
    ],
    ['a column more', (text: string) => edited(text, (rows) => rows.splice(3, 1, `${rows[3]},`))],
    [
      'a salt without 0x',
      (text: string) =>
        edited(text, (rows) => rows.splice(3, 1, (rows[3] ?? '').replace(/0x(?=[^,]*$)/, ''))),
    ],
    ['one endless line', (text: string) => text + 'a'.repeat(5000)],
  ])('has not its form with %s', async (_, forge) => {
    const result = await check({ mapping: forge(mapping) });
    expect(result.valid).toBe(false);
    expect(falseRules(result)).toContain('M_FORM');
    // Nothing of a salt is told.
    expect(JSON.stringify(result)).not.toContain(parts(lines(mapping)[3])[2].slice(2));
  });

  it('is not compared with a snapshot that breaks its own rules', async () => {
    for (const broken of [
      snapshot.replace('\n', '\r\n'),
      edited(snapshot, (rows) => rows.splice(5, 2, rows[6] as string, rows[5] as string)),
      '',
    ]) {
      const result = await check({ snapshots: [broken] });
      expect(falseRules(result)).toEqual(['M_SNAPSHOT']);
      expect(result.answers).toMatchObject({ M_ROWS: 'NOT CHECKED', M_UNIQUE: 'TRUE' });
    }
  });

  it('is FALSE whichever byte of it is changed', async () => {
    const small = await build(csvOf(someLedger(9), [...ROW_COLUMNS, 'salt']));
    const bytes = Buffer.from(small.mapping);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const forged = Buffer.from(bytes);
        forged[at] = (forged[at] as number) ^ change;
        const result = await check({
          mapping: forged as unknown as string,
          snapshots: [small.snapshots[0] as string],
        });
        expect(result.valid).toBe(false);
        expect(falseRules(result)).not.toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

const ORDER = ['M_FORM', 'M_ORDER', 'M_WALLET', 'M_UNIQUE', 'M_OPENING', 'M_SNAPSHOT', 'M_ROWS'];

describe('the requests on chain', () => {
  const wallet = (index: number) => `0x${createHash('sha256').update(`ledger/${index}`).digest('hex')}`;

  it('may leave out what is zero', async () => {
    const asked = ledger.filter(({ request }) => request > 0n);
    expect(asked.length).toBeLessThan(150);
    expect((await check({ requests: requestsOf(asked) })).answers.R_REQUEST_LIST).toBe('TRUE');
  });

  it('differ where one is left out, invented or changed', async () => {
    const changed = (index: number, request: bigint | null) =>
      requestsOf(
        ledger.flatMap((line, at) =>
          at !== index ? [line] : request === null ? [] : [{ ...line, request }],
        ),
      );
    for (const [requests, why] of [
      [changed(0, null), /nothing on chain/],
      [changed(0, 0n), /nothing on chain/],
      [changed(3, (ledger[3] as LedgerLine).request + 1n), /on chain$/],
      [changed(1, 4n), /in no snapshot/],
      [`${requestsOf(ledger)}0x${'ab'.repeat(32)},7\n`, /request of 7 that is in no snapshot/],
    ] as const) {
      const result = await check({ requests });
      expect(falseRules(result)).toEqual(['R_REQUEST_LIST']);
      expect(first(result, 'R_REQUEST_LIST')?.why).toMatch(why);
      expect(JSON.stringify(result)).not.toContain(wallet(0).slice(2));
    }
  });

  it('are a table that is refused where it cannot be read', async () => {
    for (const [requests, code] of [
      [`${requestsOf(ledger)}${wallet(0)},1\n`, 'LEDGER_REPEATED'],
      [`${requestsOf(ledger)}${wallet(0)},-1\n`, 'LEDGER_NEGATIVE'],
      [`${requestsOf(ledger)}${wallet(0)},1.5\n`, 'LEDGER_AMOUNT'],
      [`${requestsOf(ledger)}0x12,1\n`, 'LEDGER_WALLET'],
      ['wallet\n', 'TABLE_COLUMN'],
    ] as const) {
      const error = await check({ requests }).catch((thrown) => thrown);
      expect(error).toMatchObject({ exit: 2, code });
    }
  });
});
