/** pofbs verify, merge and cid as processes: verdicts and exit codes of good files, bad files and files that cannot be read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSavedTree } from '../../../src/lib/pofbs/savedTree.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import type { PofbsVerify } from '../../../src/lib/pofbs/verify.js';
import { BIN, run } from '../../cli/process.js';
import { manifestOf, publish, snapshotOf, zstdOf } from '../../lib/pofbs/published.js';
import { assertMatchesSchema } from '../../support/schema.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-verify-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const at = (...names: string[]) => join(scratch, ...names);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};

const small = snapshotOf(50);
/** Three shards and a bit. */
const large = snapshotOf(200_000);
let manifest: Manifest;
let epoch: string;
let largeManifest: Manifest;
let largeEpoch: string;
beforeAll(async () => {
  manifest = await manifestOf({ USDC: small });
  epoch = publish(at('epoch'), { USDC: small }, manifest);
  largeManifest = await manifestOf({ USDC: large });
  largeEpoch = publish(at('large'), { USDC: large }, largeManifest);
});

interface Ended {
  readonly result: PofbsVerify;
  readonly error?: { readonly code: string };
}
async function verify(args: readonly string[], code: number): Promise<PofbsVerify> {
  const ended = await run(['pofbs', ...args, '--json']);
  expect([ended.code, ended.stderr]).toEqual([code, '']);
  const { result, error } = assertMatchesSchema(ended.stdout) as unknown as Ended;
  expect(error === undefined).toBe(code === 0);
  expect(result.valid).toBe(code === 0);
  return result;
}
async function failure(args: readonly string[], code: number): Promise<string> {
  const ended = await run(['pofbs', ...args, '--json']);
  expect(ended.code).toBe(code);
  return (JSON.parse(ended.stdout) as Ended).error!.code;
}
const verdictOf = ({ verdicts }: PofbsVerify, rule: string) => verdicts.find((one) => one.rule === rule)!;
const withVerdict = ({ verdicts }: PofbsVerify, verdict: string) =>
  verdicts.filter((one) => one.verdict === verdict).map(({ rule }) => rule);
const GIVEN_ONLY = ['C5', 'C7', 'R_LINK', 'R_REQUESTS_COVERED', 'R_ASSET_BLOCK', 'R_REQUEST_LIST'];

describe('a good epoch', () => {
  it('is TRUE in everything that needs nothing else, and the rest is NOT CHECKED', async () => {
    const result = await verify(['verify', epoch], 0);
    expect(withVerdict(result, 'FALSE')).toEqual([]);
    expect(withVerdict(result, 'NOT CHECKED')).toEqual(GIVEN_ONLY);
    expect(result.verdicts.filter(({ asked }) => !asked).map(({ rule }) => rule)).toEqual(GIVEN_ONLY);
    expect(result.gpmp).toEqual({ computed: manifest.gpmp, claimed: manifest.gpmp, expected: null });
    expect(result.assets[0]).toMatchObject({ rows: 50, sha256: manifest.assets[0]!.sha256, shards: 1 });
  });
  it('says so to a person, a verdict a line', async () => {
    const { stdout, code } = await run(['pofbs', 'verify', epoch]);
    expect(code).toBe(0);
    expect(stdout).toContain('TRUE  C1  No total is negative');
    expect(stdout).toContain('NOT CHECKED  C5  The custody account holds at least the sum of all totals');
    expect(stdout).toContain(manifest.gpmp);
  });
  it('is the same by its directory, its manifest, its file, packed and through a pipe', async () => {
    const whole = await verify(['verify', epoch], 0);
    const flags = ['--manifest', join(epoch, 'manifest.json')];
    const paths = {
      manifest: [join(epoch, 'manifest.json')],
      file: [join(epoch, 'USDC.csv'), ...flags],
      gzip: [put('named-by-nobody', gzipSync(small)), ...flags],
      members: [
        put('two', Buffer.concat([gzipSync(small.subarray(0, 99)), gzipSync(small.subarray(99))])),
        ...flags,
      ],
      zstd: [put('x.csv.zst', zstdOf(small)), ...flags],
    };
    for (const args of Object.values(paths)) {
      const result = await verify(['verify', ...args], 0);
      expect({ ...result, assets: [{ ...result.assets[0], file: '' }] }).toEqual({
        ...whole,
        assets: [{ ...whole.assets[0], file: '' }],
      });
    }
    const piped = await stdin(['pofbs', 'verify', '-', ...flags, '--json'], (child) =>
      child.stdin!.end(gzipSync(small)),
    );
    expect(piped.code).toBe(0);
  });
  it('of several shards is the same with any number of threads', async () => {
    const [one, two] = [
      await verify(['verify', largeEpoch, '--threads', '1'], 0),
      await verify(['verify', largeEpoch, '--threads', '4'], 0),
    ];
    expect(two).toEqual(one);
    expect(one.gpmp.computed).toBe(largeManifest.gpmp);
    expect(one.assets[0]!.shards).toBe(4);
  });
  it('packed files beside the manifest are found', async () => {
    publish(at('packed'), {}, manifest);
    put('packed/USDC.csv.gz', gzipSync(small));
    await verify(['verify', at('packed')], 0);
  });
  it('leaves its upper levels when asked to', async () => {
    await verify(['verify', largeEpoch, '--save-tree'], 0);
    const bytes = readFileSync(join(largeEpoch, 'USDC.csv.tree'));
    const tree = await openSavedTree(bytes.length, async (at, length) => bytes.subarray(at, at + length));
    expect(tree).toMatchObject({ rows: 200_000, groupRows: 4096 });
    const { hash } = await tree.node(18, 0);
    expect(`0x${Buffer.from(hash).toString('hex')}`).toBe(largeManifest.assets[0]!.root);
    rmSync(join(largeEpoch, 'USDC.csv.tree'));
  });
});

