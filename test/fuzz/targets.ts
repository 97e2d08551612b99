/**
 * Every parser of src/lib/pofbs with inputs made for it, and what must be true of its answer besides that it comes: an
 * artifact that was changed is never taken for the one that it was made from, and a snapshot is judged as the two slow
 * readings of its format judge it.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BursarError } from '../../src/lib/errors.js';
import { judgePart, summarize } from '../../src/lib/pofbs/engine.js';
import { EpochTree } from '../../src/lib/pofbs/epochTree.js';
import { canonicalBytes } from '../../src/lib/pofbs/fields.js';
import { openInput } from '../../src/lib/pofbs/files/input.js';
import {
  checkFraud,
  type FraudProof,
  fraudBytes,
  parseFraud,
  parseProof,
} from '../../src/lib/pofbs/fraud.js';
import { parseBalance, parseBalances, parsePublished, parseRequestList } from '../../src/lib/pofbs/given.js';
import { toHex } from '../../src/lib/pofbs/gpmp.js';
import { Groups, groupOf } from '../../src/lib/pofbs/groups.js';
import { loadHasher } from '../../src/lib/pofbs/hasher.js';
import { idContext, idOf } from '../../src/lib/pofbs/id.js';
import { LedgerReader } from '../../src/lib/pofbs/ledger.js';
import { makeManifest, manifestBytes, parseManifest } from '../../src/lib/pofbs/manifest.js';
import { MAPPING_HEADER } from '../../src/lib/pofbs/mapping.js';
import { MappingLines } from '../../src/lib/pofbs/mappingLines.js';
import { mergePartials } from '../../src/lib/pofbs/partial.js';
import { parsePartial, partialBytes } from '../../src/lib/pofbs/partialFile.js';
import { PieceJudge } from '../../src/lib/pofbs/piece.js';
import { pathOf, proofBytes, proofNode, proofRow } from '../../src/lib/pofbs/proof.js';
import { checkInclusion } from '../../src/lib/pofbs/proofCheck.js';
import { proveLine } from '../../src/lib/pofbs/proveLine.js';
import { type Grouping, openSavedTree, savedTreeBytes } from '../../src/lib/pofbs/savedTree.js';
import { judgeHeader } from '../../src/lib/pofbs/scan.js';
import { unseal } from '../../src/lib/pofbs/seal.js';
import { leafOf, levelsOf } from '../../src/lib/pofbs/tree.js';
import type { Manifest, Row } from '../../src/lib/pofbs/types.js';
import { verify } from '../../src/lib/pofbs/verify.js';
import { inputOf } from '../lib/pofbs/inputs.js';
import { includes, root as naiveRoot, rowsOf } from '../lib/pofbs/naive.js';
import { csvOf, epochOf, HEADER, hash32, rowsWith } from '../lib/pofbs/snapshots.js';
import { firstBroken } from './judge.js';
import { changeByte, mutate, type Random, randomOf } from './random.js';

export interface Target {
  readonly name: string;
  /** Of all inputs, relative to the other targets'. */
  readonly share: number;
  readonly make: (random: Random) => Uint8Array;
  /** A word for what became of it. @throws whatever must not be */
  readonly judge: (bytes: Uint8Array) => string | Promise<string>;
}

export class Wrong extends Error {}

const demand = (holds: boolean, why: string): void => {
  if (!holds) throw new Wrong(why);
};
const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.from(a).equals(b);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What work comes to: its result, or the named error that it ends with. Any other error is a finding. */
export async function outcome<T>(work: () => T | Promise<T>): Promise<{ value: T } | { refused: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof BursarError)) throw error;
    demand(/^(?:[A-Z][A-Z0-9_]+|C[1-7]b?)$/.test(error.code), `the code ${error.code}`);
    demand([2, 9].includes(error.exit), `exit ${error.exit} of ${error.code}`);
    demand(error.message.length < 2000, `a message of ${error.message.length} characters`);
    return { refused: error.code };
  }
}

