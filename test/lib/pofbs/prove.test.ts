/** Proofs from the files of an epoch: `pofbs prove` below the command line. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../src/lib/pofbs/fields.js';
import { checkProofFile } from '../../../src/lib/pofbs/files/checkFile.js';
import { type ProveOptions, prove } from '../../../src/lib/pofbs/files/proveFiles.js';
import { checkFraud, type FraudProof } from '../../../src/lib/pofbs/fraud.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { type InclusionProof, parseInclusion, pathOf, proofNode } from '../../../src/lib/pofbs/proof.js';
import { checkInclusion } from '../../../src/lib/pofbs/proofCheck.js';
import { emptyRoot, le32, leafOf, levelsOf, nodeOf } from '../../../src/lib/pofbs/tree.js';
import type { Row, SumNode } from '../../../src/lib/pofbs/types.js';
import { type WrittenAsset, writeEpoch } from './epochs.js';
import { epochOf, HEADER, hash32, rowsWith } from './snapshots.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-prove-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;

function epoch(assets: Readonly<Record<string, WrittenAsset>>) {
  const directory = join(scratch, `epoch-${made++}`);
  return { directory, gpmp: writeEpoch(directory, assets).gpmp };
}
const owes = (count: number) =>
  rowsWith(
    Array.from({ length: count }, (_, index) => [BigInt(1000 + index), BigInt(index), BigInt(index % 3)]),
  ).map((row) => (row.request > row.withdrawable ? { ...row, request: 0n } : row));
const idText = ({ id }: Row) => toHex(id).slice(2);
const of = (directory: string, options: Partial<ProveOptions>) =>
  prove(directory, { fraud: false, ...options });

const eleven = owes(11);
/** Rows of a shard, and a second one with three rows. */
const many = owes(65_536 + 3);
const manyLevels = levelsOf(many.map(leafOf));

describe('a line', () => {
  it.each<[string, Omit<WrittenAsset, 'rows'>, 'saved' | 'computed']>([
    ['with a full pass', {}, 'computed'],
    ['from a saved tree', { groupRows: 65_536 }, 'saved'],
    ['from a saved tree of smaller groups', { groupRows: 4 }, 'saved'],
    ['from a saved tree of single rows', { groupRows: 1 }, 'saved'],
    ['of a gzip file', { pack: { extension: '.gz', pack: gzipSync } }, 'computed'],
    [
      'of a gzip file with a saved tree',
      { groupRows: 4, pack: { extension: '.gz', pack: gzipSync } },
      'saved',
    ],
  ])('is proved %s, for every row', async (_name, how, nodes) => {
    const { directory, gpmp } = epoch({ USDC: { rows: eleven, ...how } });
    const levels = levelsOf(eleven.map(leafOf));
    for (const [index, row] of eleven.entries()) {
      const result = await of(directory, { id: idText(row) });
      expect(result).toMatchObject({ nodes, gpmp, why: null, file: null, neighbours: null });
      const proof = result.proof as InclusionProof;
      expect(proof).toEqual({ ...epochOf(eleven).prove(index), header: HEADER });
      expect(proof.path).toEqual(pathOf(levels, index).map(proofNode));
      expect(checkInclusion(proof, gpmp).holds).toBe(true);
    }
  });

  it.each<[string, Omit<WrittenAsset, 'rows'>]>([
    ['with a full pass', {}],
    ['from a saved tree', { groupRows: 65_536 }],
    ['from a saved tree of 4,096 rows', { groupRows: 4096 }],
    ['of a gzip file with a saved tree', { groupRows: 16_384, pack: { extension: '.gz', pack: gzipSync } }],
  ])('of several shards is proved %s', async (_name, how) => {
    const { directory, gpmp } = epoch({ USDC: { rows: many, levels: manyLevels, ...how } });
    for (const index of [0, 65_535, 65_536, 65_538]) {
      const { proof } = await of(directory, { id: idText(many[index]!) });
      expect((proof as InclusionProof).path).toEqual(pathOf(manyLevels, index).map(proofNode));
      expect(checkInclusion(proof as InclusionProof, gpmp).holds).toBe(true);
    }
  });

  it('is found by the manifest and by the snapshot too, and the id with 0x or in capitals', async () => {
    const { directory } = epoch({ USDC: { rows: eleven } });
    const id = idText(eleven[3]!);
    const expected = (await of(directory, { id })).proof;
    for (const path of ['manifest.json', 'USDC.csv']) {
      expect((await of(join(directory, path), { id })).proof).toEqual(expected);
    }
    for (const text of [`0x${id}`, id.toUpperCase()])
      expect((await of(directory, { id: text })).proof).toEqual(expected);
  });

  it('of one of several assets leads to the GPMP of all', async () => {
    const assets = { USDT: { rows: eleven }, DOT: { rows: owes(3) }, USDC: { rows: owes(5) } };
    const { directory, gpmp } = epoch(assets);
    await expect(of(directory, { id: idText(eleven[0]!) })).rejects.toMatchObject({
      code: 'ASSET_NEEDED',
      exit: 2,
    });
    for (const [asset, { rows }] of Object.entries(assets)) {
      const id = idText(rows[1]!);
      const byName = (await of(directory, { id, asset })).proof as InclusionProof;
      expect(byName.others).toHaveLength(2);
      expect(checkInclusion(byName, gpmp).holds).toBe(true);
      expect((await of(join(directory, `${asset}.csv`), { id })).proof).toEqual(byName);
    }
    await expect(of(directory, { id: idText(eleven[0]!), asset: 'KSM' })).rejects.toMatchObject({
      code: 'ASSET_UNKNOWN',
      hint: 'It has DOT (DOT.csv), USDC (USDC.csv), USDT (USDT.csv).',
    });
  });

  it('that breaks a condition is proved all the same, and the proof says so', async () => {
    const rows = eleven.map((row, index) => (index === 4 ? { ...row, request: 9999n } : row));
    const { directory, gpmp } = epoch({ USDC: { rows } });
    const proof = (await of(directory, { id: idText(rows[4]!) })).proof as InclusionProof;
    expect(checkInclusion(proof, gpmp).steps.find(({ ok }) => ok === false)?.name).toBe('row');
  });
});

