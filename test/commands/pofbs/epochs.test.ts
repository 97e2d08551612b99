/** pofbs history, diff, privacy-lint and explain as processes, on the example epochs and on what is wrong with them. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { makeManifest, manifestBytes, parseManifest } from '../../../src/lib/pofbs/manifest.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { REPOSITORY, run } from '../../cli/process.js';
import { pageProblems } from '../../support/page.js';
import { assertMatchesSchema } from '../../support/schema.js';

const EXAMPLE = `${REPOSITORY}examples/pofbs-epochs`;
const scratch = mkdtempSync(join(tmpdir(), 'bursar-epochs-'));
const work = join(scratch, 'epochs');
afterEach(() => rmSync(work, { recursive: true, force: true }));
afterAll(() => rmSync(scratch, { recursive: true }));

/** A copy of the three epochs. */
function copy(): string {
  mkdirSync(work);
  for (const epoch of ['epoch-0', 'epoch-1', 'epoch-2'])
    cpSync(join(EXAMPLE, epoch), join(work, epoch), { recursive: true });
  return work;
}
const manifestAt = (path: string): Manifest => parseManifest(new Uint8Array(readFileSync(path)));
const write = (path: string, manifest: Manifest) => writeFileSync(path, manifestBytes(manifest));
const first = (): Manifest => manifestAt(join(EXAMPLE, 'epoch-0/manifest.json'));

/** A manifest of the same rows with something else changed, in order in itself. */
function remade(manifest: Manifest, change: Partial<Manifest>): Manifest {
  const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = manifest;
  return makeManifest({ ...input, ...change });
}

async function json(args: readonly string[], code = 0) {
  const ended = await run([...args, '--json']);
  expect([ended.code, ended.stderr]).toEqual([code, '']);
  return assertMatchesSchema(ended.stdout) as { result: never; error?: { code: string } };
}
interface History {
  readonly valid: boolean;
  readonly checks: readonly { readonly rule: string; readonly answer: string; readonly details: string[] }[];
  readonly lines: readonly { readonly epochs: readonly { readonly epoch: number }[] }[];
}
const historyOf = async (directory: string, code: number, ...flags: string[]): Promise<History> =>
  (await json(['pofbs', 'history', directory, ...flags], code)).result;
const wrong = ({ checks }: History) =>
  checks.filter(({ answer }) => answer === 'FALSE').map(({ rule }) => rule);
const detailsOf = ({ checks }: History, rule: string) => checks.find((one) => one.rule === rule)!.details;