describe('a snapshot alone', () => {
  it('is judged by the rules of its form; what needs a manifest is NOT CHECKED', async () => {
    const result = await verify(['verify', join(epoch, 'USDC.csv')], 0);
    expect(result.epoch).toBeNull();
    for (const rule of ['R_MANIFEST', 'R_ROOT', 'R_GPMP', 'E_ROWCOUNT', 'C7'])
      expect(verdictOf(result, rule)).toMatchObject({ verdict: 'NOT CHECKED', asked: false });
    expect(verdictOf(result, 'R_ROOT').why).toBe(
      `not given: --manifest ${join(epoch, 'manifest.json')}, which lies beside the snapshot`,
    );
    const alone = await verify(['verify', put('alone.csv', small)], 0);
    expect(verdictOf(alone, 'R_ROOT').why).toBe('not given: --manifest FILE');
    expect(await failure(['verify', put('alone.csv', small), '--balance', 'alone=5USDC'], 2)).toBe('BALANCE');
    await verify(['verify', put('alone.csv', small), '--balance', 'alone=999999999planck'], 0);
  });
  it.each([
    ['a byte order mark', `\ufeff${small}`, 'E_BOM'],
    ['another header', `${small}`.replace('total,withdrawable', 'withdrawable,total'), 'E_HEADER'],
    ['CRLF', `${small}`.replaceAll('\n', '\r\n'), 'E_LINE_ENDING'],
    ['nothing', '', 'E_HEADER'],
    ['no rows', 'id,total,withdrawable,request\n', 'E_EMPTY'],
    ['binary', Buffer.from([0, 255, 10, 13, 0]), 'E_HEADER'],
  ])('with %s is refused by its rule', async (_, content, rule) => {
    const result = await verify(['verify', put('bad.csv', content)], 9);
    expect(result.first).toMatchObject({ rule, asset: 'bad' });
    expect(verdictOf(result, rule).verdict).toBe('FALSE');
    expect(result.assets[0]!.root).toBeNull();
  });
  it('tells line, byte and text of the first violation', async () => {
    const lines = `${large}`.split('\n');
    lines[150_001] = lines[150_001]!.replace(/,\d+,/, ',-5,');
    const file = put('negative.csv', lines.join('\n'));
    const { first, verdicts } = await verify(['verify', file], 9);
    expect(first).toMatchObject({
      rule: 'C1',
      row: 150_000,
      line: 150_002,
      offset: lines.slice(0, 150_001).join('\n').length + 1,
      text: lines[150_001],
    });
    expect(verdicts.find(({ rule }) => rule === 'C4b')).toMatchObject({ verdict: 'NOT CHECKED' });
    expect(verdicts.find(({ rule }) => rule === 'E_ORDER')).toMatchObject({ verdict: 'TRUE' });
    const { stderr, code } = await run(['pofbs', 'verify', file]);
    expect([code, stderr]).toEqual([9, expect.stringContaining('C1 is FALSE')]);
  });
  it('finds what stands on both sides of a shard’s border', async () => {
    const lines = `${large}`.split('\n');
    for (const line of [65_536, 65_537, 73_728, 131_072]) {
      const changed = lines.with(line + 1, lines[line]!);
      const { first } = await verify(['verify', put('twice.csv', changed.join('\n'))], 9);
      expect(first).toMatchObject({ rule: 'C6', row: line });
    }
  });
});

