/** Reading ledgers: two forms with the same rows, and every line that is refused, with its number. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BursarError } from '../../../src/lib/errors.js';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import {
  checkAssetNames,
  LEDGER_COLUMNS,
  type LedgerForm,
  LedgerReader,
} from '../../../src/lib/pofbs/ledger.js';
import { parseColumns } from '../../../src/lib/pofbs/tableColumns.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const wallet = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`;

/** All rows of a text that is read in chunks of `size` bytes. */
function read(text: string | Uint8Array, assets: readonly string[] = ['USDC'], size = 1 << 20) {
  const rows: string[] = [];
  const reader = new LedgerReader(assets, (row) => {
    const amounts = Buffer.from(row.amounts.subarray(0, row.amountsLength)).toString();
    const salt = row.hasSalt ? ` ${hex(row.salt)}` : '';
    rows.push(`${row.line} ${hex(row.wallet)} ${assets[row.asset]} ${amounts}${salt}`);
  });
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let at = 0; at < bytes.length; at += size) reader.table.feed(bytes.subarray(at, at + size));
  return { complete: reader.table.finish(), rows };
}

function refusal(text: string | Uint8Array, assets?: readonly string[]): BursarError {
  try {
    read(text, assets);
  } catch (error) {
    return error as BursarError;
  }
  throw new Error(`accepted: ${text}`);
}

const HEADER = 'wallet,total,withdrawable,request\n';

