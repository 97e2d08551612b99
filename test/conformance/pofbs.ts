/**
 * Files of Proof-of-Balance-Sheet that are no lists of vectors: a tree written out (`rows`, `levels`, `header`, `gpmp`),
 * and a directory of snapshots with an EXPECTED.json that says of each whether it is valid or which rule refuses it.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mismatch, show } from './compare.js';
import type { Inputs, Load } from './registry.js';
import type { Failure, FileReport } from './runner.js';

type Tree = typeof import('../../src/lib/pofbs/tree.js');
type Gpmp = typeof import('../../src/lib/pofbs/gpmp.js');
type Verify = typeof import('../../src/lib/pofbs/files/verifyFiles.js');

interface Expectation {
  readonly verdict: 'valid' | 'refused';
  /** Rules, any of which may be the first that the file breaks. */
  readonly anyOf?: readonly string[];
}

/** The checks of a file of one of these forms, by name; null for any other JSON. */
export function checksOf(
  path: string,
  content: unknown,
  load: Load,
): Readonly<Record<string, () => Promise<string | null>>> | null {
  const fields = (content ?? {}) as Inputs;
  if (['rows', 'levels', 'header', 'gpmp'].every((name) => Object.hasOwn(fields, name))) {
    return {
      levels: async () => mismatch(await levelsOf(fields.rows, load), fields.levels, 0, 'levels'),
      gpmp: async () => {
        const { gpmp, gpmp_preimage: preimage } = fields;
        const expected = preimage === undefined ? { gpmp } : { gpmp, preimage };
        return mismatch(await gpmpOf(fields.header, load), expected, 0);
      },
    };
  }
  if (/(^|[\\/])EXPECTED\.json$/.test(path) && typeof fields.files === 'object') {
    const files = Object.entries(fields.files as Record<string, Expectation>);
    return Object.fromEntries(
      files.map(([file, expected]) => [file, () => judge(join(dirname(path), file), expected, load)]),
    );
  }
  return null;
}

/** Runs the checks of one file. */
export async function runChecks(
  file: string,
  checks: Readonly<Record<string, () => Promise<string | null>>>,
): Promise<FileReport> {
  const failures: Failure[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const reason = await check().catch((error: Error) => `threw ${error.name}: ${error.message}`);
    if (reason !== null) failures.push({ file, name, op: 'pofbs', reason });
  }
  return { file, passed: Object.keys(checks).length - failures.length, failures };
}

/** All nodes of all levels, the empty ones too. */
async function levelsOf(rows: readonly (readonly string[])[], load: Load): Promise<unknown> {
  const { emptyRoot, leafOf, levelsOf } = (await load('pofbs/tree')) as Tree;
  const leaves = rows.map(([id, ...amounts]) => {
    const [total, withdrawable, request] = amounts.map(BigInt) as [bigint, bigint, bigint];
    return leafOf({ id: Buffer.from(id!, 'hex'), total, withdrawable, request });
  });
  const levels = levelsOf(leaves);
  return levels.map((nodes, level) =>
    Array.from({ length: 2 ** (levels.length - 1 - level) }, (_, index) => {
      const { hash, total, requests } = nodes[index] ?? emptyRoot(level);
      return { h: Buffer.from(hash).toString('hex'), T: total, Q: requests };
    }),
  );
}

async function gpmpOf(fields: Inputs, load: Load): Promise<unknown> {
  const { commitmentPreimage, gpmpOf, toHex } = (await load('pofbs/gpmp')) as Gpmp;
  const header = { ...fields, custody: fields.contract, prevGpmp: fields.prev_gpmp };
  const summary = {
    ...fields,
    total: BigInt(fields.liabilities),
    requests: BigInt(fields.requests),
    root: `0x${fields.root}`,
  };
  return {
    gpmp: gpmpOf(header, [summary]).slice(2),
    preimage: toHex(commitmentPreimage(header, summary)).slice(2),
  };
}

/** What is wrong with the library's verdict on a snapshot; null if nothing is. */
async function judge(path: string, expected: Expectation, load: Load): Promise<string | null> {
  if (!existsSync(path)) return 'there is no such file';
  if (expected.verdict !== 'valid' && expected.verdict !== 'refused')
    return `${show(expected.verdict)} is no verdict`;
  const { verifyFiles } = (await load('pofbs/files/verifyFiles')) as Verify;
  const { valid, first } = await verifyFiles(path, {}, {});
  const rule = first?.rule ?? null;
  if (valid !== (rule === null)) return `valid is ${valid}, and the first rule broken is ${rule}`;
  if (expected.verdict === 'valid') return rule === null ? null : `refused by ${rule}, expected valid`;
  if (rule === null) return `valid, expected ${show(expected.anyOf)}`;
  return expected.anyOf?.includes(rule) ? null : `refused by ${rule}, expected ${show(expected.anyOf)}`;
}
