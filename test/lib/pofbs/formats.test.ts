/** docs/formats: every example is recomputed, by the naive implementation and by the library; schemas agree with parsers. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../../src/lib/pofbs/fields.js';
import { checkFraud, parseFraud } from '../../../src/lib/pofbs/fraud.js';
import { commitmentOf, gpmpOf, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { parseManifest } from '../../../src/lib/pofbs/manifest.js';
import { nodeFrom, parseInclusion, rowOf } from '../../../src/lib/pofbs/proof.js';
import { checkInclusion, climb } from '../../../src/lib/pofbs/proofCheck.js';
import { openSavedTree, savedTreeBytes } from '../../../src/lib/pofbs/savedTree.js';
import { emptyRoot, leafOf, levelsOf, nodeOf } from '../../../src/lib/pofbs/tree.js';
import * as naive from './naive.js';

const FORMATS = new URL('../../../docs/formats/', import.meta.url);
const page = (name: string) => readFileSync(new URL(`${name}.md`, FORMATS), 'utf8');
const blocks = (name: string, kind: string) =>
  [...page(name).matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text]) => text!,
  );
const only = (name: string, kind: string): string => {
  const [block, ...more] = blocks(name, kind);
  expect([block, more]).toEqual([expect.any(String), []]);
  return block!;
};
/** The lines `key = value` of an example. */
const example = (name: string, kind: string): Record<string, string> =>
  Object.fromEntries(
    only(name, `example ${kind}`)
      .trim()
      .split('\n')
      .map((line) => line.split('=').map((part) => part.trim()) as [string, string]),
  );

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}`;
const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const bytes = (text: string) => Buffer.from(text.slice(2), 'hex');
const le32 = (value: string) => Buffer.from(BigInt(value).toString(16).padStart(64, '0'), 'hex').reverse();

const csv = only('snapshot', 'csv');
const rows = naive.rowsOf(Buffer.from(csv)) as Exclude<ReturnType<typeof naive.rowsOf>, string>;
const header = { ...example('gpmp', 'gpmp.one') } as Record<string, string>;
const epoch = {
  chain: header.chain!,
  custody: header.custody!,
  epoch: Number(header.epoch),
  prevGpmp: header.prevGpmp!,
  timestamp: Number(header.timestamp),
};
const usdc = {
  asset: header.asset!,
  decimals: Number(header.decimals),
  rows: Number(header.rows),
  total: BigInt(header.total!),
  requests: BigInt(header.requests!),
  root: header.root!,
};
/** A JSON block as its file: canonical bytes. */
const file = (block: string) => canonicalBytes(JSON.parse(block));

describe('the examples', () => {
  it('snapshot: rows, bytes, digest, sums and root', () => {
    const { h, t, q } = naive.root(rows);
    expect(example('snapshot', 'snapshot')).toEqual({
      rows: String(rows.length),
      bytes: String(csv.length),
      sha256: hex(sha(Buffer.from(csv))),
      total: String(t),
      requests: String(q),
      root: hex(h),
    });
  });

  it('tree: empty subtrees', () => {
    let empty: Buffer = Buffer.alloc(32);
    for (const [level, hash] of Object.values(example('tree', 'tree.empty')).entries()) {
      expect([hash, toHex(emptyRoot(level).hash)]).toEqual([hex(empty), hex(empty)]);
      empty = sha(sha(empty, empty), sha(sha(Buffer.alloc(64)), sha(Buffer.alloc(64))));
    }
  });

  it('tree: a leaf and a node, step by step', () => {
    const leaf = example('tree', 'tree.leaf');
    const [total, withdrawable, request] = [leaf.total!, leaf.withdrawable!, leaf.request!];
    expect([leaf.id!.slice(2), total, withdrawable, request]).toEqual(rows[0]!.map(String));
    const steps = [sha(bytes(leaf.id!), le32(total)), sha(le32(withdrawable), le32(request))] as const;
    expect(leaf).toMatchObject({
      'le32(total)': hex(le32(total)),
      'H(id|total)': hex(steps[0]),
      'H(w|q)': hex(steps[1]),
      leaf: hex(sha(...steps)),
    });
    const node = example('tree', 'tree.node');
    const pairs = [
      sha(bytes(node.hL!), bytes(node.hR!)),
      sha(le32(node.TL!), le32(node.TR!)),
      sha(le32(node.QL!), le32(node.QR!)),
    ] as const;
    expect(node).toMatchObject({
      hL: leaf.leaf,
      'H(hL|hR)': hex(pairs[0]),
      'H(TL|TR)': hex(pairs[1]),
      'H(QL|QR)': hex(pairs[2]),
      node: hex(sha(pairs[0], sha(pairs[1], pairs[2]))),
      T: String(BigInt(node.TL!) + BigInt(node.TR!)),
      Q: String(BigInt(node.QL!) + BigInt(node.QR!)),
    });
  });

  it('tree: all levels', () => {
    const written = example('tree', 'tree.levels');
    const found: Record<string, string> = {};
    for (const [level, nodes] of naive.levels(rows).entries())
      for (const [index, { h, t, q }] of nodes.entries()) found[`${level}.${index}`] = `${hex(h)} ${t} ${q}`;
    expect(written).toEqual(found);
  });

  it('tree: the saved one', async () => {
    const count = (value: number, width: number) => le32(String(value)).subarray(0, width);
    const lines = csv.split('\n');
    const begins = [0, 2, 4].map((row) => lines.slice(0, row + 1).join('\n').length + 1);
    // Beyond the last row nothing is saved.
    const upper = [3, 2, 1].map((nodes, above) => naive.levels(rows)[above + 1]!.slice(0, nodes));
    const parts = [
      Buffer.from('pofbs.tree/1\n'),
      count(rows.length, 8),
      count(2, 4),
      ...begins.map((begin) => count(begin, 8)),
      ...upper.flat().flatMap(({ h, t, q }) => [h, le32(String(t)), le32(String(q))]),
    ];
    const file = Buffer.concat(parts);
    const head = Buffer.concat(parts.slice(0, 6));
    expect(example('tree', 'tree.saved')).toEqual({
      bytes: String(file.length),
      begins: begins.join(' '),
      head: hex(head),
      nodes: '1.0 1.1 1.2 2.0 2.1 3.0',
      first: hex(file.subarray(head.length, head.length + 96)),
      sha256: hex(sha(file)),
    });
    const saved = await openSavedTree(file.length, async (at, length) => file.subarray(at, at + length));
    expect(saved).toMatchObject({ rows: 5, groupRows: 2 });
    expect(await saved.offsets()).toEqual(begins);
    for (const [above, nodes] of upper.entries())
      for (const [index, { h, t, q }] of nodes.entries()) {
        const { hash, total, requests } = await saved.node(above + 1, index);
        expect([hex(hash), total, requests]).toEqual([hex(h), t, q]);
      }
    const groups = begins.map((offset, group) => {
      const { h, t, q } = upper[0]![group]!;
      return { offset, root: { hash: h, total: t, requests: q } };
    });
    expect(savedTreeBytes({ rows: 5, groupRows: 2, groups })).toEqual(new Uint8Array(file));
  });

  it('gpmp: preimage and hash of one asset, and of two', () => {
    expect(header).toMatchObject({
      preimage: hex(naive.preimage(epoch, usdc)),
      gpmp: naive.gpmp(epoch, [usdc]),
    });
    expect(bytes(header.preimage!)).toHaveLength(282);
    const two = example('gpmp', 'gpmp.two');
    const eurc = {
      asset: 'EURC',
      decimals: Number(two['EURC decimals']),
      rows: Number(two['EURC rows']),
      total: BigInt(two['EURC total']!),
      requests: BigInt(two['EURC requests']!),
      root: two['EURC root']!,
    };
    expect(two).toMatchObject({
      'EURC commitment': naive.gpmp(epoch, [eurc]),
      'USDC commitment': naive.gpmp(epoch, [usdc]),
      gpmp: naive.gpmp(epoch, [usdc, eurc]),
    });
    expect([commitmentOf(epoch, eurc), gpmpOf(epoch, [usdc, eurc])]).toEqual([
      two['EURC commitment'],
      two.gpmp,
    ]);
  });

  it('gpmp: the table of places adds up', () => {
    const places = [...page('gpmp').matchAll(/^\| (\d+) \| (\d+) \|/gm)].map(([, at, width]) => [
      Number(at),
      Number(width),
    ]);
    let end = 0;
    for (const [at, width] of places) {
      expect(at).toBe(end);
      end = at! + width!;
    }
    expect([places.length, end]).toEqual([13, 282]);
  });

  it('manifest: fields, digest, bytes', () => {
    const manifest = file(only('manifest', 'json manifest'));
    const { digest, ...body } = parseManifest(manifest);
    expect(body.gpmp).toBe(naive.gpmp(epoch, [usdc]));
    const sorted = Buffer.from(canonicalBytes(body)).subarray(0, -1);
    expect(digest).toBe(hex(sha(sorted)));
    expect(body.assets[0]).toMatchObject({
      bytes: csv.length,
      sha256: hex(sha(Buffer.from(csv))),
      offsets: [csv.indexOf('\n') + 1],
      root: usdc.root,
    });
    expect(example('manifest', 'manifest')).toEqual({
      bytes: String(manifest.length),
      sha256: hex(sha(manifest)),
    });
  });

  it('proofs: the inclusion proof holds, and climbs as it is written', () => {
    const block = only('proofs', 'json inclusion');
    const proof = parseInclusion(file(block));
    expect(page('proofs')).toContain(`\`${naive.gpmp(epoch, [usdc])}\``);
    expect(checkInclusion(proof, naive.gpmp(epoch, [usdc])).holds).toBe(true);
    expect(naive.includes(JSON.parse(block), naive.gpmp(epoch, [usdc]))).toBe(true);
    const written = example('proofs', 'proof.climb');
    for (let level = 0; level <= proof.path.length; level++) {
      const { hash, total, requests } = climb(
        leafOf(rowOf(proof.row)),
        proof.index,
        proof.path.slice(0, level),
      );
      expect(written[`level ${level}`]).toBe(`${toHex(hash)} ${total} ${requests}`);
    }
    expect(Object.keys(written)).toHaveLength(proof.path.length + 1);
  });

  it('proofs: every fraud proof convicts the GPMP above it', () => {
    const found = [
      ...page('proofs').matchAll(/under the GPMP `(0x\w+)`:\n\n```json fraud\n([\s\S]*?)^```$/gm),
    ];
    const rules = found.map(([, gpmp, block]) => checkFraud(parseFraud(file(block!)), gpmp!).rule);
    expect(rules).toEqual(['C4', 'C6', 'R_TOTALS']);
    expect(blocks('proofs', 'json fraud')).toHaveLength(found.length);
  });

  it('mapping: context and id', () => {
    const { context, wallet, salt, id } = example('mapping', 'mapping.ids');
    expect(`0x${naive.idOf(epoch, wallet!, salt!)}`).toBe(id);
    expect([toHex(idContext(epoch)), toHex(idOf(bytes(context!), bytes(wallet!), bytes(salt!)))]).toEqual([
      context,
      id,
    ]);
    const [first, ...others] = only('mapping', 'csv').trim().split('\n');
    expect(first).toBe('id,wallet,salt');
    const ids = others.map((line) => line.split(',') as [string, string, string]);
    for (const [own, w, s] of ids) expect(naive.idOf(epoch, w, s)).toBe(own);
    expect(ids.map(([own]) => own)).toEqual(ids.map(([own]) => own).sort());
  });

  it('are all recomputed here', () => {
    const names = readdirSync(FORMATS)
      .filter((name) => name !== 'ledger.md')
      .flatMap((name) => [...page(name.slice(0, -3)).matchAll(/^```(example [\w.]+|json \w+|csv)$/gm)])
      .map(([, kind]) => kind);
    const here = readFileSync(new URL(import.meta.url), 'utf8');
    for (const kind of names) expect(here).toContain(`'${kind!.replace('example ', '')}'`);
    expect(names.length).toBeGreaterThan(12);
  });

  it('show nodes and trees of the library as well', () => {
    const levels = levelsOf(
      rows.map(([id, total, withdrawable, request]) =>
        leafOf({ id: bytes(`0x${id}`), total, withdrawable, request }),
      ),
    );
    expect(toHex(levels.at(-1)![0]!.hash)).toBe(usdc.root);
    const node = example('tree', 'tree.node');
    const side = (hash: string, total: string, requests: string) =>
      nodeFrom({ hash, total: BigInt(total), requests: BigInt(requests) });
    const made = nodeOf(side(node.hL!, node.TL!, node.QL!), side(node.hR!, node.TR!, node.QR!));
    expect(toHex(made.hash)).toBe(node.node);
  });
});

describe('the schemas of the files', () => {
  const validate = (name: string) =>
    new Ajv({ allErrors: true }).compile(
      JSON.parse(readFileSync(new URL(`../../../schemas/formats/${name}.json`, import.meta.url), 'utf8')),
    );
  const cases = [
    ['pofbs.manifest.1', parseManifest, [only('manifest', 'json manifest')]],
    ['pofbs.inclusion.1', parseInclusion, [only('proofs', 'json inclusion')]],
    ['pofbs.fraud.1', parseFraud, blocks('proofs', 'json fraud')],
  ] as const;

  it.each(cases)('%s: accepts what the parser accepts', (name, parse, examples) => {
    const schema = validate(name);
    for (const one of examples) {
      expect(() => parse(file(one))).not.toThrow();
      expect([schema(JSON.parse(one)), schema.errors]).toEqual([true, null]);
    }
  });

  it.each(cases)(
    '%s: refuses a field less, a field more, and a value of another form, as the parser does',
    (name, parse, examples) => {
      const schema = validate(name);
      const agree = (value: unknown, path: string) => {
        let read = true;
        try {
          parse(canonicalBytes(value));
        } catch {
          read = false;
        }
        expect([path, schema(value), read]).toEqual([path, false, false]);
      };
      for (const one of examples) {
        for (const [path, change] of changes(JSON.parse(one))) agree(change, path);
      }
    },
  );
});

/** The value with one place changed: objects lose and gain a field, other values become ones of another type or form. */
function* changes(value: unknown, path = ''): Generator<[string, unknown]> {
  if (Array.isArray(value)) {
    yield [path, {}];
    yield [path, null];
    for (const [index, item] of value.entries())
      for (const [where, changed] of changes(item, `${path}[${index}]`))
        yield [where, value.map((one, at) => (at === index ? changed : one))];
  } else if (value !== null && typeof value === 'object') {
    const fields = value as Record<string, unknown>;
    yield [path, []];
    yield [path, { ...fields, more: 1 }];
    for (const key of Object.keys(fields)) {
      const { [key]: _, ...rest } = fields;
      yield [`${path}.${key} missing`, rest];
      for (const [where, changed] of changes(fields[key], `${path}.${key}`))
        yield [where, { ...fields, [key]: changed }];
    }
  } else if (typeof value === 'string') {
    for (const other of [1, null, '', ` ${value}`, `${value} `, `${value}é`]) yield [path, other];
  } else if (typeof value === 'number') {
    for (const other of [String(value), -1, 1.5, 2 ** 53, null]) yield [path, other];
  } else {
    yield [path, 1];
    yield [path, {}];
  }
}