describe('a ledger', () => {
  it('is the same in CSV and NDJSON, with columns in any order, quoted or not, cut anywhere', () => {
    const amount = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
    const row = fc
      .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), amount, amount, amount, fc.boolean())
      .map(([id, a, b, c, ss58]) => {
        const [request, withdrawable, total] = [a, b, c].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
        return {
          wallet: ss58 ? encodeSs58(id, 0) : `0x${hex(id)}`,
          id: hex(id),
          total,
          withdrawable,
          request,
        };
      });
    const names = ['wallet', 'total', 'withdrawable', 'request', 'asset'] as const;
    const order = fc.shuffledSubarray([...names], { minLength: 5 });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 8 }),
        order,
        fc.constantFrom('', '\r'),
        fc.integer({ min: 1, max: 99 }),
        fc.boolean(),
        (ledger, columns, cr, size, quoted) => {
          const cells = (one: (typeof ledger)[number]) =>
            columns.map((name) => (name === 'asset' ? 'B' : String(one[name])));
          const field = (text: string) => (quoted ? `"${text}"` : text);
          const csv = `\ufeff${[columns, ...ledger.map(cells)].map((line) => line.map(field).join(',') + cr).join('\n')}\n`;
          const json = ledger
            .map((one) => {
              const cell = (name: (typeof names)[number]) =>
                name === 'asset' ? '"\\u0042"' : name === 'wallet' || quoted ? `"${one[name]}"` : one[name];
              return `{ ${columns.map((name) => `"${name}": ${cell(name)}`).join(' , ')} }${cr}\n`;
            })
            .join('');
          const expected = ledger.map(
            (one, index) => `${index + 2} ${one.id} B ${one.total},${one.withdrawable},${one.request}`,
          );
          expect(read(csv, ['A', 'B'], size)).toEqual({ complete: true, rows: expected });
          expect(read(`\n${json}`, ['A', 'B'], size).rows).toEqual(expected);
        },
      ),
    );
  });

  it('may leave out its last line feed, which is told', () => {
    const text = `${HEADER}${wallet(1)},3,2,1`;
    expect(read(text).complete).toBe(false);
    expect(read(`${text}\n\n  \n`).complete).toBe(true);
  });

  it('may have salts, with or without 0x, for all rows', () => {
    const salt = 'AB'.repeat(32);
    const text = `wallet,total,withdrawable,request,salt\n${wallet(1)},3,2,1,${salt}\n${wallet(2)},3,2,1,0x${salt}\n`;
    expect(read(text).rows.map((row) => row.slice(-64))).toEqual([salt.toLowerCase(), salt.toLowerCase()]);
    const some = `{"wallet":"${wallet(1)}","total":3,"withdrawable":2,"request":1}\n{"wallet":"${wallet(2)}","total":3,"withdrawable":2,"request":1,"salt":"${salt}"}\n`;
    expect(refusal(some)).toMatchObject({ code: 'LEDGER_SALT', details: { line: 2 } });
  });

  it('reads numbers in NDJSON digit by digit', () => {
    const row = (total: string) =>
      `{"wallet":"${wallet(1)}","total":${total},"withdrawable":0,"request":0}\n`;
    expect(read(row('9007199254740993')).rows[0]).toContain('9007199254740993,0,0');
    for (const number of ['1e3', '1.0', '0.5', '-0.5', '01'])
      expect(refusal(row(number)).code).toBe('LEDGER_AMOUNT');
    expect(refusal(row('-1'))).toMatchObject({ code: 'LEDGER_NEGATIVE', details: { rule: 'C1', line: 1 } });
    for (const other of ['true', '[1]', '{}', 'NaN', '+1', '"\u0001"'])
      expect(refusal(row(other)).code).toBe('TABLE_JSON');
    expect(refusal(row('null'))).toMatchObject({ code: 'TABLE_COLUMN', details: { column: 'total' } });
  });

  const good = `${wallet(1)},9,5,3\n`;
  const most = (2n ** 128n - 1n).toString();
  it.each([
    ['a negative total', `${wallet(2)},-1,0,0`, 'LEDGER_NEGATIVE', 'C1'],
    ['a negative withdrawable balance', `${wallet(2)},1,-1,0`, 'LEDGER_NEGATIVE', 'C2'],
    ['a negative request', `${wallet(2)},1,0,-1`, 'LEDGER_NEGATIVE', 'C3'],
    ['a request above withdrawable', `${wallet(2)},10,5,6`, 'LEDGER_REQUEST', 'C4'],
    ['withdrawable above the total', `${wallet(2)},10,11,5`, 'LEDGER_WITHDRAWABLE', 'C4b'],
    ['2^128', `${wallet(2)},${2n ** 128n},0,0`, 'LEDGER_RANGE'],
    ['forty digits', `${wallet(2)},${'9'.repeat(40)},0,0`, 'LEDGER_RANGE'],
    ['a decimal point', `${wallet(2)},1.5,0,0`, 'LEDGER_AMOUNT'],
    ['a decimal comma in quotes', `${wallet(2)},"1,5",0,0`, 'LEDGER_AMOUNT'],
    ['a separator of thousands', `${wallet(2)},"1,000,000",0,0`, 'LEDGER_AMOUNT'],
    ['a leading zero', `${wallet(2)},007,0,0`, 'LEDGER_AMOUNT'],
    ['an exponent', `${wallet(2)},1e3,0,0`, 'LEDGER_AMOUNT'],
    ['a plus', `${wallet(2)},+5,0,0`, 'LEDGER_AMOUNT'],
    ['a minus before zero', `${wallet(2)},-,0,0`, 'LEDGER_AMOUNT'],
    ['a blank', `${wallet(2)}, 5,0,0`, 'LEDGER_AMOUNT'],
    ['an empty amount', `${wallet(2)},,0,0`, 'LEDGER_AMOUNT'],
    ['other digits', `${wallet(2)},٣,0,0`, 'LEDGER_AMOUNT'],
    ['no wallet', ',1,0,0', 'LEDGER_WALLET'],
    ['a short wallet', '0x12,1,0,0', 'LEDGER_WALLET'],
    ['a mistyped wallet', '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ,1,0,0', 'LEDGER_WALLET'],
    ['too few columns', `${wallet(2)},1,0`, 'TABLE_ROW'],
    ['too many columns', `${wallet(2)},1,0,0,0`, 'TABLE_ROW'],
    ['an open quote', `${wallet(2)},"1,0,0`, 'TABLE_ROW'],
    ['text behind a quote', `${wallet(2)},"1"2,0,0`, 'TABLE_ROW'],
    ['a line without end', `${'x'.repeat(70_000)}`, 'TABLE_ROW'],
  ])('is refused for %s', (_, line, code, rule?: string) => {
    for (const rest of [`${good}`, '']) {
      const error = refusal(`${HEADER}${good}${line}\n${rest}`);
      expect(error).toMatchObject({ exit: 2, code, details: { line: 3, ...(rule ? { rule } : {}) } });
      expect(error.message).toMatch(/^Line 3 of the ledger: /);
    }
  });

  it.each([
    ['"1,000"', 'a comma between thousands'],
    ['"1,000,000"', 'a comma between thousands'],
    ['"12,000.50"', 'a comma between thousands'],
    ['"1,5"', 'a decimal comma'],
    ['"1000,000"', 'a decimal comma'],
    ['1.5', 'a decimal point'],
    ['1.000', 'a decimal point'],
  ])('says of %s that it has %s', (amount, what) => {
    const { message, hint } = refusal(`${HEADER}${good}${wallet(2)},${amount},0,0\n`);
    expect(message).toContain(`, has ${what}.`);
    expect(hint).toContain('whole numbers of the smallest unit');
  });

  it.each([
    ['too few columns', `${HEADER}${good}${wallet(2)},1,0\n`, 'a field for each column'],
    ['too many columns', `${HEADER}${good}${wallet(2)},1,0,0,0\n`, 'no comma into an amount'],
    ['too few in quotes', `${HEADER}${good}${wallet(2)},"1",0\n`, 'a field for each column'],
    ['too many in quotes', `${HEADER}${good}${wallet(2)},"1",0,0,0\n`, 'no comma into an amount'],
    ['text behind a quote', `${HEADER}${good}${wallet(2)},"1"2,0,0\n`, 'Write CSV with a header'],
    ['a manifest', '{"assetBlock":null,"format":"pofbs.manifest/1"}\n', 'the kind "manifest", not a ledger'],
    ['other JSON', '{"assetBlock":null}\n', 'Write CSV with a header, or NDJSON'],
  ])('says what to do about %s', (_, text, hint) => {
    expect(refusal(text).hint).toContain(hint);
  });

  it('takes the largest amount, and amounts that are equal', () => {
    const text = `${HEADER}${wallet(1)},${most},${most},${most}\n${wallet(2)},0,0,0\n`;
    expect(read(text).rows).toHaveLength(2);
    expect(refusal(`${HEADER}${wallet(1)},${most},${most.replace(/5$/, '6')},0\n`).code).toBe('LEDGER_RANGE');
  });

  it.each([
    ['nothing', '', 'TABLE_EMPTY'],
    ['a header alone', HEADER, 'TABLE_EMPTY'],
    ['no header', good, 'TABLE_HEADER'],
    ['a missing column', 'wallet,total,withdrawable\n', 'TABLE_COLUMN'],
    ['an unknown column', `asets,${HEADER}`, 'TABLE_HEADER'],
    ['a column twice', `total,${HEADER}`, 'TABLE_HEADER'],
    ['semicolons', HEADER.replaceAll(',', ';'), 'TABLE_HEADER'],
    ['a JSON array', '[{"wallet":"x"}]', 'TABLE_HEADER'],
    ['an unknown key', '{"wallet":"x","amount":1}', 'TABLE_JSON'],
    ['a key twice', '{"wallet":"x","wallet":"y"}', 'TABLE_JSON'],
    ['half an object', '{"wallet":"x","total":12', 'TABLE_JSON'],
    ['something behind the object', '{"wallet":"x","total":1,"withdrawable":1,"request":1} 5', 'TABLE_JSON'],
    ['bytes that are no text', '\u0000\u0001\u0002', 'TABLE_HEADER'],
  ])('is refused for %s', (_, text, code) => {
    expect(refusal(text)).toMatchObject({ exit: 2, code });
  });

  it('has assets that were named, and a column for them if there are several', () => {
    const text = `asset,${HEADER}A,${good}C,${good}`;
    expect(refusal(text, ['A', 'B'])).toMatchObject({ code: 'LEDGER_ASSET', details: { line: 3 } });
    expect(refusal(HEADER + good, ['A', 'B'])).toMatchObject({ code: 'LEDGER_ASSET', details: { line: 2 } });
    expect(read(`asset,${HEADER}A,${good}`, ['A']).rows).toHaveLength(1);
    expect(refusal(`asset,${HEADER}a,${good}`, ['A']).code).toBe('LEDGER_ASSET');
  });

  it('never ends in anything but rows or a named refusal', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        HEADER,
        good,
        '"',
        ',',
        '\n',
        '\r\n',
        '{',
        '}',
        ':',
        '"wallet":',
        '\\',
        '\\u00',
        '0x',
        '-',
        '\ufeff',
      ),
      fc.string({ maxLength: 5, unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pieces, size) => {
        try {
          read(pieces.join(''), ['USDC'], size);
        } catch (error) {
          expect((error as BursarError).exit).toBe(2);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('names of assets', () => {
  it('are names of files, each once whatever its case, and never the mapping', () => {
    expect(() => checkAssetNames(['USDC', 'DOT', 'a.b-c_d'])).not.toThrow();
    for (const names of [[], [''], ['.x'], ['a/b'], ['x'.repeat(33)], ['USDC', 'usdc'], ['Mapping'], ['é']])
      expect(() => checkAssetNames(names)).toThrow(expect.objectContaining({ code: 'ASSET', exit: 2 }));
  });
});

describe('a ledger in a custodian’s own form', () => {
  const names = (text: string) =>
    parseColumns(text, [...LEDGER_COLUMNS.required, ...LEDGER_COLUMNS.optional]);
  function readAs(text: string, form: LedgerForm, assets: readonly string[] = ['USDC']): string[] {
    const rows: string[] = [];
    const reader = new LedgerReader(
      assets,
      (row) =>
        rows.push(
          `${assets[row.asset]} ${Buffer.from(row.amounts.subarray(0, row.amountsLength)).toString()}`,
        ),
      undefined,
      form,
    );
    reader.table.feed(Buffer.from(text));
    reader.table.finish();
    return rows;
  }
  const refusedAs = (text: string, form: LedgerForm): BursarError => {
    try {
      readAs(text, form);
    } catch (error) {
      return error as BursarError;
    }
    throw new Error('it was accepted');
  };

  it('has its columns under the names that it is told, and passes over what it is told to', () => {
    const form = { names: names('wallet=account,total=balance,ignore=e-mail') };
    const csv = `e-mail,account,balance,withdrawable,request\na@b.c,${wallet(1)},9,5,1\n`;
    expect(readAs(csv, form)).toEqual(['USDC 9,5,1']);
    const json = `{"account":"${wallet(1)}","balance":9,"e-mail":"x","withdrawable":5,"request":1}\n`;
    expect(readAs(json, form)).toEqual(['USDC 9,5,1']);
    // The table's own name is no longer one: it could be another number.
    expect(refusedAs(csv.replace('e-mail', 'total'), form).message).toContain('"total" is not the name');
  });

  it('tells everything that is wrong with its header at once', () => {
    const { code, message, details } = refusal(`walet,total,sum,total\n`);
    expect(code).toBe('TABLE_HEADER');
    for (const part of [
      '"walet"',
      '"sum"',
      '"total" occurs twice',
      '"wallet" is missing',
      '"request" is missing',
    ])
      expect(message).toContain(part);
    expect(details).toMatchObject({
      unknown: ['walet', 'sum'],
      missing: ['wallet', 'withdrawable', 'request'],
    });
    expect(refusal('wallet,total\n')).toMatchObject({
      code: 'TABLE_COLUMN',
      message: 'The ledger has no columns "withdrawable", "request".',
    });
    expect(refusedAs(HEADER, { names: names('total=balance') }).message).toContain(
      '"balance", of --columns, is not in it; "total" (as "balance") is missing',
    );
  });

  it('refuses --columns with all that is wrong with it', () => {
    expect(() => names('walet=a,total,total=b,total=c,request=b')).toThrow(
      /"walet=a": there is no column "walet"; "total" is not COLUMN=NAME; "total=c": total is given twice; "request=b": "b" is used twice/,
    );
  });

  it('tells its first ten wrong lines, each with its number', () => {
    const bad = (count: number) =>
      HEADER +
      Array.from({ length: count }, (_, at) => `${wallet(at)},${at % 2 === 0 ? 'x' : 7},5,0\n`).join('');
    const { code, message, details } = refusal(bad(5));
    expect(code).toBe('LEDGER_AMOUNT');
    expect(message).toMatch(
      /Line 2 of[\s\S]*Line 4 of[\s\S]*Line 6 of[\s\S]*3 lines of the ledger are wrong\.$/,
    );
    expect(details).toMatchObject({ line: 2, more: [{ details: { line: 4 } }, { details: { line: 6 } }] });
    expect(refusal(bad(99)).message).toMatch(/Line 20 of[\s\S]*stopped after 10 wrong lines\.$/);
  });

  it('has whole units turned into smallest ones exactly, or refused', () => {
    const whole = { wholeUnits: [6] };
    const row = (total: string) => `${HEADER}${wallet(1)},${total},0,0\n`;
    for (const [text, units] of [
      ['1.5', '1500000'],
      ['0.000001', '1'],
      ['0', '0'],
      ['0.10', '100000'],
      ['1.5000000000', '1500000'],
      ['340282366920938463463374607431768.211455', '340282366920938463463374607431768211455'],
      ['90071992547409.93', '90071992547409930000'],
    ])
      expect(readAs(row(text as string), whole)).toEqual([`USDC ${units},0,0`]);
    for (const [text, code, why] of [
      ['0.0000001', 'LEDGER_AMOUNT', 'more than 6 decimal places'],
      ['1,5', 'TABLE_ROW', ''],
      ['1.', 'LEDGER_AMOUNT', 'not a decimal number'],
      ['.5', 'LEDGER_AMOUNT', 'not a decimal number'],
      ['01.5', 'LEDGER_AMOUNT', 'not a decimal number'],
      ['1e3', 'LEDGER_AMOUNT', 'not a decimal number'],
      ['', 'LEDGER_AMOUNT', 'not a decimal number'],
      ['-1', 'LEDGER_NEGATIVE', 'negative'],
      ['340282366920938463463374607431768.211456', 'LEDGER_RANGE', '2^128'],
    ])
      expect(refusedAs(row(text as string), whole)).toMatchObject({
        code,
        message: expect.stringContaining(why as string),
      });
    // The rules hold for what the amounts come to, not for their digits.
    expect(readAs(`${HEADER}${wallet(1)},10,9.99,9.9\n`, whole)).toEqual(['USDC 10000000,9990000,9900000']);
    expect(refusedAs(`${HEADER}${wallet(1)},9.9,9.99,0\n`, whole).code).toBe('LEDGER_WITHDRAWABLE');
    expect(
      readAs(
        `asset,${HEADER}DOT,${wallet(1)},1.5,0,0\nUSDC,${wallet(1)},1.5,0,0\n`,
        { wholeUnits: [6, 10] },
        ['USDC', 'DOT'],
      ),
    ).toEqual(['DOT 15000000000,0,0', 'USDC 1500000,0,0']);
  });
});
