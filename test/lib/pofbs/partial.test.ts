/** What a partial may say: everything that a run finds, and nothing that contradicts itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCanonicalJson } from '../../../src/lib/plain.js';
import { judgePart, type Part } from '../../../src/lib/pofbs/engine.js';
import { mergePartials, type Partial, shardRange } from '../../../src/lib/pofbs/partial.js';
import { contradictionIn } from '../../../src/lib/pofbs/partialCheck.js';
import { parsePartial, partialBytes } from '../../../src/lib/pofbs/partialFile.js';
import { SHARD_ROWS } from '../../../src/lib/pofbs/types.js';
import { inputOf } from './custodyEpochs.js';
import { anyRows, csvOf } from './snapshots.js';

const PROFILE = 'unixfs-v1-2025';
const partialOf = (content: Part | null, part = 1, of = 1): Partial => ({
  part,
  of,
  asset: 'USDC',
  file: 'USDC.csv',
  manifest: null,
  profile: PROFILE,
  content,
});
const judged = (bytes: Uint8Array) => judgePart(inputOf(bytes), { threads: 0, profiles: [PROFILE] });
const there = (partial: Partial) => parsePartial(partialBytes(partial));

/** Lines with what can be wrong with them. */
const anyFile = fc
  .tuple(
    anyRows(12),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('', 'x', '\r', '"', ',', '-', '00', '\n', '9'.repeat(40), 'a'.repeat(70_000)),
      ),
      { maxLength: 4 },
    ),
    fc.boolean(),
    fc.nat(20),
  )
  .map(([rows, changes, cut, left]) => {
    let text = new TextDecoder().decode(csvOf(rows));
    for (const [at, what] of changes) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + what + text.slice(place + (at % 3));
    }
    return new TextEncoder().encode(cut ? text.slice(0, Math.max(0, text.length - left)) : text);
  });