describe('an id that is not in the list', () => {
  const near = (row: Row, by: number) => {
    const value = BigInt(toHex(row.id)) + BigInt(by);
    return value.toString(16).padStart(64, '0');
  };
  it.each([
    ['before all', 0, -1, null, 0],
    ['between two', 4, 1, 4, 5],
    ['after all', 10, 1, 10, null],
  ])('%s has the two lines beside it for a proof', async (_name, at, by, before, after) => {
    for (const groupRows of [undefined, 65_536, 4, 1]) {
      const { directory, gpmp } = epoch({ USDC: { rows: eleven, ...(groupRows ? { groupRows } : {}) } });
      const { proof, neighbours, why } = await of(directory, { id: near(eleven[at]!, by) });
      expect(proof).toBeNull();
      expect(why).toContain('no line');
      const found = [neighbours?.before, neighbours?.after];
      expect(found.map((one) => one?.index ?? null)).toEqual([before, after]);
      for (const one of found) if (one) expect(checkInclusion(one, gpmp).holds).toBe(true);
    }
  });
  it('at the border of two shards', async () => {
    const { directory } = epoch({ USDC: { rows: many, levels: manyLevels, groupRows: 65_536 } });
    const { neighbours } = await of(directory, { id: near(many[65_535]!, 1) });
    expect([neighbours?.before?.index, neighbours?.after?.index]).toEqual([65_535, 65_536]);
  });
  it.each(['', 'abc', 'g'.repeat(64), '0'.repeat(63), '0'.repeat(66)])('%j is no id', async (id) => {
    const { directory } = epoch({ USDC: { rows: eleven } });
    await expect(of(directory, { id })).rejects.toMatchObject({ code: 'ID', exit: 2 });
  });
});