describe('a manifest that does not belong', () => {
  const against = async (change: (entry: Manifest['assets'][0]) => object, args: string[] = []) => {
    const entry = manifest.assets[0]!;
    const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = manifest;
    const { makeManifest } = await import('../../../src/lib/pofbs/manifest.js');
    const made = makeManifest({ ...input, assets: [{ ...entry, ...change(entry) }] });
    return verify(['verify', publish(at('other'), { USDC: small }, made), ...args], 9);
  };
  it.each<[string, (entry: Manifest['assets'][0]) => object, string[]]>([
    ['root', () => ({ root: `0x${'00'.repeat(32)}` }), ['R_ROOT', 'R_GPMP']],
    ['total', ({ total }) => ({ total: total - 1n }), ['R_TOTALS', 'R_GPMP']],
    ['requests', ({ requests }) => ({ requests: requests + 1n }), ['R_TOTALS', 'R_GPMP']],
    ['rows', ({ rows }) => ({ rows: rows + 1 }), ['E_ROWCOUNT', 'R_GPMP']],
    ['bytes', ({ bytes }) => ({ bytes: bytes + 1 }), ['R_FILE']],
    ['sha256', () => ({ sha256: `0x${'00'.repeat(32)}` }), ['R_FILE']],
    ['cid', () => ({ cid: `bafk${'a'.repeat(55)}` }), ['R_FILE']],
    ['offsets', () => ({ offsets: [31] }), ['R_OFFSETS']],
  ])('in its %s', async (_, change, wrong) => {
    const result = await against(change);
    expect(withVerdict(result, 'FALSE')).toEqual(wrong);
    expect(result.first!.rule).toBe(wrong[0]);
  });
  it('is refused as a verdict, in every changed byte', async () => {
    const bytes = readFileSync(join(epoch, 'manifest.json'));
    for (let place = 3; place < bytes.length; place += 97) {
      const changed = Buffer.from(bytes);
      changed[place] = changed[place]! ^ 1;
      publish(at('changed'), { USDC: small }, manifest);
      put('changed/manifest.json', changed);
      const result = await verify(['verify', at('changed')], 9);
      expect(result.first!.rule).toBe('R_MANIFEST');
      expect(withVerdict(result, 'TRUE')).toEqual([]);
    }
  });
  it('has another GPMP than the one that is expected', async () => {
    const result = await verify(['verify', epoch, '--gpmp', `0x${'ab'.repeat(32)}`], 9);
    expect(withVerdict(result, 'FALSE')).toEqual(['R_GPMP']);
    await verify(['verify', epoch, '--gpmp', manifest.gpmp], 0);
    expect(
      verdictOf(await verify(['verify', join(epoch, 'USDC.csv'), '--gpmp', manifest.gpmp], 9), 'R_GPMP'),
    ).toMatchObject({ verdict: 'NOT CHECKED', asked: true });
  });
});