describe('a partial', () => {
  it('of any file, good or bad, is taken as it was made', async () => {
    await fc.assert(
      fc.asyncProperty(anyFile, async (bytes) => {
        const partial = partialOf(await judged(bytes));
        expect(contradictionIn(partial)).toBeNull();
        expect(partialBytes(there(partial))).toEqual(partialBytes(partial));
      }),
      { numRuns: 400 },
    );
  });

  it('of several shards is taken too, with bad lines in any of them', async () => {
    const lines = Array.from(
      { length: 2 * SHARD_ROWS + 10 },
      (_, at) => `${at.toString(16).padStart(64, '0')},${at},${at},0`,
    );
    for (const bad of [[], [5], [SHARD_ROWS + 1], [2 * SHARD_ROWS], [SHARD_ROWS, 2 * SHARD_ROWS + 9]]) {
      const own = lines.slice();
      for (const at of bad) own[at] = `${own[at]}x`;
      // Out of order, and one that asks for too much: rows all the same.
      own[7] = own[6] as string;
      own[SHARD_ROWS + 7] = `${(SHARD_ROWS + 7).toString(16).padStart(64, '0')},1,1,2`;
      const bytes = new TextEncoder().encode(`id,total,withdrawable,request\n${own.join('\n')}\n`);
      const starts = own.map(() => 0);
      for (let at = 0, offset = 30; at < own.length; at++) {
        starts[at] = offset;
        offset += (own[at] as string).length + 1;
      }
      for (const of of [1, 2, 3, 5]) {
        const partials: Partial[] = [];
        for (let part = 1; part <= of; part++) {
          const { first, count, last } = shardRange(part, of, 3);
          const row = first * SHARD_ROWS;
          const rows = last ? Number.MAX_SAFE_INTEGER : count * SHARD_ROWS;
          const offset = starts[row] as number;
          const stretch = row === 0 ? { row, rows } : { row, rows, offset };
          const input = inputOf(row === 0 ? bytes : bytes.subarray(offset - 1), 1 << 20);
          const content =
            count === 0 ? null : await judgePart(input, { threads: 0, profiles: [PROFILE] }, stretch);
          partials.push(there(partialOf(content, part, of)));
        }
        const [merged] = mergePartials(partials);
        expect(merged?.summary.rows).toBe(lines.length);
        expect(merged?.summary.root === null).toBe(bad.length > 0);
      }
    }
  });

  it('that contradicts itself is refused, whichever field it is', async () => {
    const rows = Array.from({ length: 9 }, (_, at) => `${at.toString(16).padStart(64, '0')},${at},${at},0\n`);
    const good = await judged(new TextEncoder().encode(`id,total,withdrawable,request\n${rows.join('')}`));
    const text = new TextDecoder().decode(partialBytes(partialOf(good)));
    expect(() => parsePartial(new TextEncoder().encode(text))).not.toThrow();
    interface Json {
      [name: string]: Json;
    }
    const C4 = { rule: 'C4', row: 0, line: 2, offset: 30, text: 'x' } as unknown as Json;
    const one = 1 as unknown as Json;
    const none = null as unknown as Json;
    const list = (...of: unknown[]) => of as unknown as Json;
    const changes: readonly (readonly [string, (file: Json, content: Json) => void])[] = [
      ['earliest alone', (_, { findings }) => void Object.assign(findings!, { earliest: C4 })],
      ['count alone', (_, { findings }) => void Object.assign(findings!, { count: { C4: one } })],
      ['first alone', (_, { findings }) => void Object.assign(findings!, { first: { C4 } })],
      ['unjudged alone', (_, { findings }) => void Object.assign(findings!, { unjudged: { C4: one } })],
      [
        'a violation on a row that is not there',
        (_, { findings }) => {
          const far = { ...C4, row: 9, line: 11 } as unknown as Json;
          Object.assign(findings!, { earliest: far, first: { C4: far }, count: { C4: 1 } });
        },
      ],
      [
        'a violation under another rule',
        (_, { findings }) =>
          void Object.assign(findings!, { earliest: C4, first: { C4b: C4 }, count: { C4b: 1 } }),
      ],
      [
        'more lines than there are',
        (_, { findings }) =>
          void Object.assign(findings!, { earliest: C4, first: { C4 }, count: { C4: 10 } }),
      ],
      [
        'no row, and a root',
        (_, { findings }) => {
          const bad = { ...C4, rule: 'E_QUOTE' } as unknown as Json;
          Object.assign(findings!, { earliest: bad, first: { E_QUOTE: bad }, count: { E_QUOTE: 1 } });
        },
      ],
      ['no first id', (_, content) => void Object.assign(content, { first: none })],
      ['no last id', (_, content) => void Object.assign(content, { lastId: none })],
      ['neither', (_, content) => void Object.assign(content, { first: null, lastId: null })],
      [
        'a last id before the first',
        (_, content) => void Object.assign(content, { lastId: `0x${'00'.repeat(32)}` }),
      ],
      [
        'another first id',
        (_, content) => void Object.assign(content.first!, { id: `0x${'11'.repeat(32)}` }),
      ],
      ['the first id elsewhere', (_, content) => void Object.assign(content.first!, { line: 3 })],
      ['no leaves', (_, content) => void Object.assign(content, { leaves: {} as Json })],
      [
        'no leaf',
        (_, content) => void Object.assign(content.leaves![PROFILE]!, { digests: '', lastSize: 0 }),
      ],
      [
        'a leaf too many',
        (_, content) => {
          const leaves = content.leaves![PROFILE] as unknown as { digests: string };
          leaves.digests += leaves.digests;
        },
      ],
      [
        'a leaf of another length',
        (_, content) => void Object.assign(content.leaves![PROFILE]!, { lastSize: 1 }),
      ],
      ['no shard', (_, content) => void Object.assign(content, { shards: list() })],
      [
        'a shard too many',
        (_, content) => {
          const shards = content.shards as unknown as unknown[];
          shards.push(shards[0]);
        },
      ],
      [
        'a shard of more than it can hold',
        (_, content) => void Object.assign(content.shards![0]!, { total: String(2n ** 200n) }),
      ],
      [
        'more asked for than owed',
        (_, content) => void Object.assign(content.shards![0]!, { requests: '1000' }),
      ],
      ['no offset', (_, content) => void Object.assign(content, { offsets: list() })],
      ['an offset elsewhere', (_, content) => void Object.assign(content, { offsets: list(31) })],
      ['an offset behind the end', (_, content) => void Object.assign(content, { offsets: list(100_000) })],
      ['no SHA-256', (_, content) => void Object.assign(content, { sha256: none })],
      ['an end that is none', (_, content) => void Object.assign(content, { ended: false })],
      ['a stop, and an end', (_, content) => void Object.assign(content, { stopped: 'why' })],
      ['another place', (_, content) => void Object.assign(content, { row: SHARD_ROWS })],
      ['half a place', (_, content) => void Object.assign(content, { row: 5, from: 100 })],
      ['fewer bytes than lines', (_, content) => void Object.assign(content, { to: 3 })],
      ['more lines', (_, content) => void Object.assign(content, { rows: SHARD_ROWS + 1 })],
      ['a part of fewer', (file) => void Object.assign(file, { part: 2 })],
      ['part 0', (file) => void Object.assign(file, { part: 0 })],
      ['another profile', (file) => void Object.assign(file, { profile: 'unixfs-v0-2015' })],
    ];
    for (const [name, change] of changes) {
      const file = JSON.parse(text) as Json;
      change(file, file.content as Json);
      const bytes = new TextEncoder().encode(`${toCanonicalJson(file)}\n`);
      expect(() => parsePartial(bytes), name).toThrow(
        expect.objectContaining({
          code: 'PARTIAL',
          exit: 2,
          message: expect.stringMatching(/contradicts itself/),
        }),
      );
    }
  });

  it('is not joined with others that it contradicts', async () => {
    const good = await judged(csvOf([]));
    const content = good as Part;
    const join =
      (...all: Partial[]) =>
      () =>
        mergePartials(all);
    expect(join(partialOf(content, 1, 3), partialOf(null, 2, 3), partialOf(content, 3, 3))).toThrow(
      'part 2 says that no shard was left for it, and part 3 has some',
    );
    const large = { ...content, offsets: [30, 9_000_000] };
    expect(join(partialOf(large, 1, 3), partialOf(content, 2, 3), partialOf(content, 3, 3))).toThrow(
      'part 2 does not have as many shards as part 1',
    );
  });
});