describe('a wallet', () => {
  const [wallet, salt] = [hash32('wallet'), hash32('salt')];
  const id = idOf(idContext(HEADER), wallet, salt);
  const rows = [...eleven, { id, total: 5n, withdrawable: 5n, request: 0n }].sort((a, b) =>
    Buffer.compare(a.id, b.id),
  );
  const { directory, gpmp } = epoch({ USDC: { rows } });
  const text = toHex(wallet);
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };

  it.each([
    ['0x and digits', toHex(salt)],
    ['digits and a line feed', `${toHex(salt).slice(2)}\n`],
    ['capitals', ` ${toHex(salt).slice(2).toUpperCase()}\r\n`],
  ])('with its salt in a file (%s): the proof opens the id', async (_name, content) => {
    const { proof } = await of(directory, { wallet: text, saltFile: file('salt', content) });
    expect((proof as InclusionProof).opening).toEqual({ wallet: text, salt: toHex(salt) });
    expect(checkInclusion(proof as InclusionProof, gpmp, text).holds).toBe(true);
  });

  it('with the mapping', async () => {
    const others = eleven.map(
      ({ id: other }, index) => `${toHex(other).slice(2)},${toHex(hash32(`w${index}`))},${text}`,
    );
    const lines = [...others, `${toHex(id).slice(2)},${text},${toHex(salt)}`].sort();
    const mapping = file('mapping.csv', `id,wallet,salt\n${lines.join('\n')}\n`);
    const { proof } = await of(directory, { wallet: text, mapping });
    expect(checkInclusion(proof as InclusionProof, gpmp, text).holds).toBe(true);
    await expect(of(directory, { wallet: toHex(hash32('nobody')), mapping })).rejects.toMatchObject({
      code: 'WALLET_NOT_FOUND',
      exit: 9,
    });
    await expect(of(directory, { wallet: text, mapping: join(directory, 'USDC.csv') })).rejects.toMatchObject(
      {
        code: 'MAPPING',
        exit: 2,
      },
    );
  });

  it('with the mapping of another epoch, where its id is another one', async () => {
    const other = `${'ab'.repeat(32)},${text},${toHex(salt)}`;
    const mapping = file('other.csv', `id,wallet,salt\n${other}\n`);
    await expect(of(directory, { wallet: text, mapping })).rejects.toMatchObject({
      code: 'MAPPING_EPOCH',
      exit: 2,
    });
  });

  it('is proved into a file that may hold a proof, and nothing else', async () => {
    const saltFile = file('salt', toHex(salt));
    const out = join(directory, 'proof.json');
    for (const _ of [1, 2]) expect((await of(directory, { wallet: text, saltFile, out })).file).toBe(out);
    for (const name of ['salt', 'manifest.json', 'USDC.csv']) {
      const before = readFileSync(join(directory, name));
      await expect(
        of(directory, { wallet: text, saltFile, out: join(directory, name) }),
      ).rejects.toMatchObject({ code: 'FILE_EXISTS', exit: 2 });
      expect(readFileSync(join(directory, name))).toEqual(before);
    }
  });

  it('with another salt is another id', async () => {
    const { proof, neighbours } = await of(directory, { wallet: text, saltFile: file('salt', text) });
    expect([proof, neighbours]).toEqual([null, expect.anything()]);
  });

  it.each(['', 'secret', toHex(salt).slice(0, -1), `${toHex(salt)}00`])(
    'a file with %j holds no salt, and it is not repeated',
    async (content) => {
      const failure = of(directory, { wallet: text, saltFile: file('salt', content) });
      await expect(failure).rejects.toMatchObject({ code: 'SALT', exit: 2 });
      if (content !== '') await expect(failure).rejects.not.toThrow(content);
    },
  );

  it('needs a salt', async () => {
    await expect(of(directory, { wallet: text })).rejects.toMatchObject({ code: 'SALT_NEEDED', exit: 2 });
  });

  it('gets its proof in a file of its own', async () => {
    const out = join(directory, 'proof.json');
    const result = await of(directory, { wallet: text, saltFile: file('salt', toHex(salt)), out });
    expect(result.file).toBe(out);
    expect(readFileSync(out)).toEqual(Buffer.from(canonicalBytes(result.proof)));
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(await checkProofFile(out, { gpmp, wallet: text })).toMatchObject({
      holds: true,
      line: { wallet: text },
    });
    const public_ = await of(directory, { id: toHex(id), out });
    expect(parseInclusion(readFileSync(out))).toEqual(public_.proof);
    await expect(
      of(directory, { id: toHex(id), out: join(directory, 'USDC.csv', 'x') }),
    ).rejects.toMatchObject({
      code: 'OUTPUT_WRITE',
      exit: 2,
    });
  });
});