const amount = (random: Random): bigint =>
  random.chance(0.6)
    ? BigInt(random.below(1000))
    : random.chance(0.5)
      ? (1n << BigInt(random.below(129))) - 1n
      : BigInt(`0x${Buffer.from(random.bytes(16)).toString('hex')}`);

function someRows(random: Random, most = 6): Row[] {
  return rowsWith(
    Array.from({ length: 1 + random.below(most) }, () => {
      const amounts = [amount(random), amount(random), amount(random)].sort((a, b) => (a < b ? 1 : -1));
      return amounts as [bigint, bigint, bigint];
    }),
  );
}

/** Lines by the grammar, and by what comes near it. */
function grammarSnapshot(random: Random): Uint8Array {
  const digit = () => random.pick([...'0123456789abcdef']);
  const id = () =>
    random.chance(0.9)
      ? Array.from({ length: 64 }, digit).join('')
      : random.pick(['', 'AB'.repeat(32), 'g'.repeat(64), 'ab'.repeat(31), 'ab'.repeat(33), '0x']);
  const text = () =>
    random.chance(0.85)
      ? String(amount(random))
      : random.pick([
          '',
          '-1',
          '-0',
          '-',
          '007',
          '+5',
          '1e3',
          '5.5',
          ' 7',
          '0x1f',
          `${2n ** 128n}`,
          '9'.repeat(40),
        ]);
  const end = () => (random.chance(0.97) ? '\n' : random.pick(['\r\n', '', '\n\n', '\r']));
  const ids = Array.from({ length: random.below(6) }, id);
  if (random.chance(0.8)) ids.sort();
  const line = (one: string) =>
    [one, ...[text(), text(), text()].slice(random.chance(0.95) ? 0 : 1)].join(',');
  const header = random.chance(0.95)
    ? 'id,total,withdrawable,request'
    : random.pick(['', 'id', '\ufeffid,total']);
  return bytesOf([header, ...ids.map(line)].map((one) => one + end()).join(''));
}

/** A line twice, two in each other's place, or one that is left out. */
function changeLines(random: Random, bytes: Uint8Array): Uint8Array {
  const [header, ...lines] = Buffer.from(bytes).toString('latin1').trimEnd().split('\n') as [
    string,
    ...string[],
  ];
  const [one, two] = [random.below(lines.length), random.below(lines.length)];
  const line = lines[one] as string;
  switch (random.below(3)) {
    case 0:
      lines.splice(one, 0, random.chance(0.5) ? line : line.replace(/,.*/, ',1,1,1'));
      break;
    case 1:
      lines[one] = lines[two] as string;
      lines[two] = line;
      break;
    default:
      lines.splice(one, 1);
  }
  return Buffer.from([header, ...lines, ''].join('\n'), 'latin1');
}

async function snapshotTargets(): Promise<Target[]> {
  const pieces = new PieceJudge(await loadHasher());
  const bases = Array.from({ length: 40 }, (_, index) => csvOf(someRows(randomOf(`snapshot ${index}`))));
  const make = (random: Random) => {
    if (random.chance(0.03)) return random.bytes(random.below(400));
    if (random.chance(0.3)) return grammarSnapshot(random);
    if (random.chance(0.1)) return changeLines(random, random.pick(bases));
    return random.chance(0.02) ? random.pick(bases) : mutate(random, random.pick(bases));
  };
  /** Compares what the library says with both slow readings. */
  const compare = (
    bytes: Uint8Array,
    first: string | null,
    found: { hash: Uint8Array; total: bigint; requests: bigint } | null,
  ) => {
    const expected = firstBroken(bytes);
    const rows = rowsOf(bytes);
    demand(
      (typeof rows === 'string' ? rows : null) === expected,
      `two readings: ${expected}, ${String(rows)}`,
    );
    demand(first === expected, `${first} instead of ${expected}`);
    if (typeof rows === 'string') return expected as string;
    const slow = naiveRoot(rows);
    demand(found !== null && same(found.hash, slow.h), 'another root');
    demand(found?.total === slow.t && found.requests === slow.q, 'other sums');
    demand(same(bytes, csvOfAgain(rows)), 'other bytes for the same rows');
    return 'valid';
  };
  return [
    {
      name: 'snapshot',
      share: 400,
      make,
      judge(bytes) {
        const feed = bytes.indexOf(10);
        const header = bytes.subarray(0, feed === -1 ? bytes.length : feed + 1);
        const [wrong] = judgeHeader(header, feed !== -1);
        const rest = bytes.subarray(header.length);
        const { findings, node } = pieces.judge({ bytes: rest, row: 0, offset: header.length });
        const ofRows = findings.earliest?.rule ?? (rest.length === 0 ? 'E_EMPTY' : null);
        return compare(bytes, wrong?.rule ?? ofRows, node);
      },
    },
    {
      name: 'engine',
      share: 8,
      make,
      async judge(bytes) {
        const portion = 1 + (bytes.length % 97);
        const summary = await summarize(inputOf(bytes, portion), { threads: 0 });
        return compare(bytes, summary.findings.earliest?.rule ?? null, summary.root);
      },
    },
  ];
}

