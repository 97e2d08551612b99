/** `pofbs build` and `pofbs map check` as processes: from a ledger to files that verify, and what is left when it fails. */

import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../src/lib/pofbs/manifest.js';
import { BIN, run } from '../cli/process.js';
import { csvOf, type LedgerLine, ROW_COLUMNS, shuffled, someLedger } from '../lib/pofbs/custodian.js';
import { assertMatchesSchema } from '../support/schema.js';

const work = mkdtempSync(join(tmpdir(), 'bursar-pofbs-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const at = (...names: string[]): string => join(work, ...names);
const text = (...names: string[]): string => readFileSync(at(...names), 'utf8');

const CHAIN = [
  '--chain',
  `0x${'11'.repeat(32)}`,
  '--custody',
  '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
];
const USDC = ['--asset', 'USDC', '--decimals', '6', ...CHAIN];
const FIRST = [...USDC, '--epoch', '0', '--timestamp', '1795000000'];
const ledger = someLedger(400);
const SALTED = [...ROW_COLUMNS, 'salt'] as const;

const build = (file: string, ...args: readonly string[]) => run(['pofbs', 'build', at(file), ...args]);
const check = (...args: readonly string[]) => run(['pofbs', 'map', 'check', ...args]);
const failure = (stdout: string) =>
  JSON.parse(stdout).error as { code: string; exit: number; details: { line?: number } };

beforeAll(() => {
  writeFileSync(at('ledger.csv'), csvOf(ledger, ROW_COLUMNS));
  writeFileSync(at('salted.csv'), csvOf(ledger, SALTED));
});

describe('pofbs build', () => {
  it('makes files that verify, and keeps the mapping to its owner', async () => {
    const made = await build('ledger.csv', ...FIRST, '--out', at('deep', 'e0'), '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const { result } = assertMatchesSchema(made.stdout) as {
      result: { gpmp: string; publicFiles: string[] };
    };
    const manifest = parseManifest(readFileSync(at('deep', 'e0', 'manifest.json')));
    expect(manifest).toMatchObject({
      gpmp: result.gpmp,
      epoch: 0,
      timestamp: 1_795_000_000,
      custody: `0x${'d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'}`,
    });
    expect(manifest.assets).toMatchObject([
      { asset: 'USDC', decimals: 6, rows: 400, total: ledger.reduce((sum, { total }) => sum + total, 0n) },
    ]);
    expect(readdirSync(at('deep', 'e0')).sort()).toEqual([
      'USDC.csv',
      'USDC.csv.tree',
      'manifest.json',
      'mapping.csv',
    ]);
    expect(statSync(at('deep', 'e0', 'mapping.csv')).mode & 0o777).toBe(0o600);
    const verified = await run(['pofbs', 'verify', at('deep', 'e0'), '--json']);
    expect(verified.code).toBe(0);
    expect((await check(at('deep', 'e0'))).code).toBe(0);
  });

  it('gives the same bytes from another order, form and packing, with little memory', async () => {
    expect((await build('salted.csv', ...FIRST, '--out', at('same', 'a'))).code).toBe(0);
    const json = shuffled(ledger).map((line) =>
      JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
    );
    writeFileSync(at('ledger.ndjson.gz'), gzipSync(`${json.join('\n')}\n`));
    expect(
      (await build('ledger.ndjson.gz', ...FIRST, '--out', at('same', 'b'), '--memory', '16MB')).code,
    ).toBe(0);
    writeFileSync(at('salts.csv'), csvOf(shuffled(ledger), ['salt', 'wallet']));
    const piped = spawnSync(
      process.execPath,
      [BIN, 'pofbs', 'build', '-', ...FIRST, '--salts', at('salts.csv'), '--out', at('same', 'c')],
      { input: csvOf(shuffled(ledger), ROW_COLUMNS) },
    );
    expect(piped.status).toBe(0);
    for (const name of readdirSync(at('same', 'a')))
      for (const other of ['b', 'c'])
        expect(readFileSync(at('same', other, name)).equals(readFileSync(at('same', 'a', name)))).toBe(true);
  });

  it('follows the epoch before, for the same chain and custody account', async () => {
    await build('salted.csv', ...FIRST, '--out', at('row', '0'));
    const next = await build(
      'salted.csv',
      ...USDC,
      '--prev',
      at('row', '0'),
      '--timestamp',
      '2026-11-20T12:00:00Z',
      '--out',
      at('row', '1'),
    );
    expect(next.code).toBe(0);
    const [zero, one] = ['0', '1'].map((epoch) =>
      parseManifest(readFileSync(at('row', epoch, 'manifest.json'))),
    );
    expect(one).toMatchObject({ epoch: 1, prevGpmp: zero?.gpmp });
    // Another epoch, another id for every wallet, although the salts are the same.
    const ids = (epoch: string) =>
      text('row', epoch, 'mapping.csv')
        .split('\n')
        .slice(1, -1)
        .map((row) => row.slice(0, 64));
    expect(ids('0').filter((id) => ids('1').includes(id))).toEqual([]);
    const time = ['--timestamp', '2026-11-21T12:00:00Z'];
    for (const [args, code] of [
      [[...USDC, '--prev', at('row', '1', 'manifest.json'), '--epoch', '7', ...time], 'EPOCH_ORDER'],
      [[...USDC, '--prev', at('row', '1'), '--timestamp', '1795000001'], 'PREV_TIME'],
      [
        [...USDC.slice(0, 2), '--decimals', '8', ...CHAIN, '--prev', at('row', '1'), ...time],
        'PREV_DECIMALS',
      ],
      [[...USDC.slice(0, -1), `0x${'22'.repeat(20)}`, '--prev', at('row', '1'), ...time], 'PREV_CHAIN'],
      [[...USDC, ...time], 'EPOCH_MISSING'],
      [[...USDC, '--epoch', '1', '--timestamp', '2026-11-21'], 'TIMESTAMP'],
      [[...USDC, '--epoch', '1', '--timestamp', '1795000000000'], 'TIMESTAMP'],
      [[...CHAIN, '--asset', 'USDC', '--epoch', '1', ...time], 'DECIMALS'],
      [[...CHAIN, '--asset', 'mapping:2', '--epoch', '1', ...time], 'ASSET'],
      [[...USDC, '--epoch', '1', ...time, '--memory', '1MB'], 'MEMORY'],
    ] as const) {
      const refused = await build('salted.csv', ...args, '--out', at('row', '2'), '--json');
      expect([refused.code, failure(refused.stdout).code]).toEqual([2, code]);
    }
    expect(existsSync(at('row', '2'))).toBe(false);
  });

  it('builds several assets with one mapping', async () => {
    const both = ledger.flatMap((line, index) => [
      { ...line, asset: 'USDC' },
      ...(index < 9 ? [{ ...line, asset: 'DOT' }] : []),
    ]);
    writeFileSync(at('both.csv'), csvOf(shuffled(both), [...ROW_COLUMNS, 'asset']));
    const args = [
      '--asset',
      'USDC:6',
      '--asset',
      'DOT:10',
      ...CHAIN,
      '--epoch',
      '3',
      '--timestamp',
      '1795000000',
    ];
    const made = await build('both.csv', ...args, '--out', at('both'), '--json');
    expect(made.code).toBe(0);
    const manifest = parseManifest(readFileSync(at('both', 'manifest.json')));
    expect(manifest.assets).toMatchObject([
      { asset: 'DOT', decimals: 10, rows: 9 },
      { asset: 'USDC', decimals: 6, rows: 400 },
    ]);
    expect((await run(['pofbs', 'verify', at('both')])).code).toBe(0);
    writeFileSync(at('asked.csv'), csvOf(shuffled(both), ['wallet', 'asset', 'request']));
    expect((await check(at('both'), '--requests', at('asked.csv'))).code).toBe(0);
  });

  it.each([
    ['a negative amount', `0x${'ab'.repeat(32)},-5,0,0`, 'LEDGER_NEGATIVE'],
    ['more requested than withdrawable', `0x${'ab'.repeat(32)},5,4,5`, 'LEDGER_REQUEST'],
    ['a wallet that is there', `${ledger[6]?.wallet},5,4,3`, 'LEDGER_REPEATED'],
    ['a decimal point', `0x${'ab'.repeat(32)},5.0,4,3`, 'LEDGER_AMOUNT'],
  ])('refuses a ledger with %s, and writes nothing', async (_, line, code) => {
    copyFileSync(at('ledger.csv'), at('bad.csv'));
    appendFileSync(at('bad.csv'), `${line}\n`);
    const refused = await build('bad.csv', ...FIRST, '--out', at('bad', 'e0'), '--json');
    expect(refused.code).toBe(2);
    expect(failure(refused.stdout)).toMatchObject({ code, exit: 2, details: { line: 402 } });
    expect(existsSync(at('bad'))).toBe(false);
    const plain = await build('bad.csv', ...FIRST, '--out', at('bad', 'e0'));
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain('Line 402 of the ledger');
  });

  it('never replaces an epoch, nor what it reads, unless it is told to', async () => {
    expect((await build('ledger.csv', ...FIRST, '--out', at('kept'))).code).toBe(0);
    const before = text('kept', 'mapping.csv');
    const again = await build('ledger.csv', ...FIRST, '--out', at('kept'), '--json');
    expect([again.code, failure(again.stdout).code]).toEqual([2, 'EPOCH_EXISTS']);
    expect(text('kept', 'mapping.csv')).toBe(before);
    const next = [...CHAIN, '--asset', 'USDC:6', '--prev', at('kept'), '--timestamp', '1795000001'];
    const lost = await build('ledger.csv', ...next, '--out', at('kept'), '--force', '--json');
    expect([lost.code, failure(lost.stdout).code]).toEqual([2, 'PREV_REPLACED']);
    expect(text('kept', 'mapping.csv')).toBe(before);
    // Files of the former epoch do not stay beside the new ones.
    const other = ['--asset', 'EURC:2', ...CHAIN, '--epoch', '0', '--timestamp', '1795000000'];
    writeFileSync(at('kept', 'notes.txt'), 'mine');
    expect((await build('ledger.csv', ...other, '--out', at('kept'), '--force')).code).toBe(0);
    expect(readdirSync(at('kept')).sort()).toEqual([
      'EURC.csv',
      'EURC.csv.tree',
      'manifest.json',
      'mapping.csv',
      'notes.txt',
    ]);
    mkdirSync(at('input'));
    copyFileSync(at('ledger.csv'), at('input', 'USDC.csv'));
    const own = await build('input/USDC.csv', ...FIRST, '--out', at('input'), '--force', '--json');
    expect([own.code, failure(own.stdout).code]).toEqual([2, 'INPUT_OUTPUT']);
    expect(text('input', 'USDC.csv')).toBe(text('ledger.csv'));
  });
});

describe('a build that cannot end', () => {
  /** A ledger of some size, so that there is time to interrupt it. */
  const many = () => {
    if (!existsSync(at('many.csv')))
      writeFileSync(at('many.csv'), csvOf(someLedger(120_000, 'many'), ROW_COLUMNS));
    return at('many.csv');
  };

  it('leaves nothing when it is interrupted while it waits for input', async () => {
    const child = spawn(
      process.execPath,
      [BIN, 'pofbs', 'build', '-', ...FIRST, '--out', at('stopped', 'e0')],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdin.on('error', () => {});
    child.stdin.write(csvOf(ledger, ROW_COLUMNS));
    while (!existsSync(at('stopped', 'e0'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(existsSync(at('stopped'))).toBe(false);
  });

  it.each([0, 150, 400, 900])(
    'leaves nothing when it is interrupted %i ms after it began to write',
    async (delay) => {
      const out = at(`cut-${delay}`);
      const child = spawn(
        process.execPath,
        [BIN, 'pofbs', 'build', many(), ...FIRST, '--out', out, '--memory', '16MB'],
        { stdio: 'ignore' },
      );
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      while (!existsSync(out) && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, delay));
      child.kill('SIGINT');
      const code = await ended;
      // Either it was stopped and nothing is there, or it had ended and everything is.
      expect([0, 130]).toContain(code);
      if (code === 130) expect(existsSync(out)).toBe(false);
      else
        expect(readdirSync(out).sort()).toEqual([
          'USDC.csv',
          'USDC.csv.tree',
          'manifest.json',
          'mapping.csv',
        ]);
    },
  );

  it.each([40, 3000, 12_000])('leaves nothing when no more than %i blocks can be written', (blocks) => {
    const out = at(`full-${blocks}`);
    const args = [
      BIN,
      'pofbs',
      'build',
      many(),
      ...FIRST,
      '--out',
      join(out, 'e0'),
      '--memory',
      '16MB',
      '--json',
    ];
    const full = spawnSync('bash', [
      '-c',
      `ulimit -f ${blocks}; exec "$@"`,
      'bash',
      process.execPath,
      ...args,
    ]);
    expect(full.status).toBe(2);
    expect(failure(String(full.stdout)).code).toBe('OUTPUT_WRITE');
    expect(existsSync(out)).toBe(false);
  });

  it('says where it cannot write', async () => {
    writeFileSync(at('a-file'), '');
    for (const args of [
      ['--out', at('a-file', 'e0')],
      ['--out', '/proc/nowhere'],
      ['--out', at('x'), '--tmp', at('missing')],
    ]) {
      const refused = await build('ledger.csv', ...FIRST, ...args, '--json');
      expect([refused.code, failure(refused.stdout).code]).toEqual([2, 'OUTPUT_WRITE']);
    }
    expect(existsSync(at('x'))).toBe(false);
    const missing = await build('none.csv', ...FIRST, '--out', at('x'), '--json');
    expect([missing.code, failure(missing.stdout).code]).toEqual([2, 'INPUT_MISSING']);
  });
});

describe('a sealed mapping', () => {
  let recipients: string[];
  beforeAll(async () => {
    const { generateX25519Identity, generateHybridIdentity, identityToRecipient } = await import(
      'age-encryption'
    );
    const identities = [await generateX25519Identity(), await generateX25519Identity()];
    recipients = await Promise.all(identities.map(identityToRecipient));
    for (const [index, identity] of identities.entries())
      writeFileSync(at(`validator-${index}.key`), `# created: today\n${identity}\n`, { mode: 0o600 });
    const hybrid = await generateHybridIdentity();
    writeFileSync(at('hybrid.key'), `${hybrid}\n`, { mode: 0o600 });
    writeFileSync(at('hybrid.txt'), `# one validator\n${await identityToRecipient(hybrid)}\n`);
    writeFileSync(at('stranger.key'), `${await generateX25519Identity()}\n`, { mode: 0o600 });
  });

  it('opens for each of those it was sealed for, and is not there in plain', async () => {
    const out = at('sealed');
    const made = await build(
      'salted.csv',
      ...FIRST,
      '--out',
      out,
      '--seal-for',
      recipients.join(','),
      '--json',
    );
    expect(made.code).toBe(0);
    expect(assertMatchesSchema(made.stdout)).toMatchObject({
      result: {
        mapping: { sealedFor: 2 },
        warnings: [expect.stringContaining('Only the 2 recipients of mapping.csv.age can open the mapping')],
      },
    });
    expect(readdirSync(out).sort()).toEqual([
      'USDC.csv',
      'USDC.csv.tree',
      'manifest.json',
      'mapping.csv.age',
    ]);
    for (const index of [0, 1])
      expect((await check(out, '--identity-file', at(`validator-${index}.key`))).code).toBe(0);
    const asked = at('asked-usdc.csv');
    writeFileSync(asked, csvOf(ledger, ['wallet', 'request']));
    const checked = await check(out, '--identity-file', at('validator-0.key'), '--requests', asked, '--json');
    expect(checked.code).toBe(0);
    assertMatchesSchema(checked.stdout);
    for (const [args, exit, code] of [
      [[], 2, 'SEALED'],
      [['--identity-file', at('stranger.key')], 2, 'SEALED_FOR_OTHERS'],
      [['--identity-file', at('ledger.csv')], 4, 'KEY_FILE_MODE'],
      [['--identity-file', at('none.key')], 2, 'FILE_MISSING'],
    ] as const) {
      const refused = await check(out, ...args, '--json');
      expect([refused.code, failure(refused.stdout).code]).toEqual([exit, code]);
    }
    chmodSync(at('validator-0.key'), 0o644);
    expect((await check(out, '--identity-file', at('validator-0.key'))).code).toBe(4);
    chmodSync(at('validator-0.key'), 0o600);
  });

  it('is refused when a byte of it was changed or the end is missing', async () => {
    const out = at('damaged');
    await build('salted.csv', ...FIRST, '--out', out, '--seal-for', recipients[0] as string);
    const sealed = readFileSync(join(out, 'mapping.csv.age'));
    for (const bytes of [
      sealed.subarray(0, -1),
      sealed.subarray(0, 60_000),
      sealed.subarray(0, 90),
      Buffer.from(sealed).fill(1, 70_000, 70_001),
    ]) {
      writeFileSync(join(out, 'mapping.csv.age'), bytes);
      const refused = await check(out, '--identity-file', at('validator-0.key'), '--json');
      expect([refused.code, failure(refused.stdout).code]).toEqual([2, 'SEALED_BROKEN']);
    }
  });

  it('is made for recipients in a file, of the post-quantum kind too, and beside a plain one', async () => {
    const out = at('hybrid');
    expect(
      (await build('salted.csv', ...FIRST, '--out', out, '--seal-file', at('hybrid.txt'), '--plain-mapping'))
        .code,
    ).toBe(0);
    expect(readdirSync(out)).toEqual(expect.arrayContaining(['mapping.csv', 'mapping.csv.age']));
    expect((await check(out, '--identity-file', at('hybrid.key'))).code).toBe(0);
    rmSync(join(out, 'mapping.csv'));
    expect((await check(out, '--identity-file', at('hybrid.key'))).code).toBe(0);
  });

  it('is not made for what is no recipient; a secret is not repeated', async () => {
    const secret = readFileSync(at('stranger.key'), 'utf8').trim();
    for (const recipient of ['age1nonsense', 'ssh-ed25519 AAAA', secret]) {
      const refused = await build(
        'salted.csv',
        ...FIRST,
        '--out',
        at('none'),
        '--seal-for',
        recipient,
        '--json',
      );
      expect([refused.code, failure(refused.stdout).code]).toEqual([2, 'RECIPIENT']);
      expect(refused.stdout + refused.stderr).not.toContain(secret.slice(16));
    }
    expect(existsSync(at('none'))).toBe(false);
  });
});

describe('pofbs map check', () => {
  const forged = async (name: string, forge: (rows: string[]) => void, file = 'mapping.csv') => {
    const out = at(name);
    await build('salted.csv', ...FIRST, '--out', out);
    const rows = text(name, file).split('\n');
    forge(rows);
    writeFileSync(join(out, file), rows.join('\n'));
    const checked = await check(out, '--json');
    const { result, error } = assertMatchesSchema(checked.stdout) as {
      result: { verdicts: { rule: string; answer: string }[] };
      error?: { code: string };
    };
    const broken = result.verdicts.filter(({ answer }) => answer === 'FALSE').map(({ rule }) => rule);
    return { code: checked.code, error: error?.code, broken };
  };
  const swap = (rows: string[], a: number, b: number, from: number, to: number) => {
    const [one, other] = [rows[a] as string, rows[b] as string];
    rows[a] = one.slice(0, from) + other.slice(from, to) + one.slice(to);
    rows[b] = other.slice(0, from) + one.slice(from, to) + other.slice(to);
  };

  it.each([
    ['exchanged wallets', (rows: string[]) => swap(rows, 3, 9, 65, 131), ['M_OPENING'], 'mapping.csv'],
    ['exchanged salts', (rows: string[]) => swap(rows, 3, 9, 132, 198), ['M_OPENING'], 'mapping.csv'],
    ['a row less', (rows: string[]) => rows.splice(7, 1), ['M_ROWS'], 'mapping.csv'],
    ['a row more', (rows: string[]) => rows.splice(7, 1), ['M_ROWS', 'R_FILE'], 'USDC.csv'],
    [
      'an amount that was changed',
      (rows: string[]) => (rows[5] = (rows[5] ?? '').replace(',', ',1')),
      ['R_FILE'],
      'USDC.csv',
    ],
  ])('ends with 9 for %s', async (name, forge, rules, file) => {
    const { code, error, broken } = await forged(`forged ${name}`, forge as (rows: string[]) => void, file);
    expect({ code, broken, error }).toEqual({ code: 9, broken: rules, error: rules[0] });
  });

  it('names rule, file, line and id for a person, and no salt', async () => {
    await build('salted.csv', ...FIRST, '--out', at('told'));
    const rows = text('told', 'mapping.csv').split('\n');
    const row = rows[4] as string;
    rows[4] = `${row.slice(0, 132)}0x${'00'.repeat(32)}`;
    writeFileSync(at('told', 'mapping.csv'), rows.join('\n'));
    const told = await check(at('told'));
    expect(told.code).toBe(9);
    expect(told.stdout).toContain('M_OPENING FALSE');
    expect(told.stdout).toContain(`line 5 of the mapping (byte 612, id ${row.slice(0, 64)})`);
    expect(told.stderr).toContain('The mapping is refused');
    expect(told.stdout + told.stderr).not.toContain(row.slice(70, 130));
  });

  it('takes files by name, compressed or not, with and without a manifest', async () => {
    await build('salted.csv', ...FIRST, '--out', at('named'));
    const files = ['--snapshot', at('named', 'USDC.csv'), '--mapping', at('named', 'mapping.csv')];
    const whole = await check(...files, '--json');
    expect(JSON.parse(whole.stdout)).toMatchObject({ result: { valid: true, epoch: { epoch: 0 } } });
    mkdirSync(at('alone'));
    writeFileSync(at('alone', 'USDC.csv.gz'), gzipSync(readFileSync(at('named', 'USDC.csv'))));
    const alone = await check(
      '--snapshot',
      at('alone', 'USDC.csv.gz'),
      '--mapping',
      at('named', 'mapping.csv'),
      '--json',
    );
    expect(alone.code).toBe(0);
    const { verdicts } = JSON.parse(alone.stdout).result as { verdicts: { rule: string; answer: string }[] };
    expect(verdicts.filter(({ answer }) => answer === 'NOT CHECKED').map(({ rule }) => rule)).toEqual([
      'M_OPENING',
      'R_FILE',
      'R_REQUEST_LIST',
    ]);
    const manifest = ['--manifest', at('named', 'manifest.json')];
    expect(
      (
        await check(
          '--snapshot',
          at('alone', 'USDC.csv.gz'),
          '--mapping',
          at('named', 'mapping.csv'),
          ...manifest,
        )
      ).code,
    ).toBe(0);
    for (const [args, code] of [
      [['--snapshot', at('salted.csv'), '--mapping', at('named', 'mapping.csv'), ...manifest], 'ASSET_FILES'],
      [[at('alone')], 'INPUT_MISSING'],
    ] as const) {
      const refused = await check(...args, '--json');
      expect([refused.code, failure(refused.stdout).code]).toEqual([2, code]);
    }
    expect((await check()).code).toBe(2);
    writeFileSync(
      at('named', 'manifest.json'),
      text('named', 'manifest.json').replace('"epoch":0', '"epoch":1'),
    );
    expect((await check(at('named'))).code).toBe(9);
  });

  it('says that requests differ from those on chain', async () => {
    await build('salted.csv', ...FIRST, '--out', at('asked'));
    const changed = ledger.map(
      (line, index): LedgerLine => (index === 0 ? { ...line, request: line.request + 1n } : line),
    );
    writeFileSync(at('changed.csv'), csvOf(changed, ['wallet', 'request']));
    const differs = await check(at('asked'), '--requests', at('changed.csv'), '--json');
    expect(differs.code).toBe(9);
    expect(JSON.parse(differs.stdout)).toMatchObject({ error: { code: 'R_REQUEST_LIST' } });
  });
});