describe('files that are not what was published', () => {
  const id = idText(eleven[3]!);
  it('a snapshot of other rows leads to no proof', async () => {
    for (const groupRows of [undefined, 65_536, 4]) {
      const { directory } = epoch({ USDC: { rows: eleven, ...(groupRows ? { groupRows } : {}) } });
      const path = join(directory, 'USDC.csv');
      writeFileSync(path, readFileSync(path, 'utf8').replace(',1003,', ',1004,'));
      await expect(of(directory, { id })).rejects.toMatchObject({ code: 'NOT_THE_PUBLISHED', exit: 9 });
    }
  });
  it('a snapshot of another length', async () => {
    const { directory } = epoch({ USDC: { rows: eleven, groupRows: 4 } });
    const path = join(directory, 'USDC.csv');
    writeFileSync(path, readFileSync(path, 'utf8').replace(',1003,', ',10030,'));
    await expect(of(directory, { id })).rejects.toMatchObject({ code: 'R_FILE', exit: 9 });
  });
  it('a line that is no row', async () => {
    for (const groupRows of [undefined, 4]) {
      const { directory } = epoch({ USDC: { rows: eleven, ...(groupRows ? { groupRows } : {}) } });
      const path = join(directory, 'USDC.csv');
      writeFileSync(path, readFileSync(path, 'utf8').replace(',1003,', ',-003,'));
      await expect(of(directory, { id })).rejects.toMatchObject({ code: 'C1', exit: 9 });
    }
  });
  it.each<[string, (bytes: Buffer) => Uint8Array]>([
    ['changed', (bytes) => bytes.fill(7, 40, 60)],
    ['cut off', (bytes) => bytes.subarray(0, -1)],
    ['of huge sums', (bytes) => bytes.fill(255, 60)],
    ['empty', () => new Uint8Array(0)],
    [
      'of another snapshot',
      () => readFileSync(join(epoch({ USDC: { rows: owes(9), groupRows: 4 } }).directory, 'USDC.csv.tree')),
    ],
  ])('a saved tree that is %s is passed over', async (_name, change) => {
    const { directory, gpmp } = epoch({ USDC: { rows: eleven, groupRows: 4 } });
    const path = join(directory, 'USDC.csv.tree');
    writeFileSync(path, change(readFileSync(path)));
    const { proof, nodes } = await of(directory, { id });
    expect(nodes).toBe('computed');
    expect(checkInclusion(proof as InclusionProof, gpmp).holds).toBe(true);
  });
  it('a manifest whose GPMP does not follow, none at all, no snapshot', async () => {
    const { directory } = epoch({ USDC: { rows: eleven } });
    const path = join(directory, 'manifest.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"epoch":7', '"epoch":8'));
    await expect(of(directory, { id })).rejects.toMatchObject({ code: 'R_MANIFEST', exit: 9 });
    rmSync(path);
    await expect(of(join(directory, 'USDC.csv'), { id })).rejects.toMatchObject({
      code: 'NO_MANIFEST',
      exit: 2,
    });
    writeFileSync(path, text);
    rmSync(join(directory, 'USDC.csv'));
    await expect(of(directory, { id })).rejects.toMatchObject({ code: 'INPUT_MISSING', exit: 2 });
    await expect(of(join(directory, 'nothing'), { id })).rejects.toMatchObject({ exit: 2 });
  });
  it.each<[string, number[]]>([
    ['begin elsewhere', [31, 31, 31]],
    ['are in another order', [1000, 500, 30]],
    ['lie beyond the file', [30, 2 ** 50, 2 ** 50]],
    ['are empty', [30, 30, 30]],
  ])('a saved tree whose groups %s is passed over', async (_name, offsets) => {
    const { directory, gpmp } = epoch({ USDC: { rows: eleven, groupRows: 4 } });
    const path = join(directory, 'USDC.csv.tree');
    const tree = readFileSync(path);
    for (const [group, offset] of offsets.entries()) tree.writeBigUInt64LE(BigInt(offset), 25 + 8 * group);
    writeFileSync(path, tree);
    for (const row of eleven) {
      const { proof } = await of(directory, { id: idText(row) });
      expect(checkInclusion(proof as InclusionProof, gpmp).holds).toBe(true);
    }
    const absent = await of(directory, { id: '00'.repeat(32) });
    expect(absent).toMatchObject({ proof: null, neighbours: { before: null, after: { index: 0 } } });
  });
  it.each([undefined, 1])(
    'rows that do not ascend: an id that is not found may be elsewhere (groups of %s)',
    async (groupRows) => {
      const rows = [eleven[0]!, eleven[2]!, eleven[3]!, eleven[4]!, eleven[1]!];
      const { directory } = epoch({ USDC: { rows, ...(groupRows === undefined ? {} : { groupRows }) } });
      await expect(of(directory, { id: idText(eleven[1]!) })).rejects.toMatchObject({
        code: 'E_ORDER',
        exit: 9,
      });
    },
  );
  it.each<[string, (path: string, tree: Buffer) => void]>([
    ['packed', (path, tree) => writeFileSync(path, gzipSync(tree))],
    ['a directory', (path) => mkdirSync(path)],
    ['a link to nothing that ends', (path) => symlinkSync('/dev/zero', path)],
  ])('a saved tree that is %s is passed over', async (_name, put) => {
    const { directory } = epoch({ USDC: { rows: eleven, groupRows: 4 } });
    const path = join(directory, 'USDC.csv.tree');
    const tree = readFileSync(path);
    rmSync(path);
    put(path, tree);
    expect((await of(directory, { id })).nodes).toBe('computed');
    expect((await of(directory, { fraud: true })).why).toMatch(/there is no fraud/);
  });
  it.each([
    [0, 2 ** 31],
    [399, 1],
  ])(
    'a saved tree that ends in too few or too many bytes (%i, %i) is passed over',
    async (short, groupRows) => {
      const rows = eleven.slice(0, 5);
      const { directory } = epoch({ USDC: { rows, groupRows: 1 } });
      const path = join(directory, 'USDC.csv.tree');
      const tree = readFileSync(path);
      tree.writeUInt32LE(groupRows, 21);
      if (short > 0)
        tree.writeBigUInt64LE(BigInt(statSync(join(directory, 'USDC.csv')).size - 1), 25 + 8 * 4);
      writeFileSync(path, tree);
      for (const row of rows) expect((await of(directory, { id: idText(row) })).nodes).toBe('computed');
    },
  );
  it('another number of rows than the manifest says', async () => {
    const { directory } = epoch({ USDC: { rows: eleven, claim: { rows: 12 } } });
    await expect(of(directory, { id })).rejects.toMatchObject({ code: 'E_ROWCOUNT', exit: 9 });
  });
});