const csvOfAgain = (rows: readonly (readonly [string, bigint, bigint, bigint])[]): Uint8Array =>
  bytesOf(`id,total,withdrawable,request\n${rows.map((row) => `${row.join(',')}\n`).join('')}`);

/** Fields of JSON that take each other's places, grow, or become something else. */
function changeFields(random: Random, bytes: Uint8Array): unknown {
  const value = JSON.parse(Buffer.from(bytes).toString()) as unknown;
  const places: [Record<string, unknown>, string][] = [];
  const walk = (node: unknown): void => {
    if (node === null || typeof node !== 'object') return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk(value);
  for (let times = 1 + random.below(2); times > 0; times--) {
    const [holder, key] = random.pick(places);
    const old = holder[key];
    const [other, otherKey] = random.pick(places);
    switch (random.below(5)) {
      case 0:
        holder[key] = structuredClone(other[otherKey]);
        break;
      case 1:
        if (Array.isArray(old)) old.push(...old.slice(0, 1));
        else if (typeof old === 'number') holder[key] = random.pick([old + 1, old - 1, 2 ** 40, 0, 2 ** 53]);
        else if (typeof old === 'string' && /^[0-9]+$/.test(old))
          holder[key] = String(
            random.pick([BigInt(old) + 1n, 2n ** 256n - 1n, 2n ** 128n, 0n, BigInt(old) * 2n]),
          );
        else if (typeof old === 'string')
          holder[key] = Buffer.from(changeByte(random, bytesOf(old))).toString();
        break;
      case 2:
        if (Array.isArray(old)) old.pop();
        else holder[key] = null;
        break;
      case 3:
        if (Array.isArray(old)) old.reverse();
        else delete holder[key];
        break;
      default:
        holder[key] = random.pick([0, '0', [], {}, true, '0x', -1, 1.5, '']);
    }
  }
  return value;
}

/** Changed bytes, or changed fields in canonical form. */
function changeJson(random: Random, bytes: Uint8Array): Uint8Array {
  if (random.chance(0.4)) return changeByte(random, bytes);
  if (random.chance(0.3)) return mutate(random, bytes);
  try {
    return canonicalBytes(changeFields(random, bytes));
  } catch {
    return mutate(random, bytes);
  }
}

async function manifestTargets(): Promise<Target[]> {
  const rows = someRows(randomOf('manifest'));
  const csv = csvOf(rows);
  const summary = await summarize(inputOf(csv), { threads: 0 });
  const tree = summary.root;
  if (tree === null) throw new Error('A snapshot of good rows has a root.');
  const entry = {
    ...{ asset: 'USDC', decimals: 6, rows: rows.length, total: tree.total, requests: tree.requests },
    ...{ root: toHex(tree.hash), file: 'USDC.csv', bytes: csv.length, sha256: summary.sha256 as string },
    ...{ cid: summary.cids['unixfs-v1-2025'] as string, offsets: summary.offsets },
  };
  const base = makeManifest({ ...HEADER, cidProfile: 'unixfs-v1-2025', assetBlock: null, assets: [entry] });
  const bytes = manifestBytes(base);
  const verdict = (manifest: Manifest) =>
    verify({
      manifest,
      snapshots: manifest.assets
        .slice(0, 1)
        .map((one) => ({ asset: one.asset, file: one.file, entry: one, summary })),
      profile: manifest.cidProfile,
      given: { gpmp: base.gpmp },
      required: [],
    });
  demand(verdict(base).valid, 'the manifest that all others are made from is not valid');
  return [
    {
      name: 'manifest',
      share: 90,
      make: (random) => (random.chance(0.05) ? random.bytes(random.below(300)) : changeJson(random, bytes)),
      async judge(changed) {
        const read = await outcome(() => parseManifest(changed));
        if ('refused' in read) return read.refused;
        demand(same(changed, bytes), 'the digest holds for other bytes');
        return 'the same';
      },
    },
    {
      // The custodian writes the digest anew.
      name: 'manifest-false',
      share: 40,
      make: (random) => canonicalBytes(changeFields(random, bytes)),
      async judge(changed) {
        const made = await outcome(() => {
          const value = JSON.parse(Buffer.from(changed).toString(), (key, one) =>
            ['total', 'requests'].includes(key) && typeof one === 'string' && /^[0-9]+$/.test(one)
              ? BigInt(one)
              : one,
          );
          const { digest: _old, ...body } = value as Manifest;
          const digest = toHex(hash32(Buffer.from(canonicalBytes(body)).toString().slice(0, -1)));
          return parseManifest(canonicalBytes({ ...body, digest }));
        });
        if ('refused' in made) return made.refused;
        const result = verdict(made.value);
        const { assetBlock: _block, digest: _digest, assets, ...rest } = made.value;
        const unbound = { ...rest, assets: assets.map((one) => ({ ...one, file: entry.file })) };
        const { assetBlock: _none, digest: _own, ...whole } = base;
        // Only the file's name and the block of the other side of the balance are bound by nothing that is checked here.
        const isBase = same(canonicalBytes(unbound), canonicalBytes(whole));
        demand(
          result.valid === isBase,
          `${result.valid ? 'TRUE' : 'FALSE'} for a manifest that is ${isBase ? '' : 'not '}the published one`,
        );
        return result.valid ? 'unbound' : (result.first?.rule ?? 'refused');
      },
    },
  ];
}

function proofTargets(): Target[] {
  const rows = someRows(randomOf('proof'), 9);
  const context = idContext(HEADER);
  const [wallet, salt] = [hash32('wallet'), hash32('salt')];
  const opened = [...rows.slice(1), { ...(rows[0] as Row), id: idOf(context, wallet, salt) }].sort((a, b) =>
    Buffer.compare(a.id, b.id),
  );
  const mine = opened.findIndex(({ id }) => same(id, idOf(context, wallet, salt)));
  const honest = epochOf(opened, { others: [toHex(hash32('other'))], position: 1 });
  const proofs = opened.map((_, index) =>
    proofBytes(
      honest.prove(index, index === mine ? { wallet: toHex(wallet), salt: toHex(salt) } : undefined),
    ),
  );
  const frauds = falseEpochs();
  const accusations = opened.map((row, index): FraudProof => {
    const path = pathOf(honest.levels, index).map(proofNode);
    const claim = { format: 'pofbs.fraud/1', ...honest.claim, index } as const;
    const next = Math.min(index + 1, opened.length - 1);
    if (index % 3 === 0) return { ...claim, kind: 'row', row: proofRow(row), path };
    if (index % 3 === 1) {
      const nextPath = pathOf(honest.levels, next).map(proofNode);
      return {
        ...{ ...claim, kind: 'order', rows: [proofRow(row), proofRow(opened[next] as Row)] },
        paths: [path, nextPath],
      };
    }
    const claimed = { total: row.total, requests: row.request };
    return { ...claim, kind: 'sum', level: 0, claimed, opened: { row: proofRow(row) }, path };
  });
  const junk = (random: Random, base: Uint8Array) =>
    random.chance(0.03) ? random.bytes(random.below(300)) : changeJson(random, base);
  return [
    {
      name: 'inclusion',
      share: 120,
      make: (random) => junk(random, random.pick(proofs)),
      async judge(bytes) {
        const read = await outcome(() => parseProof(bytes));
        if ('refused' in read) return read.refused;
        if (read.value.format !== 'pofbs.inclusion/1') return 'another format';
        const { holds } = checkInclusion(read.value, honest.gpmp);
        const slow = includes(JSON.parse(Buffer.from(bytes).toString()), honest.gpmp);
        demand(holds === slow, `${holds} instead of ${slow}`);
        // Without its opening a proof is another one that holds as well.
        const known = proofs.some((proof) => same(proof, bytes) || same(withoutOpening(proof), bytes));
        demand(!holds || known, 'a changed proof holds');
        return holds ? 'holds' : 'false';
      },
    },
    {
      name: 'fraud',
      share: 60,
      make: (random) => junk(random, random.pick(frauds).bytes),
      async judge(bytes) {
        const read = await outcome(() => parseFraud(bytes));
        if ('refused' in read) return read.refused;
        const convicted = frauds.find(({ gpmp }) => checkFraud(read.value as FraudProof, gpmp).holds);
        demand(convicted === undefined || same(convicted.bytes, bytes), 'a changed proof convicts');
        return convicted === undefined ? 'false' : 'holds';
      },
    },
    {
      // Nobody honest is convicted.
      name: 'accusation',
      share: 60,
      make: (random) => junk(random, fraudBytes(random.pick(accusations))),
      async judge(bytes) {
        const read = await outcome(() => parseFraud(bytes));
        if ('refused' in read) return read.refused;
        demand(!checkFraud(read.value, honest.gpmp).holds, 'an honest custodian is convicted');
        return 'false';
      },
    },
  ];
}

const withoutOpening = (proof: Uint8Array): Uint8Array =>
  canonicalBytes({ ...(JSON.parse(Buffer.from(proof).toString()) as object), opening: null });

/** Frauds that are ones: a row that asks for too much, two rows in the wrong order, a leaf that is said to hold nothing. */
function falseEpochs(): { readonly bytes: Uint8Array; readonly gpmp: string }[] {
  const rows = rowsWith([
    [9n, 8n, 7n],
    [5n, 4n, 3n],
    [3n, 2n, 1n],
  ]);
  const [one, two, three] = rows as [Row, Row, Row];
  const greedy = epochOf([one, { ...two, request: 99n }, three]);
  const unsorted = epochOf([two, one, three]);
  const leaves = rows.map(leafOf);
  const hidden = epochOf(rows, {
    levels: levelsOf(leaves.map((leaf, at) => (at === 1 ? { ...leaf, total: 0n } : leaf))),
  });
  const base = (epoch: typeof greedy) => ({ format: 'pofbs.fraud/1', ...epoch.claim }) as const;
  const path = (epoch: typeof greedy, index: number) => pathOf(epoch.levels, index).map(proofNode);
  const made: [FraudProof, string][] = [
    [
      {
        ...base(greedy),
        kind: 'row',
        index: 1,
        row: proofRow({ ...two, request: 99n }),
        path: path(greedy, 1),
      },
      greedy.gpmp,
    ],
    [
      {
        ...{ ...base(unsorted), kind: 'order', index: 0, rows: [proofRow(two), proofRow(one)] },
        paths: [path(unsorted, 0), path(unsorted, 1)],
      },
      unsorted.gpmp,
    ],
    [
      {
        ...{
          ...base(hidden),
          kind: 'sum',
          level: 0,
          index: 1,
          claimed: { total: 0n, requests: two.request },
        },
        ...{ opened: { row: proofRow(two) }, path: path(hidden, 1) },
      },
      hidden.gpmp,
    ],
  ];
  return made.map(([proof, gpmp]) => {
    demand(checkFraud(proof, gpmp).holds, `a fraud of the kind ${proof.kind} is not proved`);
    return { bytes: fraudBytes(proof), gpmp };
  });
}

/** A changed saved tree leads to the proof that the rows lead to, or to none. */
async function treeTarget(): Promise<Target> {
  const epoch = epochOf(rowsWith(Array.from({ length: 9 }, (_, at) => [BigInt(at), 0n, 0n])));
  const csv = csvOf(epoch.rows);
  const { groups } = await summarize(inputOf(csv), { shardRows: 2, threads: 0 });
  const saved = savedTreeBytes(groups as Grouping);
  const readerOf = (bytes: Uint8Array) => async (offset: number, length: number) => {
    demand(length <= bytes.length, `a read of ${length} bytes`);
    return bytes.slice(offset, offset + length);
  };
  const readAt = readerOf(csv);
  const rows = {
    readAt,
    groupOf: (id: Uint8Array, offsets: readonly number[]) => groupOf(id, offsets, readAt),
  };
  return {
    name: 'tree',
    share: 40,
    make: (random) => (random.chance(0.05) ? random.bytes(random.below(300)) : mutate(random, saved)),
    async judge(bytes) {
      const index = bytes.length % epoch.rows.length;
      const read = await outcome(async () => {
        const upper = await openSavedTree(bytes.length, readerOf(bytes));
        if (upper.rows !== epoch.rows.length) return null;
        const source = new Groups(rows, upper, await upper.offsets(), csv.length);
        const { id } = epoch.rows[index] as Row;
        return proveLine(new EpochTree(epoch.claim, upper, source), { id, opening: null });
      });
      if ('refused' in read) return read.refused;
      if (read.value === null) return 'of other rows';
      const { proof } = read.value;
      demand(proof !== null && same(proofBytes(proof), proofBytes(epoch.prove(index))), 'another proof');
      return 'the proof';
    },
  };
}

async function fileTargets(): Promise<Target[]> {
  const rows = someRows(randomOf('files'), 9);
  const csv = csvOf(rows);
  const content = await judgePart(inputOf(csv), { threads: 0 });
  const partial = partialBytes({
    ...{
      part: 1,
      of: 1,
      asset: 'USDC',
      file: 'USDC.csv',
      manifest: null,
      profile: 'unixfs-v1-2025',
      content,
    },
  });
  const tree = await treeTarget();
  const whole = rows.length > 4 ? rows : someRows(randomOf('more'), 9);
  const mapping = bytesOf(
    MAPPING_HEADER +
      whole
        .map(({ id }, at) => `${toHex(id).slice(2)},${toHex(hash32(`w${at}`))},${toHex(hash32(`s${at}`))}\n`)
        .join(''),
  );
  const requests = bytesOf(
    `id,request\n${rows.map(({ id, request }) => `${toHex(id).slice(2)},${request}\n`).join('')}`,
  );
  const given = [
    bytesOf(`{"balances": {"USDC": "12500000"}, "block": "${toHex(hash32('block'))}"}`),
    bytesOf(`{"gpmp": "${toHex(hash32('gpmp'))}", "timestamp": 1700000000, "cid": "bafy"}`),
  ];
  const assets = [{ asset: 'USDC', decimals: 6 }];
  return [
    {
      name: 'partial',
      share: 50,
      make: (random) => (random.chance(0.03) ? random.bytes(random.below(300)) : changeJson(random, partial)),
      async judge(bytes) {
        const read = await outcome(() => mergePartials([parsePartial(bytes)]));
        if ('refused' in read) return read.refused;
        const [{ asset, file, summary }] = read.value as [(typeof read.value)[0]];
        demand(/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(`${asset}${file}`), 'a name that leads elsewhere');
        verify({
          ...{
            manifest: null,
            snapshots: [{ asset, file, entry: null, summary }],
            profile: 'unixfs-v1-2025',
          },
          ...{ given: {}, required: [], parts: true },
        });
        return 'read';
      },
    },
    tree,
    {
      name: 'mapping',
      share: 40,
      make: (random) => (random.chance(0.05) ? random.bytes(random.below(3000)) : mutate(random, mapping)),
      async judge(bytes) {
        const lines = new MappingLines(
          inputOf(bytes, bytes.length % 20 === 0 ? 61 : Number.MAX_SAFE_INTEGER),
        );
        let faults = 0;
        let taken = MAPPING_HEADER;
        for (let more = await lines.step(); more; more = await lines.step()) {
          if (lines.fault !== null) faults++;
          const { id, wallet, salt } = lines.row;
          taken += `${toHex(id).slice(2)},${toHex(wallet)},${toHex(salt)}\n`;
        }
        const whole = lines.stopped === null && faults === 0;
        demand(!whole || same(bytes, bytesOf(taken)), 'lines without a fault are not what they are read as');
        return whole ? 'whole' : 'faults';
      },
    },
    {
      name: 'requests',
      share: 30,
      make: (random) => (random.chance(0.05) ? random.bytes(random.below(300)) : mutate(random, requests)),
      async judge(bytes) {
        const read = await outcome(() => parseRequestList(bytes));
        return 'refused' in read ? read.refused : 'read';
      },
    },
    {
      name: 'given',
      share: 30,
      make: (random) =>
        random.chance(0.5) ? mutate(random, random.pick(given)) : changeJson(random, random.pick(given)),
      async judge(bytes) {
        const balances = await outcome(() => parseBalances(bytes, assets));
        const published = await outcome(() => parsePublished(bytes, assets));
        const typed = await outcome(() =>
          parseBalance(`USDC=${Buffer.from(bytes.subarray(0, 40)).toString()}`, assets),
        );
        return [balances, published, typed].map((one) => ('refused' in one ? one.refused : 'read')).join(' ');
      },
    },
  ];
}

function ledgerTargets(): Target[] {
  const random = randomOf('ledger');
  const rows = someRows(random, 5).map(({ total, withdrawable, request }, at) => ({
    wallet: toHex(hash32(`wallet ${at}`)),
    ...{ total, withdrawable, request, asset: 'USDC', salt: toHex(hash32(`salt ${at}`)).slice(2) },
  }));
  const names = ['wallet', 'total', 'withdrawable', 'request', 'asset', 'salt'] as const;
  const csv = bytesOf(
    [names.join(','), ...rows.map((row) => names.map((name) => row[name]).join(','))].join('\n'),
  );
  const quoted = bytesOf(
    [names.join(','), ...rows.map((row) => names.map((name) => `"${row[name]}"`).join(','))].join('\r\n'),
  );
  const json = bytesOf(
    rows
      .map(
        (row) =>
          `${JSON.stringify({ ...row, total: `${row.total}`, withdrawable: `${row.withdrawable}`, request: `${row.request}` })}\n`,
      )
      .join(''),
  );
  const read = (bytes: Uint8Array, portion: number) =>
    outcome(() => {
      const taken: string[] = [];
      const reader = new LedgerReader(['USDC', 'DOT'], ({ wallet, asset, amounts, amountsLength }) => {
        const text = Buffer.from(amounts.subarray(0, amountsLength)).toString('latin1');
        demand(/^(?:(?:0|[1-9][0-9]{0,38})(?:,|$)){3}$/.test(text), `amounts ${text}`);
        const [total, withdrawable, request] = text.split(',').map(BigInt) as [bigint, bigint, bigint];
        demand(
          request <= withdrawable && withdrawable <= total && total < 2n ** 128n,
          'a row that breaks a rule',
        );
        taken.push(`${toHex(wallet)} ${asset} ${text}`);
      });
      for (let at = 0; at < bytes.length; at += portion) reader.table.feed(bytes.subarray(at, at + portion));
      reader.table.finish();
      return taken.join('\n');
    });
  const judge: Target['judge'] = async (bytes) => {
    const whole = await read(bytes, Math.max(1, bytes.length));
    const parts = await read(bytes, 1 + (bytes.length % 53));
    demand(JSON.stringify(whole) === JSON.stringify(parts), 'it depends on how the bytes come');
    return 'refused' in whole ? whole.refused : 'read';
  };
  const from = (bases: readonly Uint8Array[]) => (random: Random) =>
    random.chance(0.03) ? random.bytes(random.below(500)) : mutate(random, random.pick(bases));
  return [
    { name: 'ledger-csv', share: 50, make: from([csv, quoted]), judge },
    { name: 'ledger-ndjson', share: 40, make: from([json]), judge },
  ];
}

const MOST_UNPACKED = 256 << 20;

async function packedTargets(): Promise<{ targets: Target[]; close: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-fuzz-'));
  const path = join(directory, 'input');
  const csv = csvOf(someRows(randomOf('packed'), 20));
  // "hello" in one raw block, and the snapshot as it is in a frame of one raw block: there is no packer here.
  const zstd = frame(csv);
  const bases = [gzipSync(csv), gzipSync(new Uint8Array(100_000)), zstd];
  const read = async (): Promise<Uint8Array> => {
    const input = await openInput(path);
    const parts: Uint8Array[] = [];
    try {
      const into = new Uint8Array(1 << 16);
      for (let count = await input.read(into), size = 0; count > 0; count = await input.read(into)) {
        size += count;
        demand(size <= MOST_UNPACKED, 'it unpacks to more than it may');
        if (size < 1 << 20) parts.push(into.slice(0, count));
      }
    } finally {
      await input.close();
    }
    return Buffer.concat(parts);
  };
  const identity = await generateX25519Identity();
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  const sealed = await encrypter.encrypt(csv);
  const targets: Target[] = [
    {
      name: 'packed',
      share: 8,
      make: (random) => (random.chance(0.1) ? junkPacked(random) : mutate(random, random.pick(bases))),
      async judge(bytes) {
        writeFileSync(path, bytes);
        const found = await outcome(read);
        return 'refused' in found ? found.refused : 'read';
      },
    },
    {
      name: 'sealed',
      share: 4,
      make: (random) =>
        random.chance(0.05)
          ? new Uint8Array(
              Buffer.concat([bytesOf('age-encryption.org/v1\n'), random.bytes(random.below(400))]),
            )
          : mutate(random, sealed),
      async judge(bytes) {
        const found = await outcome(async () => {
          const plain = await unseal([identity], inputOf(bytes, 100));
          const into = new Uint8Array(1 << 16);
          const parts: Uint8Array[] = [];
          for (let count = await plain.read(into); count > 0; count = await plain.read(into))
            parts.push(into.slice(0, count));
          return Buffer.concat(parts);
        });
        demand('refused' in found || same(bytes, sealed), 'a changed file is opened');
        return 'refused' in found ? found.refused : 'the same';
      },
    },
  ];
  return { targets, close: () => rmSync(directory, { recursive: true, force: true }) };
}

/** A zstd frame of one raw block. */
function frame(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(4 + 1 + 4 + 3);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0xa0;
  head.writeUInt32LE(bytes.length, 5);
  head.writeUIntLE(1 | (bytes.length << 3), 9, 3);
  return new Uint8Array(Buffer.concat([head, bytes]));
}

function junkPacked(random: Random): Uint8Array {
  const magic = random.pick([
    [0x1f, 0x8b, 8],
    [0x28, 0xb5, 0x2f, 0xfd],
    [0x50, 0x2a, 0x4d, 0x18],
  ]);
  return new Uint8Array(Buffer.concat([Uint8Array.from(magic), random.bytes(random.below(400))]));
}

/** All of them. `close` removes what they left on the disk. */
export async function makeTargets(): Promise<{
  readonly targets: readonly Target[];
  readonly close: () => void;
}> {
  const packed = await packedTargets();
  const targets = [
    ...(await snapshotTargets()),
    ...(await manifestTargets()),
    ...proofTargets(),
    ...(await fileTargets()),
    ...ledgerTargets(),
    ...packed.targets,
  ];
  return { targets, close: packed.close };
}