describe('what is given', () => {
  const total = 50n * 1000n + (49n * 50n) / 2n;
  it('the custody’s balance', async () => {
    const covered = await verify(['verify', epoch, '--balance', `USDC=${total}planck`], 0);
    expect(withVerdict(covered, 'NOT CHECKED')).not.toContain('C5');
    const short = await verify(['verify', epoch, '--balance', `USDC=0.051224USDC`], 9);
    expect(withVerdict(short, 'FALSE')).toEqual(['C5']);
    expect(verdictOf(short, 'C5').why).toBe('it holds 0.051224 USDC, 0.000001 USDC too little');
    const none = await verify(['verify', epoch, '--balance', 'USDC=0planck'], 9);
    expect(withVerdict(none, 'FALSE')).toEqual(['C5', 'R_REQUESTS_COVERED']);
    const file = put(
      'balances.json',
      JSON.stringify({ balances: { USDC: `${total}` }, block: `0x${'44'.repeat(32)}` }),
    );
    expect(verdictOf(await verify(['verify', epoch, '--balances', file], 9), 'R_ASSET_BLOCK').why).toContain(
      'names no block',
    );
  });
  it.each([
    [['--balance', '5'], 'BALANCE'],
    [['--balance', 'DOT=5'], 'ASSET_UNKNOWN'],
    [['--balance', 'USDC=5'], 'AMOUNT_UNIT_MISSING'],
    [['--balance', 'USDC=5DOT'], 'AMOUNT_UNIT_UNKNOWN'],
    [['--balance', 'USDC=1USDC', '--balance', 'USDC=2USDC'], 'BALANCE'],
    [['--require', 'C9'], 'RULE_UNKNOWN'],
    [['--asset', 'DOT'], 'ASSET_UNKNOWN'],
    [['--prev', '/nonexistent'], 'INPUT_MISSING'],
    [['--shard', '3/2', '--out', 'x'], 'SHARD'],
  ])('%j is refused', async (flags, code) => {
    expect(await failure(['verify', epoch, ...flags], 2)).toBe(code);
  });
  it('the epoch before', async () => {
    const before = await manifestOf({ USDC: small }, { epoch: 6, timestamp: 1_700_000_000 });
    const after = await manifestOf({ USDC: small }, { prevGpmp: before.gpmp });
    const [first, second] = [
      publish(at('six'), { USDC: small }, before),
      publish(at('seven'), { USDC: small }, after),
    ];
    expect(verdictOf(await verify(['verify', second, '--prev', first], 0), 'R_LINK').verdict).toBe('TRUE');
    await verify(['verify', second, '--prev', before.gpmp], 0);
    for (const prev of [second, `0x${'00'.repeat(32)}`])
      expect(withVerdict(await verify(['verify', second, '--prev', prev], 9), 'FALSE')).toEqual(['R_LINK']);
    const gap = publish(
      at('eight'),
      { USDC: small },
      await manifestOf({ USDC: small }, { epoch: 8, prevGpmp: before.gpmp }),
    );
    expect(verdictOf(await verify(['verify', gap, '--prev', first], 9), 'R_LINK').why).toContain(
      'does not follow',
    );
  });
  it('what was published', async () => {
    const published = (fields: object) => put('published.json', JSON.stringify(fields));
    const { gpmp, timestamp, assets } = manifest;
    const good = { gpmp, timestamp, cid: assets[0]!.cid };
    await verify(['verify', epoch, '--published', published(good)], 0);
    for (const [wrong, rule] of [
      [{ ...good, timestamp: 1 }, 'C7'],
      [{ ...good, cid: 'bafkother' }, 'C7'],
      [{ ...good, gpmp: `0x${'00'.repeat(32)}` }, 'R_GPMP'],
    ] as const)
      expect(
        withVerdict(await verify(['verify', epoch, '--published', published(wrong)], 9), 'FALSE'),
      ).toEqual([rule]);
    expect(
      verdictOf(await verify(['verify', epoch, '--published', published({ timestamp })], 9), 'C7'),
    ).toMatchObject({ verdict: 'NOT CHECKED' });
    expect(await failure(['verify', epoch, '--published', published({ ...good, more: 1 })], 2)).toBe(
      'GIVEN_FORM',
    );
  });
  it('the requests on chain', async () => {
    const rows = `${small}`
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(','));
    const lines = rows
      .filter(([, , , request]) => request !== '0')
      .map(([id, , , request]) => `${id},${request}`);
    const judge = (list: readonly string[], code: number) =>
      verify(['verify', epoch, '--requests', put('requests.csv', `id,request\n${list.join('\n')}\n`)], code);
    await judge(lines, 0);
    await judge([...lines.toReversed(), `${'ff'.repeat(32)},0`], 0);
    for (const wrong of [
      lines.slice(1),
      [...lines, `${'ff'.repeat(32)},5`],
      lines.with(1, lines[1]!.replace(/,.*/, ',9')),
    ])
      expect(withVerdict(await judge(wrong, 9), 'FALSE')).toEqual(['R_REQUEST_LIST']);
    expect(await failure(['verify', epoch, '--requests', put('r.csv', 'id,request\nx,1\n')], 2)).toBe(
      'REQUESTS_FORM',
    );
  });
  it('rules that are required', async () => {
    const result = await verify(['verify', epoch, '--require', 'c5,R_LINK'], 9);
    expect(result.first).toBeNull();
    expect(verdictOf(result, 'C5')).toMatchObject({ asked: true, verdict: 'NOT CHECKED' });
    const { stderr, code } = await run(['pofbs', 'verify', epoch, '--strict']);
    expect([code, stderr]).toEqual([9, expect.stringContaining('NOT CHECKED: C5')]);
  });
});