describe('a fraud', () => {
  const fraud = async (directory: string) => {
    const result = await of(directory, { fraud: true });
    return { ...result, proof: result.proof as FraudProof | null };
  };

  it.each<[string, string, Row[]]>([
    ['C4', 'row', eleven.map((row, index) => (index === 4 ? { ...row, request: 9999n } : row))],
    ['C4b', 'row', eleven.map((row, index) => (index === 4 ? { ...row, withdrawable: 9999n } : row))],
    ['C6', 'order', [...eleven.slice(0, 5), ...eleven.slice(4)]],
    ['E_ORDER', 'order', [...eleven.slice(1, 6), eleven[0]!, ...eleven.slice(6)]],
  ])('that breaks %s is found', async (rule, kind, rows) => {
    const { directory, gpmp } = epoch({ USDC: { rows } });
    const { proof, why } = await fraud(directory);
    expect([proof?.kind, why]).toEqual([kind, null]);
    expect(checkFraud(proof!, gpmp).rule).toBe(rule);
  });

  it('in a later shard, across its border', async () => {
    const rows = [...many.slice(0, 65_536), many[65_535]!, ...many.slice(65_537)];
    const { directory, gpmp } = epoch({ USDC: { rows } });
    const { proof } = await fraud(directory);
    expect(proof).toMatchObject({ kind: 'order', index: 65_535 });
    expect(checkFraud(proof!, gpmp).rule).toBe('C6');
  });

  it.each([{ total: 1n }, { requests: 0n }])(
    'a sum in the manifest that is not that of the tree: %o',
    async (claim) => {
      const { directory, gpmp } = epoch({ USDC: { rows: eleven, claim } });
      const { proof } = await fraud(directory);
      expect(proof).toMatchObject({ kind: 'sum', level: 4, index: 0 });
      expect(checkFraud(proof!, gpmp).rule).toBe('R_TOTALS');
    },
  );

  it('a wrong sum within the tree, where the saved tree shows it', async () => {
    const honest = levelsOf(eleven.map(leafOf));
    const level2 = honest[2]!.map((node, index) => (index === 1 ? { ...node, total: 1n } : node));
    const level3 = [nodeOf(level2[0]!, level2[1]!), nodeOf(level2[2]!, emptyRoot(2))];
    const levels = [honest[0]!, honest[1]!, level2, level3, [nodeOf(level3[0]!, level3[1]!)]];
    const { directory, gpmp } = epoch({ USDC: { rows: eleven, levels, groupRows: 4 } });
    const { proof } = await fraud(directory);
    expect(proof).toMatchObject({ kind: 'sum', level: 2, index: 1, claimed: { total: 1n } });
    expect(checkFraud(proof!, gpmp).rule).toBe('R_TOTALS');
    rmSync(join(directory, 'USDC.csv.tree'));
    expect(await fraud(directory)).toMatchObject({
      proof: null,
      why: expect.stringContaining('not at hand'),
    });
  });

  it('a wrong sum that a saved tree shows, whatever it says of places', async () => {
    const honest = levelsOf(eleven.map(leafOf));
    const level1 = honest[1]!.map((node, index) => (index === 4 ? { ...node, requests: 77n } : node));
    const up = (below: readonly SumNode[], empty: SumNode) =>
      Array.from({ length: Math.ceil(below.length / 2) }, (_, at) =>
        nodeOf(below[2 * at]!, below[2 * at + 1] ?? empty),
      );
    const level2 = up(level1, emptyRoot(1));
    const level3 = up(level2, emptyRoot(2));
    const levels = [honest[0]!, level1, level2, level3, up(level3, emptyRoot(3))];
    const { directory, gpmp } = epoch({ USDC: { rows: eleven, levels, groupRows: 1 } });
    const path = join(directory, 'USDC.csv.tree');
    const tree = readFileSync(path);
    // The file was made of honest leaves: the published nodes are put in their places, and offsets are spoiled.
    const nodes = [
      levels[0]!.slice(0, 11),
      level1.slice(0, 6),
      level2.slice(0, 3),
      level3,
      levels[4]!,
    ].flat();
    for (const [at, { hash, total, requests }] of nodes.entries())
      tree.set(Buffer.concat([hash, le32(total), le32(requests)]), 25 + 8 * 11 + 96 * at);
    tree.fill(255, 25, 25 + 8 * 11);
    writeFileSync(path, tree);
    const { proof } = await fraud(directory);
    expect(proof).toMatchObject({ kind: 'sum', level: 1, index: 4, claimed: { requests: 77n } });
    expect(checkFraud(proof!, gpmp).holds).toBe(true);
  });

  it('in one of several assets', async () => {
    const bad = eleven.map((row) => ({ ...row, request: 9999n }));
    const { directory, gpmp } = epoch({ A: { rows: eleven }, B: { rows: bad }, C: { rows: bad } });
    const { proof, asset } = await fraud(directory);
    expect(asset).toBe('B');
    expect(checkFraud(proof!, gpmp).rule).toBe('C4');
  });

  it.each<[string, WrittenAsset, RegExp]>([
    ['nothing is wrong', { rows: eleven }, /there is no fraud/],
    [
      'the root is of other rows',
      { rows: eleven, levels: levelsOf(owes(9).map(leafOf)) },
      /do not lead to the published root/,
    ],
    ['rows are missing', { rows: eleven, claim: { rows: 12 } }, /11 rows, the manifest says 12/],
  ])('is not proved where %s, and the result says why', async (_name, asset, why) => {
    const { directory } = epoch({ USDC: asset });
    expect(await fraud(directory)).toMatchObject({ proof: null, why: expect.stringMatching(why) });
  });

  it('is not proved of a file that breaks its form', async () => {
    const { directory } = epoch({ USDC: { rows: eleven } });
    const path = join(directory, 'USDC.csv');
    writeFileSync(path, readFileSync(path, 'utf8').replace(',1003,', ',-003,'));
    expect((await fraud(directory)).why).toMatch(/rule of its form, C1 in line/);
  });
});