describe('pofbs history', () => {
  it('of the example finds nothing wrong, and with --deep reads the files', async () => {
    const { code, stdout, stderr } = await run(['pofbs', 'history', EXAMPLE]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('3 epochs: nothing is wrong');
    expect(stdout).toContain('NOT CHECKED; the snapshot files were not read');
    const result = await historyOf(EXAMPLE, 0, '--deep');
    expect(result.checks.every(({ answer }) => answer === 'TRUE')).toBe(true);
    expect(result.lines[0]?.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  });
  it('does not care for names, order, or whether manifests lie in directories', async () => {
    const directory = copy();
    renameSync(join(directory, 'epoch-0'), join(directory, 'zzz'));
    renameSync(join(directory, 'epoch-1/manifest.json'), join(directory, 'second.json'));
    rmSync(join(directory, 'epoch-1'), { recursive: true });
    symlinkSync(join(EXAMPLE, 'epoch-2'), join(directory, 'linked'));
    const result = await historyOf(directory, 0);
    expect(result.lines[0]?.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  });
  it('skips JSON of other formats, and not a manifest that is damaged', async () => {
    const directory = copy();
    writeFileSync(join(directory, 'proof.json'), '{"format":"pofbs.inclusion/1"}\n');
    writeFileSync(join(directory, 'balances.json'), '{"balances":{"DOT":"5"}}');
    writeFileSync(join(directory, 'list.json'), '[null]');
    expect(await historyOf(directory, 0)).toMatchObject({
      skipped: ['balances.json', 'list.json', 'proof.json'],
    });
    const { stdout } = await run(['pofbs', 'history', directory]);
    expect(stdout).toContain('No manifest: balances.json, list.json, proof.json.');
    for (const [name, text, why] of [
      ['manifest.json', '{}', 'Its format is missing, not "pofbs.manifest/1"'],
      ['old.json', '{"format":"pofbs.manifest/1"}', 'is not'],
      ['cut.json', '{"format":"pofbs.inclusion/1"', 'It is not JSON'],
    ] as const) {
      writeFileSync(join(directory, name), text);
      const details = detailsOf(await historyOf(directory, 9), 'manifests');
      expect(details).toEqual([expect.stringContaining(why)]);
      rmSync(join(directory, name));
    }
  });
  it('a gap is 9', async () => {
    const directory = copy();
    rmSync(join(directory, 'epoch-1'), { recursive: true });
    const result = await historyOf(directory, 9);
    expect(wrong(result)).toEqual(['gaps']);
    expect(detailsOf(result, 'gaps')).toEqual(['epoch 1 is missing']);
  });
  it('a forged link, an equivocation and a step back in time are 9', async () => {
    const directory = copy();
    const second = manifestAt(join(directory, 'epoch-1/manifest.json'));
    mkdirSync(join(directory, 'other'));
    const other = join(directory, 'other/manifest.json');
    write(other, remade(second, { timestamp: second.timestamp + 1 }));
    expect(wrong(await historyOf(directory, 9))).toEqual(['equivocation']);
    rmSync(join(directory, 'epoch-1'), { recursive: true });
    expect(wrong(await historyOf(directory, 9))).toEqual(['links']);
    write(other, remade(second, { timestamp: first().timestamp }));
    expect(wrong(await historyOf(directory, 9))).toEqual(['links', 'time']);
    const ended = await run(['pofbs', 'history', directory]);
    expect(ended.code).toBe(9);
    expect(ended.stdout).toContain('is not the GPMP of epoch 1');
    expect(ended.stderr).toContain('The epochs are not in order');
  });
  it('a damaged manifest is 9 with its reason, and the others are checked', async () => {
    const directory = copy();
    const path = join(directory, 'epoch-2/manifest.json');
    const text = readFileSync(path, 'utf8');
    for (const [damaged, why] of [
      [text.replace('"epoch":2', '"epoch":3'), 'Its digest is not that of its content'],
      [text.slice(0, -3), 'It is not JSON in UTF-8'],
      [`${text} `, 'Its bytes are not the canonical ones'],
      ['', 'It is not JSON in UTF-8'],
    ] as const) {
      writeFileSync(path, damaged);
      const result = await historyOf(directory, 9);
      expect(wrong(result)).toEqual(['manifests']);
      expect(detailsOf(result, 'manifests')[0]).toContain(`epoch-2: The manifest is refused. ${why}`);
      expect(result.lines[0]?.epochs).toHaveLength(2);
    }
  });
  it('--deep finds a changed file, and says which one is missing', async () => {
    const directory = copy();
    const path = join(directory, 'epoch-1/USDC.csv');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(',500000000,', ',500000001,'));
    expect((await historyOf(directory, 0)).valid).toBe(true);
    const result = await historyOf(directory, 9, '--deep');
    expect(wrong(result)).toEqual(['snapshots']);
    expect(detailsOf(result, 'snapshots')[0]).toMatch(/^epoch-1: USDC\.csv: /);
    rmSync(path);
    const missing = await historyOf(directory, 0, '--deep');
    expect(detailsOf(missing, 'snapshots')).toEqual(['epoch-1: USDC.csv is not there']);
    writeFileSync(`${path}.gz`, gzipSync(text));
    expect((await historyOf(directory, 0, '--deep')).checks.at(-1)?.answer).toBe('TRUE');
  });
  it('what is not there is 2', async () => {
    mkdirSync(work);
    for (const [path, code] of [
      [work, 'NO_EPOCHS'],
      [join(work, 'nowhere'), 'INPUT_MISSING'],
      [join(EXAMPLE, 'epoch-0/DOT.csv'), 'INPUT_KIND'],
    ] as const)
      expect((await json(['pofbs', 'history', path], 2)).error?.code).toBe(code);
  });
});

describe('pofbs diff', () => {
  interface Diff {
    readonly same: boolean;
    readonly header: readonly { readonly field: string }[] | null;
    readonly snapshots: readonly {
      readonly asset: string | null;
      readonly rows: Record<string, unknown> | null;
    }[];
  }
  const diffOf = async (a: string, b: string, ...flags: string[]): Promise<Diff> =>
    (await json(['pofbs', 'diff', a, b, ...flags])).result;
  const [zero, one] = [join(EXAMPLE, 'epoch-0'), join(EXAMPLE, 'epoch-1')];

  it('two copies are the same, however they are packed', async () => {
    const directory = copy();
    const path = join(directory, 'epoch-0/DOT.csv');
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    rmSync(path);
    const diff = await diffOf(zero, join(directory, 'epoch-0'));
    expect(diff).toMatchObject({ same: true, header: [] });
    expect(diff.snapshots.map(({ asset, rows }) => [asset, rows?.same])).toEqual([
      ['DOT', 7],
      ['USDC', 9],
    ]);
  });
  it('names the first row of a copy that differs', async () => {
    const directory = copy();
    const path = join(directory, 'epoch-0/DOT.csv');
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[3] = lines[3]!.replace(/,0$/, ',1');
    writeFileSync(path, lines.join('\n'));
    const diff = await diffOf(join(zero, 'DOT.csv'), path);
    expect(diff).toMatchObject({ same: false, header: null });
    expect(diff.snapshots[0]?.rows).toMatchObject({
      by: 'id',
      changed: 1,
      same: 6,
      first: { key: lines[3]!.slice(0, 64) },
    });
  });
  it('two epochs are joined by wallet with their mappings, and not without', async () => {
    const without = await diffOf(zero, one);
    expect(without.header?.map(({ field }) => field)).toContain('prevGpmp');
    expect(without.snapshots[1]?.rows).toMatchObject({ same: 0, changed: 0, onlyA: 9, onlyB: 9 });
    const mappings = ['--mapping-a', join(zero, 'mapping.csv'), '--mapping-b', join(one, 'mapping.csv')];
    const joined = await diffOf(zero, one, ...mappings, '--tmp', scratch);
    expect(joined.snapshots[1]?.rows).toMatchObject({
      by: 'wallet',
      same: 3,
      changed: 5,
      onlyA: 1,
      onlyB: 1,
    });
    expect(joined.snapshots[0]?.rows).toMatchObject({
      by: 'wallet',
      same: 3,
      changed: 4,
      onlyA: 0,
      onlyB: 1,
    });
    const { stdout } = await run(['pofbs', 'diff', zero, one, ...mappings]);
    expect(stdout).toContain('+12,000');
    expect(readdirSync(scratch).filter((name) => name.startsWith('bursar-diff-'))).toEqual([]);
    const nowhere = join(scratch, 'nowhere');
    const error = await json(['pofbs', 'diff', zero, one, ...mappings, '--tmp', nowhere], 2);
    expect(error.error?.code).toBe('OUTPUT_WRITE');
  });
  it('a file that breaks a rule is 9, what cannot be compared is 2', async () => {
    mkdirSync(work);
    const bad = join(work, 'bad.csv');
    writeFileSync(bad, 'id,total,withdrawable,request\nx,1,1,1\n');
    const dot = join(zero, 'DOT.csv');
    expect((await json(['pofbs', 'diff', dot, bad], 9)).error?.code).toBe('E_ID_SYNTAX');
    expect((await json(['pofbs', 'diff', dot, zero], 2)).error?.code).toBe('ASSET_FILES');
    expect((await json(['pofbs', 'diff', dot, join(work, 'nowhere')], 2)).error?.code).toBe('INPUT_MISSING');
    expect((await run(['pofbs', 'diff', zero, one, '--mapping-a', 'x'])).code).toBe(2);
  });
});

describe('pofbs privacy-lint', () => {
  const epochs = ['epoch-2', 'epoch-0', 'epoch-1'].map((name) => join(EXAMPLE, name));

  it('counts over epochs in their order, asset by asset', async () => {
    const { result } = await json(['pofbs', 'privacy-lint', ...epochs]);
    const { files, pairs, limit } = result as {
      files: { source: string; uniqueRequests: number }[];
      pairs: { from: string; to: string; sameIds: number }[];
      limit: unknown;
    };
    expect(files.map(({ source, uniqueRequests }) => [source, uniqueRequests])).toEqual([
      ['epoch-0/DOT.csv', 2],
      ['epoch-0/USDC.csv', 1],
      ['epoch-1/DOT.csv', 2],
      ['epoch-1/USDC.csv', 3],
      ['epoch-2/DOT.csv', 0],
      ['epoch-2/USDC.csv', 2],
    ]);
    expect(pairs.map(({ from, to }) => `${from} ${to}`)).toContain('epoch-0/USDC.csv epoch-1/USDC.csv');
    expect(pairs.every(({ sameIds }) => sameIds === 0)).toBe(true);
    expect(limit).toBeNull();
  });
  it('is advice, and a gate with --max-unique', async () => {
    expect((await run(['pofbs', 'privacy-lint', ...epochs])).code).toBe(0);
    expect((await run(['pofbs', 'privacy-lint', ...epochs, '--max-unique', '42.9'])).code).toBe(0);
    const { code, stderr } = await run(['pofbs', 'privacy-lint', ...epochs, '--max-unique', '42.8']);
    expect([code, stderr]).toEqual([9, expect.stringContaining('More than 42.8 % are singled out')]);
    expect((await json(['pofbs', 'privacy-lint', ...epochs, '--max-unique', '42.8'], 9)).error?.code).toBe(
      'PRIVACY_LIMIT',
    );
    expect((await run(['pofbs', 'privacy-lint', ...epochs, '--max-unique', 'few'])).code).toBe(2);
  });
  it('sees ids that are used again', async () => {
    const file = join(EXAMPLE, 'epoch-0/USDC.csv');
    const { stdout } = await run(['pofbs', 'privacy-lint', file, file]);
    expect(stdout).toContain('9 of 9 rows (100 %)');
    expect(stdout).toContain('Ids are used again.');
  });
  it('takes no proof, and nothing that is not there', async () => {
    expect((await run(['pofbs', 'privacy-lint', join(EXAMPLE, 'nowhere')])).code).toBe(2);
    expect((await run(['pofbs', 'privacy-lint'])).code).toBe(2);
  });
});

describe('pofbs explain', () => {
  const epoch = join(EXAMPLE, 'epoch-1');
  const { gpmp } = manifestAt(join(epoch, 'manifest.json'));
  interface Explained {
    readonly answer: string;
    readonly gpmp: string | null;
    readonly proved: readonly string[];
    readonly notProved: readonly string[];
    readonly detection: { readonly byOmitted: readonly unknown[] } | null;
  }
  const explained = async (args: readonly string[], code = 0): Promise<Explained> =>
    (await json(['pofbs', 'explain', ...args], code)).result;

  it('says what an epoch shows, and what it does not', async () => {
    const { code, stdout } = await run(['pofbs', 'explain', epoch, '--check-share', '2']);
    expect(code).toBe(0);
    expect(stdout).toContain(
      'the custodian stated that it owes 5,556.75 DOT to 8 users and 100,309 USDC to 9 users',
    );
    expect(stdout).toContain('All 17 lines were read');
    expect(stdout).toContain('That the custodian has the money.');
    expect(stdout).toMatch(/100 +86\.74 %/);
    expect(await explained([epoch])).toMatchObject({ answer: 'TRUE', gpmp, detection: null });
  });
  it('holds it against the code from the chain', async () => {
    const good = await explained([epoch, '--gpmp', gpmp]);
    expect(good.answer).toBe('TRUE');
    expect(good.notProved.join()).not.toContain('Compare the code');
    const bad = await explained([epoch, '--gpmp', `0x${'ab'.repeat(32)}`], 9);
    expect(bad).toMatchObject({ answer: 'FALSE', proved: [] });
  });
  it('of a changed file proves nothing', async () => {
    const path = join(copy(), 'epoch-1/USDC.csv');
    writeFileSync(path, readFileSync(path, 'utf8').replace(',500000000,', ',500000001,'));
    const { code, stdout, stderr } = await run(['pofbs', 'explain', join(work, 'epoch-1')]);
    expect(code).toBe(9);
    expect(stdout).toContain('Do not rely on it.');
    expect(stdout).toContain('USDC.csv: R_TOTALS');
    expect(stdout).not.toContain('the custodian stated');
    expect(stderr).toContain('"The lines add up to what is stated" is FALSE');
    rmSync(path);
    expect((await explained([join(work, 'epoch-1')])).answer).toBe('NOT CHECKED');
  });
  it('judges a snapshot alone by its lines', async () => {
    const result = await explained([join(epoch, 'USDC.csv')]);
    expect(result).toMatchObject({ answer: 'TRUE', gpmp: null });
    expect(result.proved[0]).toContain('9 users, who are owed 100309000000');
    const path = join(copy(), 'epoch-1/USDC.csv');
    writeFileSync(path, `${readFileSync(path, 'utf8')}x\n`);
    expect((await explained([path], 9)).answer).toBe('FALSE');
    expect((await run(['pofbs', 'explain', path, '--html', join(work, 'x.html')])).code).toBe(2);
  });
  it('writes a page with the lines in it', async () => {
    mkdirSync(work);
    const page = join(work, 'epoch.html');
    const { code } = await run(['pofbs', 'explain', epoch, '--html', page]);
    expect(code).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(pageProblems(html)).toEqual([]);
    expect(html).not.toContain('--gpmp');
    expect(html).toContain('compare it in the form above');
    const line = readFileSync(join(epoch, 'USDC.csv'), 'utf8').split('\n')[1]!;
    expect(html).toContain(line);
    for (const secret of readFileSync(join(epoch, 'mapping.csv'), 'utf8').match(/0x[0-9a-f]{64}/g) ?? [])
      expect(html).not.toContain(secret);
  });
  it('of a proof, with the GPMP from the chain and without, and as a page', async () => {
    mkdirSync(work);
    const [proof, page] = [join(work, 'proof.json'), join(work, 'proof.html')];
    const id = readFileSync(join(epoch, 'DOT.csv'), 'utf8').split('\n')[1]!.slice(0, 64);
    expect((await run(['pofbs', 'prove', epoch, '--asset', 'DOT', '--id', id, '--out', proof])).code).toBe(0);
    expect(await explained([proof, '--gpmp', gpmp])).toMatchObject({ answer: 'TRUE', gpmp });
    expect((await explained([proof])).answer).toBe('NOT CHECKED');
    expect((await explained([proof, '--gpmp', `0x${'ab'.repeat(32)}`], 9)).proved).toEqual([]);
    expect((await run(['pofbs', 'explain', proof, '--html', page])).code).toBe(0);
    expect(pageProblems(readFileSync(page, 'utf8'))).toEqual([]);
    expect(readFileSync(page, 'utf8')).not.toContain('--gpmp');
    writeFileSync(proof, readFileSync(proof, 'utf8').replace('"index":0', '"index":1'));
    expect((await run(['pofbs', 'explain', proof, '--gpmp', gpmp])).code).toBe(9);
    expect((await run(['pofbs', 'privacy-lint', proof])).code).toBe(2);
  });
  it('the page of a large epoch has its statement alone', async () => {
    mkdirSync(work);
    const [ledger, large, page] = ['ledger.csv', 'large', 'large.html'].map((name) => join(work, name)) as [
      string,
      string,
      string,
    ];
    const wallets = Array.from({ length: 50_001 }, (_, at) => `0x${at.toString(16).padStart(64, '0')},5,5,0`);
    writeFileSync(ledger, `wallet,total,withdrawable,request\n${wallets.join('\n')}\n`);
    const header = ['--chain', `0x${'11'.repeat(32)}`, '--custody', `0x${'22'.repeat(20)}`, '--epoch', '0'];
    const built = await run(
      [
        'pofbs',
        'build',
        ledger,
        '--asset',
        'DOT:10',
        ...header,
        '--timestamp',
        '1800000000',
        '--out',
        large,
      ].concat('--quiet'),
    );
    expect([built.code, built.stderr]).toEqual([0, '']);
    expect((await run(['pofbs', 'explain', large, '--html', page])).code).toBe(0);
    const html = readFileSync(page, 'utf8');
    expect(html).toContain('"snapshots":null');
    expect(html.length).toBeLessThan(100_000);
    expect(html).toContain('to 50,001 users');
  });
});