describe('several assets', () => {
  let both: string;
  let two: Manifest;
  beforeAll(async () => {
    const files = { DOT: snapshotOf(9, 2), USDC: small };
    two = await manifestOf(files);
    both = publish(at('two-assets'), files, two);
  });
  it('are all judged, each by its own balance', async () => {
    expect((await verify(['verify', both], 0)).gpmp.computed).toBe(two.gpmp);
    const one = await verify(['verify', both, '--balance', 'USDC=999999999planck'], 9);
    expect(verdictOf(one, 'C5')).toMatchObject({
      verdict: 'NOT CHECKED',
      why: 'DOT: its balance was not given',
    });
    await verify(['verify', both, '--balance', 'USDC=999999999planck', '--balance', 'DOT=99999planck'], 0);
    await verify(['verify', both, '--asset', 'USDC', '--balance', 'USDC=999999999planck'], 0);
  });
  it('one that is wrong makes the whole wrong, by its name', async () => {
    put('two-assets/DOT.csv', snapshotOf(9, 3));
    const result = await verify(['verify', both], 9);
    expect(verdictOf(result, 'R_ROOT').why).toContain('DOT: the rows come to');
    rmSync(at('two-assets/DOT.csv'));
    expect(await failure(['verify', both], 2)).toBe('INPUT_MISSING');
  });
});

/** Runs with a standard input that the test writes. */
function stdin(args: readonly string[], feed: (child: ChildProcess) => void) {
  const child = spawn(process.execPath, [BIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  child.stdin.on('error', () => {});
  feed(child);
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );
}

describe('what cannot be read is no verdict', () => {
  it.each<[string, () => string, string]>([
    ['a path that leads nowhere', () => at('nowhere'), 'INPUT_MISSING'],
    ['a directory without a manifest', () => scratch, 'INPUT_MISSING'],
    ['gzip that is cut off', () => put('cut.gz', gzipSync(large).subarray(0, -9)), 'INPUT_TRUNCATED'],
    [
      'gzip with a changed byte',
      () =>
        put(
          'bad.gz',
          gzipSync(small).map((byte, place) => (place === 300 ? byte ^ 255 : byte)),
        ),
      'INPUT_DAMAGED',
    ],
    [
      'gzip with something behind it',
      () => put('more.gz', Buffer.concat([gzipSync(small), Buffer.from('more')])),
      'INPUT_DAMAGED',
    ],
    ['zstd that is cut off', () => put('cut.zst', zstdOf(large).subarray(0, -9)), 'INPUT_TRUNCATED'],
    ['a zstd bomb', () => put('bomb.zst', bomb()), 'INPUT_DAMAGED'],
  ])('%s', async (_, path, code) => {
    expect(await failure(['verify', path()], 2)).toBe(code);
  });
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('a file of somebody else', async () => {
    const path = put('closed.csv', small);
    const { chmodSync } = await import('node:fs');
    chmodSync(path, 0);
    expect(await failure(['verify', path], 2)).toBe('INPUT_UNREADABLE');
  });
  it('Ctrl-C ends it with 130 and leaves nothing behind', async () => {
    const before = readdirSync(largeEpoch);
    const ended = await stdin(['pofbs', 'verify', '-', '--json'], (child) => {
      child.stdin!.write(large.subarray(0, 5_000_000));
      setTimeout(() => child.kill('SIGINT'), 1500);
    });
    expect(ended.code).toBe(130);
    expect(JSON.parse(ended.stdout).error.code).toBe('INTERRUPTED');
    expect(readdirSync(largeEpoch)).toEqual(before);
  });
});

/** 20,000 blocks that say "the same byte 128 KiB times". */
function bomb(): Buffer {
  const head = (131_072 << 3) | 2;
  const block = Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16, 10]);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]),
    ...Array<Buffer>(20_000).fill(block),
  ]);
}

