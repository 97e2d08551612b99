/** Proofs of all rows: the bytes that a proof of one row has, each where it is to be found, all of them or none. */
import {
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
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../src/lib/pofbs/fields.js';
import { checkProofFile } from '../../../src/lib/pofbs/files/checkFile.js';
import { proveAll } from '../../../src/lib/pofbs/files/proveAll.js';
import { prove } from '../../../src/lib/pofbs/files/proveFiles.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import type { Row } from '../../../src/lib/pofbs/types.js';
import { writeEpoch } from './epochs.js';
import { HEADER, rowsWith } from './snapshots.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-prove-all-'));
afterAll(() => rmSync(scratch, { recursive: true }));
let made = 0;
const fresh = () => join(scratch, `d-${made++}`);

/** Rows whose ids open, and their mapping. */
function opened(count: number): { readonly rows: Row[]; readonly mapping: string } {
  const all = rowsWith(Array.from({ length: count }, (_, at) => [BigInt(100 + at), BigInt(at), 0n])).map(
    (row, at) => {
      const [wallet, salt] = [new Uint8Array(32).fill(at + 1), new Uint8Array(32).fill(at + 101)];
      wallet[1] = at >> 8;
      return { row: { ...row, id: idOf(idContext(HEADER), wallet, salt) }, wallet, salt };
    },
  );
  all.sort((a, b) => Buffer.compare(a.row.id, b.row.id));
  const lines = all.map(
    ({ row, wallet, salt }) => `${toHex(row.id).slice(2)},${toHex(wallet)},${toHex(salt)}`,
  );
  return { rows: all.map(({ row }) => row), mapping: `id,wallet,salt\n${lines.join('\n')}\n` };
}
const idText = ({ id }: Row) => toHex(id).slice(2);

describe('the proofs of all rows', () => {
  it.each([1, 2, 11, 64, 4099])('of %i are those of single rows, byte by byte', async (count) => {
    const { rows } = opened(Math.min(count, 64));
    const list = count > 64 ? rowsWith(Array.from({ length: count }, (_, at) => [BigInt(at), 0n, 0n])) : rows;
    const directory = fresh();
    const { gpmp } = writeEpoch(directory, { USDC: { rows: list }, DOT: { rows: rows.slice(0, 1) } });
    const all = fresh();
    const result = await proveAll(directory, { all });
    expect(result).toMatchObject({ gpmp, opened: false });
    expect(result.assets.map(({ asset, proofs, place }) => `${asset} ${proofs} ${place}`).sort()).toEqual([
      'DOT 1 DOT/{2}/{id}.json',
      `USDC ${count} USDC/{2}/{id}.json`,
    ]);
    const files = readdirSync(join(all, 'USDC'), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    expect(files).toHaveLength(count);
    for (const [at, row] of list.entries()) {
      if (count > 64 && at % 97 !== 0 && at < 4090) continue;
      const id = idText(row);
      const path = join(all, 'USDC', id.slice(0, 2), `${id}.json`);
      const one = await prove(directory, { fraud: false, id, asset: 'USDC' });
      expect(readFileSync(path).equals(canonicalBytes(one.proof))).toBe(true);
    }
  });

  it('open their ids with the mapping, are their owner’s alone, and are accepted by check', async () => {
    const { rows, mapping } = opened(11);
    const directory = fresh();
    const { gpmp } = writeEpoch(directory, { USDC: { rows } });
    writeFileSync(join(directory, 'mapping.csv'), mapping);
    const all = fresh();
    await proveAll(directory, { all, mapping: join(directory, 'mapping.csv') });
    for (const [at, row] of rows.entries()) {
      const id = idText(row);
      const path = join(all, 'USDC', id.slice(0, 2), `${id}.json`);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const wallet = mapping.split('\n')[at + 1]?.split(',')[1] as string;
      const checked = await checkProofFile(path, { gpmp, wallet });
      expect(checked).toMatchObject({ holds: true, line: { index: at, id, wallet } });
    }
  });

  it.each<[string, (mapping: string) => string, string]>([
    [
      'of another epoch',
      (text) => text.replace(/..\n$/, (end) => (end === '00\n' ? '11\n' : '00\n')),
      'MAPPING_EPOCH',
    ],
    ['that lacks a row', (text) => `${text.split('\n').slice(0, -2).join('\n')}\n`, 'WALLET_NOT_FOUND'],
  ])('leave nothing behind with a mapping %s', async (_name, change, code) => {
    const { rows, mapping } = opened(11);
    const directory = fresh();
    writeEpoch(directory, { USDC: { rows } });
    writeFileSync(join(directory, 'm.csv'), change(mapping));
    const parent = fresh();
    mkdirSync(parent);
    const all = join(parent, 'proofs');
    await expect(proveAll(directory, { all, mapping: join(directory, 'm.csv') })).rejects.toMatchObject({
      code,
    });
    expect(readdirSync(parent)).toEqual([]);
  });

  it('are not made of a list that is not the published one, nor into a directory with something in it', async () => {
    const { rows } = opened(11);
    const directory = fresh();
    writeEpoch(directory, { USDC: { rows } });
    const path = join(directory, 'USDC.csv');
    const text = readFileSync(path, 'utf8');
    const all = fresh();
    mkdirSync(all);
    await proveAll(directory, { all });
    await expect(proveAll(directory, { all })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', exit: 2 });
    const other = fresh();
    writeFileSync(path, text.replace(/,1(\d\d),/, ',2$1,'));
    await expect(proveAll(directory, { all: other })).rejects.toMatchObject({
      code: 'NOT_THE_PUBLISHED',
      exit: 9,
    });
    const lines = text.split('\n');
    writeFileSync(path, [lines[0], lines[2], lines[1], ...lines.slice(3)].join('\n'));
    await expect(proveAll(directory, { all: other })).rejects.toMatchObject({ code: 'E_ORDER', exit: 9 });
    expect(existsSync(other)).toBe(false);
  });

  it('end with the signal, and leave nothing', async () => {
    const { rows } = opened(11);
    const directory = fresh();
    writeEpoch(directory, { USDC: { rows } });
    const all = fresh();
    await expect(proveAll(directory, { all, signal: AbortSignal.abort() })).rejects.toThrow();
    expect(existsSync(all)).toBe(false);
  });
});