describe('parts', () => {
  const parts = async (path: string, of: number, ...flags: string[]) => {
    const files = Array.from({ length: of }, (_, part) => at(`part-${part + 1}-of-${of}.json`));
    for (const [part, out] of files.entries()) {
      const ended = await run([
        'pofbs',
        'verify',
        path,
        '--shard',
        `${part + 1}/${of}`,
        '--out',
        out,
        ...flags,
        '--json',
      ]);
      expect([0, 9]).toContain(ended.code);
      assertMatchesSchema(ended.stdout);
    }
    return files;
  };
  it.each([1, 2, 3, 4, 7])('%i join to the single run’s verdict and GPMP', async (of) => {
    const single = await verify(['verify', largeEpoch], 0);
    const files = await parts(largeEpoch, of);
    const joined = await verify(
      [
        'merge',
        ...files.toReversed(),
        '--manifest',
        join(largeEpoch, 'manifest.json'),
        '--gpmp',
        largeManifest.gpmp,
      ],
      0,
    );
    expect(joined.gpmp.computed).toBe(single.gpmp.computed);
    const { file: _, sha256, ...numbers } = single.assets[0]!;
    expect(joined.assets[0]).toMatchObject(numbers);
    if (of > 1) expect(verdictOf(joined, 'R_FILE').why).toContain('length and CID are those of the manifest');
    else expect(joined.assets[0]!.sha256).toBe(sha256);
  });
  it('are found without a manifest by counting lines, and in packed files', async () => {
    const files = await parts(put('large.csv.gz', gzipSync(large, { level: 1 })), 2);
    const joined = await verify(['merge', ...files], 0);
    expect(joined.assets[0]!.root).toBe(largeManifest.assets[0]!.root);
    await verify(['merge', ...files, '--save-tree', scratch], 0);
    expect(existsSync(at('large.tree'))).toBe(true);
  });
  it('show at their borders what no part shows by itself', async () => {
    const lines = `${large}`.split('\n');
    const wrong = put('border.csv', lines.with(65_537, lines[65_536]!).join('\n'));
    const files = await parts(wrong, 4);
    const { first } = await verify(['merge', ...files], 9);
    expect(first).toMatchObject({ rule: 'C6', row: 65_536 });
  });
  it('that were cut by wrong offsets are FALSE', async () => {
    const offsets = largeManifest.assets[0]!.offsets;
    const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = largeManifest;
    const { makeManifest } = await import('../../../src/lib/pofbs/manifest.js');
    const line = large.indexOf(10, offsets[1]) + 1;
    for (const shifted of [line, offsets[1]! + 5]) {
      const made = makeManifest({
        ...input,
        assets: [{ ...input.assets[0]!, offsets: [offsets[0]!, shifted, ...offsets.slice(2)] }],
      });
      const directory = publish(at('shifted'), { USDC: large }, made);
      const files = await parts(directory, 4);
      const joined = await verify(['merge', ...files, '--manifest', join(directory, 'manifest.json')], 9);
      expect(withVerdict(joined, 'FALSE')).toContain('R_OFFSETS');
      expect(verdictOf(joined, 'R_ROOT').verdict).toBe('NOT CHECKED');
    }
  });
  it('that are missing, twice, or of other runs do not join', async () => {
    const [a, b] = (await parts(largeEpoch, 2)) as [string, string];
    const [c] = (await parts(largeEpoch, 3)) as [string];
    expect(await failure(['merge', a], 2)).toBe('PARTS');
    expect(await failure(['merge', a, a, b], 2)).toBe('PARTS');
    expect(await failure(['merge', a, c], 2)).toBe('PARTS');
    expect(await failure(['merge', a, b, '--manifest', join(epoch, 'manifest.json')], 2)).toBe('PARTS');
    expect(await failure(['merge', join(epoch, 'manifest.json')], 2)).toBe('PARTIAL');
    const changed = JSON.parse(readFileSync(a, 'utf8'));
    changed.content.rows += 1;
    expect(await failure(['merge', put('changed.json', `${JSON.stringify(changed)}\n`), b], 2)).toBe(
      'PARTIAL',
    );
  });
});

describe('cid', () => {
  it('is that of the bytes as they lie there', async () => {
    const cid = async (...args: string[]) =>
      JSON.parse((await run(['pofbs', 'cid', ...args, '--json'])).stdout).result;
    const file = join(epoch, 'USDC.csv');
    expect(await cid(file)).toEqual({
      file,
      profile: 'unixfs-v1-2025',
      cid: manifest.assets[0]!.cid,
      bytes: small.length,
    });
    expect((await cid(file, '--profile', 'unixfs-v0-2015')).cid).toMatch(/^Qm/);
    const packed = put('cid.gz', gzipSync(small));
    expect((await cid(packed)).bytes).toBe(readFileSync(packed).length);
    expect((await run(['pofbs', 'cid', at('nowhere')])).code).toBe(2);
  });
});
