/** Tries, proofs, overlays and layers against plain models. */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type HostCrypto, hostCrypto } from '../../../src/lib/host/crypto.js';
import { LayeredState } from '../../../src/lib/host/layered-state.js';
import { Overlay } from '../../../src/lib/host/overlay.js';
import { Proof, ProofError } from '../../../src/lib/host/proof.js';
import { type RemoteSource, RemoteState } from '../../../src/lib/host/remote-state.js';
import { compact, concat, type Hex, toHex } from '../../../src/lib/host/scale.js';
import {
  type Changes,
  EMPTY_STATE,
  type KeyValues,
  keysOf,
  Missing,
  type State,
} from '../../../src/lib/host/state.js';
import { Trie } from '../../../src/lib/host/trie.js';
import { TrieState } from '../../../src/lib/host/trie-state.js';
import { bareHost, bytes, hex, text } from './support.js';

let crypto: HostCrypto;
beforeAll(async () => {
  crypto = await hostCrypto();
});

/** Few digits and lengths: keys that are prefixes of one another are common. */
const key = fc.stringMatching(/^([0-3]{2}){1,3}$/).map((digits): Hex => `0x${digits}`);
const value = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 4 }),
  fc.uint8Array({ minLength: 32, maxLength: 34 }),
);
const changes = fc.array(fc.tuple(key, fc.option(value, { nil: null })), { maxLength: 12 });

type Model = Map<Hex, Uint8Array>;
const applied = (model: Model, all: Iterable<readonly [Hex, Uint8Array | null]>): Model => {
  const next = new Map(model);
  for (const [k, v] of all) v === null ? next.delete(k) : next.set(k, v);
  return next;
};
const sorted = (model: Model) => [...model].sort(([a], [b]) => (a < b ? -1 : 1));
const entriesOf = (state: KeyValues) =>
  [...keysOf(state, '0x')].map((k) => [k, state.read(k) as Uint8Array] as const);
/** Entries as text: a Buffer and a Uint8Array of the same bytes are the same. */
const shown = (all: Iterable<readonly [Hex, Uint8Array]>) => [...all].map(([k, v]) => `${k} ${hex(v)}`);
const main = (all: readonly (readonly [Hex, Uint8Array | null])[]) => ({
  main: new Map(all) as Changes,
  children: new Map(),
});

/** Reads and iterates like a sorted map. */
function expectLike(state: KeyValues, model: Model, prefix: Hex, start: Hex): void {
  const keys = sorted(model).map(([k]) => k);
  expect(shown(entriesOf(state))).toEqual(shown(sorted(model)));
  expect([...keysOf(state, prefix)]).toEqual(keys.filter((k) => k.startsWith(prefix)));
  expect(state.nextKey('0x', start)).toBe(keys.find((k) => k > start));
  expect(state.nextKey(prefix, start)).toBe(keys.find((k) => k > start && k.startsWith(prefix)));
  // A start before the prefix's range: the prefix itself counts.
  expect(state.nextKey(prefix, '0x')).toBe(keys.find((k) => k.startsWith(prefix)));
}

describe('the trie', () => {
  it('reads and iterates like a map, whatever was put in and taken out; its root is that of its content', () => {
    fc.assert(
      fc.property(
        fc.array(changes, { maxLength: 12 }),
        key,
        key,
        fc.constantFrom(0 as const, 1 as const),
        (batches, prefix, start, version) => {
          let model: Model = new Map();
          let trie = Trie.empty(crypto.blake2_256);
          const history: [Trie, Model, string][] = [];
          for (const batch of batches) {
            trie = trie.with(batch, version);
            model = applied(model, batch);
            const fresh = Trie.empty(crypto.blake2_256).with(sorted(model), version);
            expect(hex(trie.root())).toBe(hex(fresh.root()));
            history.push([trie, model, hex(trie.root())]);
          }
          expectLike(trie, model, prefix, start);
          // Older ones are as they were.
          for (const [old, was, root] of history) {
            expect(shown(entriesOf(old))).toEqual(shown(sorted(was)));
            expect(hex(Trie.empty(crypto.blake2_256).with(entriesOf(old), version).root())).toBe(root);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps a value as it was held when it was written: version 1 migrates by writing', () => {
    const long = new Uint8Array(40).fill(7);
    const old = Trie.empty(crypto.blake2_256).with([['0xaa', long]], 0);
    const beside = old.with([['0xab', text('x')]], 1);
    const inOne = Trie.empty(crypto.blake2_256).with(
      [
        ['0xaa', long],
        ['0xab', text('x')],
      ],
      1,
    );
    expect(hex(beside.root())).not.toBe(hex(inOne.root()));
    expect(hex(beside.with([['0xaa', long]], 1).root())).toBe(hex(inOne.root()));
  });
});

describe('proofs', () => {
  const entries = fc.uniqueArray(fc.tuple(key, value), { selector: ([k]) => k, minLength: 1, maxLength: 30 });

  it('show the values of keys, and that others have none', () => {
    fc.assert(
      fc.property(entries, fc.array(key, { minLength: 1, maxLength: 4 }), (all, wanted) => {
        const trie = Trie.empty(crypto.blake2_256).with(all, 1);
        const model = new Map(all);
        const proof = new Proof(trie.root(), trie.proof(wanted), crypto.blake2_256);
        for (const k of wanted) {
          const [shownValue, expected] = [proof.read(k), model.get(k)];
          expect(shownValue && hex(shownValue)).toBe(expected && hex(expected));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('are worth nothing with a node less, a bit changed, or under another root', () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat(), (all, at, bit) => {
        const trie = Trie.empty(crypto.blake2_256).with(all, 1);
        const [wanted] = all[at % all.length]!;
        const nodes = trie.proof([wanted]);
        const read = (proof: Uint8Array[], root = trie.root()) =>
          new Proof(root, proof, crypto.blake2_256).read(wanted);
        for (let i = 0; i < nodes.length; i += 1)
          expect(() => read(nodes.filter((_, other) => other !== i))).toThrow(ProofError);
        const damaged = nodes.map((node) => Uint8Array.from(node));
        const one = damaged[at % damaged.length]!;
        one[(bit >> 3) % one.length]! ^= 1 << (bit & 7);
        expect(() => read(damaged)).toThrow(ProofError);
        expect(() => read(nodes, crypto.blake2_256(text('another')))).toThrow(ProofError);
      }),
      { numRuns: 200 },
    );
  });

  it('of a prefix give all of its entries, or an error', () => {
    const all = ['0x0011', '0x0012', '0x001233', '0x0111', '0x02'].map(
      (k) => [k as Hex, new Uint8Array(40).fill(Number(k))] as const,
    );
    const trie = Trie.empty(crypto.blake2_256).with(all, 1);
    const nodes = trie.proof(all.map(([k]) => k));
    const list = (prefix: Hex, of = nodes) => [
      ...new Proof(trie.root(), of, crypto.blake2_256).entries(prefix),
    ];
    expect(list('0x00').map(([k]) => k)).toEqual(['0x0011', '0x0012', '0x001233']);
    expect(list('0x03')).toEqual([]);
    expect(shown(list('0x0012'))).toEqual(shown([all[1]!, all[2]!]));
    expect(() => list('0x00', trie.proof(['0x0011']))).toThrow(ProofError);
  });

  it('of an empty trie show that there is nothing', () => {
    const empty = Trie.empty(crypto.blake2_256);
    expect(new Proof(empty.root(), empty.proof(['0x01']), crypto.blake2_256).read('0x01')).toBeUndefined();
  });
});

describe('the overlay', () => {
  /** One step of a call: what it does to the overlay, and to a stack of models. */
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), key, item: value }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('clear' as const), key, limit: fc.option(fc.nat(3)) }),
    },
    { weight: 3, arbitrary: fc.constantFrom({ kind: 'start' as const }) },
    { weight: 2, arbitrary: fc.constantFrom({ kind: 'commit' as const }, { kind: 'rollback' as const }) },
  );

  /** SCALE vectors of bytes that were appended to. */
  const appended = (before: Uint8Array | undefined, item: Uint8Array): Uint8Array => {
    // One-byte counts only: what else there is, is no vector here.
    const isVector =
      before !== undefined && before.length > 0 && (before[0]! & 3) === 0 && before[0]! >> 2 < 60;
    return isVector
      ? concat(compact((before[0]! >> 2) + 1), before.subarray(1), item)
      : concat(compact(1), item);
  };
  const vectorLike = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((v) => {
    v[0] = (v[0]! % 50) << 2;
    return v;
  });

  it('is a stack of maps: writes, appends, prefixes, nested transactions', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, vectorLike), { maxLength: 12 }),
        fc.array(step, { maxLength: 40 }),
        key,
        key,
        (base, steps, prefix, start) => {
          const below: Model = new Map(base);
          const overlay = new Overlay(TrieState.of(below, 1, crypto.blake2_256));
          const stack: Model[] = [new Map(below)];
          for (const one of steps) {
            const top = stack.at(-1) as Model;
            if (one.kind === 'set') {
              const v = one.value;
              v[0] = (v[0]! % 50) << 2;
              overlay.main.set(one.key, v);
              top.set(one.key, v);
            } else if (one.kind === 'delete') {
              overlay.main.delete(one.key);
              top.delete(one.key);
            } else if (one.kind === 'append') {
              overlay.main.append(one.key, one.item);
              top.set(one.key, appended(top.get(one.key), one.item));
            } else if (one.kind === 'clear') {
              // Keys that are only here go all; of the state's own, as many as the limit allows.
              const own = sorted(below).filter(([k]) => k.startsWith(one.key));
              const gone = one.limit === null ? own : own.slice(0, one.limit);
              const { loops, remain } = overlay.main.clearPrefix(one.key, one.limit ?? undefined);
              expect([loops, remain]).toEqual([gone.length, gone.length < own.length]);
              const written = [...top.keys()].filter((k) => k.startsWith(one.key));
              const untouched = own.slice(gone.length).filter(([k]) => top.get(k) === below.get(k));
              for (const k of written)
                if (!untouched.some(([u]) => u === k) || overlay.read(k) === undefined) top.delete(k);
            } else if (one.kind === 'start') {
              overlay.start();
              stack.push(new Map(top));
            } else if (stack.length > 1) {
              const done = stack.pop() as Model;
              if (one.kind === 'commit') {
                overlay.commit();
                stack[stack.length - 1] = done;
              } else overlay.rollback();
            }
          }
          expectLike(overlay, stack.at(-1) as Model, prefix, start);
          while (stack.length > 1) {
            overlay.rollback();
            stack.pop();
          }
          expectLike(overlay, stack[0] as Model, prefix, start);
          const after = overlay.applied(1);
          expect(shown(entriesOf(after))).toEqual(shown(sorted(stack[0] as Model)));
          expect(hex(after.root() as Uint8Array)).toBe(
            hex(
              Trie.empty(crypto.blake2_256)
                .with(sorted(stack[0] as Model), 1)
                .root(),
            ),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('appending is not copying, and a rollback takes off what was appended', () => {
    const overlay = new Overlay(EMPTY_STATE);
    for (let i = 0; i < 70; i += 1) overlay.main.append('0x01', bytes('aa'));
    overlay.start();
    for (let i = 0; i < 20_000; i += 1) overlay.main.append('0x01', bytes('bb'));
    expect(overlay.read('0x01')!.length).toBe(4 + 20_070);
    overlay.rollback();
    expect(hex(overlay.read('0x01')!)).toBe(`${hex(compact(70))}${'aa'.repeat(70)}`);
  });

  it('what was no vector is replaced, as nodes do it', () => {
    for (const broken of ['', '01', '0100', '02000000', '03ffffff', '0300000000']) {
      const overlay = new Overlay(EMPTY_STATE);
      overlay.main.set('0x01', bytes(broken));
      overlay.main.append('0x01', bytes('cc'));
      expect([broken, hex(overlay.read('0x01')!)]).toEqual([broken, '04cc']);
    }
  });

  it('closes only its own transactions', () => {
    const overlay = new Overlay(EMPTY_STATE);
    overlay.start();
    overlay.main.set('0x01', bytes('01'));
    expect(() => overlay.guarded(() => overlay.commit())).toThrow('no open transaction can be committed');
    expect(() => overlay.guarded(() => overlay.rollback())).toThrow('no open transaction');
    overlay.guarded(() => {
      overlay.start();
      overlay.main.set('0x02', bytes('02'));
    });
    expect([overlay.depth, overlay.read('0x01'), overlay.read('0x02')]).toEqual([1, bytes('01'), undefined]);
  });
});

describe('a state that is elsewhere', () => {
  /** A source over a map, which counts and may lie. */
  function sourceOf(model: Model, lie?: (keys: readonly Hex[]) => readonly Hex[]) {
    const asked = { values: 0, keys: 0 };
    const source: RemoteSource = {
      values: async (keys) => {
        asked.values += 1;
        return keys.map((k) => model.get(k));
      },
      keys: async (prefix, after, count) => {
        asked.keys += 1;
        const found = sorted(model)
          .map(([k]) => k)
          .filter((k) => k > after && k.startsWith(prefix))
          .slice(0, count);
        return lie?.(found) ?? found;
      },
    };
    return { source, asked };
  }
  const many: Model = new Map(
    Array.from({ length: 600 }, (_, i) => [`0x01${i.toString(16).padStart(4, '0')}` as Hex, text(String(i))]),
  );

  it('is read as if it were here, in few requests', async () => {
    const { source, asked } = sourceOf(many);
    const remote = new RemoteState(source);
    const state = LayeredState.on(remote, crypto.blake2_256);
    expect(() => state.read('0x010001')).toThrow(Missing);
    const all = await remote.supplied(() => entriesOf(state));
    expect(shown(all)).toEqual(shown(sorted(many)));
    // Three pages of keys, their values with them, and the prefix itself.
    expect(asked).toEqual({ values: 4, keys: 3 });
    await remote.supplied(() => entriesOf(state));
    expect(asked.keys).toBe(3);
  });

  it('changes lie over it in layers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, value)),
        fc.array(changes, { maxLength: 140 }),
        key,
        key,
        async (base, diffs, prefix, start) => {
          let model: Model = new Map(base);
          const remote = new RemoteState(sourceOf(model).source);
          let state: State = LayeredState.on(remote, crypto.blake2_256);
          for (const diff of diffs) {
            state = state.with(main(diff), 1);
            model = applied(model, diff);
          }
          await remote.supplied(() => expectLike(state, model, prefix, start));
          expect(state.root()).toBeUndefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keys that do not ascend, or are none of the prefix, are an error and no endless loop', async () => {
    const read = (lie: (keys: readonly Hex[]) => readonly Hex[]) => {
      const remote = new RemoteState(sourceOf(many, lie).source);
      return remote.supplied(() => remote.nextKey('0x01', '0x01'));
    };
    await expect(read(() => ['0x010002', '0x010001'])).rejects.toThrow(/do not ascend/);
    await expect(read(() => ['0x010001', '0x010001'])).rejects.toThrow(/do not ascend/);
    await expect(read(() => ['0x02'])).rejects.toThrow(/do not ascend/);
    await expect(read(() => ['0x01'])).rejects.toThrow(/do not ascend/);
  });

  it('an answer with too few values is an error', async () => {
    const remote = new RemoteState({ values: async () => [], keys: async () => [] });
    await expect(remote.supplied(() => remote.read('0x01'))).rejects.toThrow(/1 values were asked for and 0/);
  });
});

describe('storage functions', () => {
  const onEntries = (entries: [Hex, string][]) =>
    bareHost(
      crypto,
      new Overlay(
        TrieState.of(
          entries.map(([k, v]) => [k, bytes(v)] as const),
          1,
          crypto.blake2_256,
        ),
      ),
    );
  const NONE = '00';

  it('read copies what fits from an offset, and tells the length from there', () => {
    const host = onEntries([['0x01', '0a0b0c0d']]);
    const out = host.fat(bytes('0000'));
    const read = (key: string, offset: number) =>
      host.answer('ext_storage_read_version_1', host.fat(bytes(key)), out, offset);
    expect(read('01', 1)).toBe('0103000000');
    expect(host.answer('ext_storage_get_version_1', host.fat(bytes('01')))).toBe('01100a0b0c0d');
    expect(read('01', 9)).toBe('0100000000');
    expect(read('02', 0)).toBe(NONE);
  });

  it('removal by prefix: the limit counts keys of the state, and says whether some remain', () => {
    const host = onEntries([
      ['0xaa', '01'],
      ['0xaa01', '01'],
      ['0xaa02', '01'],
      ['0xab', '01'],
    ]);
    host.call('ext_storage_set_version_1', host.fat(bytes('aa03')), host.fat(bytes('01')));
    const clear = (limit: string) =>
      host.answer('ext_storage_clear_prefix_version_2', host.fat(bytes('aa')), host.fat(bytes(limit)));
    expect(clear('0101000000')).toBe('0101000000');
    const exists = (key: string) => host.call('ext_storage_exists_version_1', host.fat(bytes(key)));
    expect(['aa', 'aa01', 'aa02', 'aa03', 'ab'].map(exists)).toEqual([0, 1, 1, 0, 1]);
    // Keys that are deleted already count again.
    expect(clear('00')).toBe('0003000000');
    expect(['aa01', 'aa02', 'ab'].map(exists)).toEqual([0, 0, 1]);
  });

  it('the roots of child tries cannot be written through the main trie', () => {
    const host = onEntries([]);
    const child = hex(text(':child_storage:default:x'));
    for (const name of ['set', 'append'])
      host.call(`ext_storage_${name}_version_1`, host.fat(bytes(child)), host.fat(bytes('01')));
    expect(host.answer('ext_storage_get_version_1', host.fat(bytes(child)))).toBe(NONE);
    for (const prefix of ['', '3a', child])
      expect(
        host.answer('ext_storage_clear_prefix_version_2', host.fat(bytes(prefix)), host.fat(bytes('00'))),
      ).toBe('0000000000');
  });

  it('child tries: read, iterate, roll back, remove, and a root in the main trie', () => {
    const host = onEntries([['0x01', '01']]);
    const name = host.fat(text('x'));
    const rootKey = host.fat(text(':child_storage:default:x'));
    const set = (key: string, value: string) =>
      host.call(
        'ext_default_child_storage_set_version_1',
        name,
        host.fat(bytes(key)),
        host.fat(bytes(value)),
      );
    const childRoot = () => host.answer('ext_default_child_storage_root_version_2', name, 1);
    const mainRoot = () => host.answer('ext_storage_root_version_2', 1);
    const before = mainRoot();
    set('aa', '01');
    set('ab', '02');
    host.call('ext_storage_start_transaction_version_1');
    set('ac', '03');
    host.call('ext_storage_rollback_transaction_version_1');
    const next = (key: string) =>
      host.answer('ext_default_child_storage_next_key_version_1', name, host.fat(bytes(key)));
    expect([next('aa'), next('ab'), next('')]).toEqual(['0104ab', NONE, '0104aa']);
    const fresh = Trie.empty(crypto.blake2_256).with(
      [
        ['0xaa', bytes('01')],
        ['0xab', bytes('02')],
      ],
      1,
    );
    expect(childRoot()).toBe(hex(fresh.root()));
    expect(host.answer('ext_storage_get_version_1', rootKey)).toBe(`0180${hex(fresh.root())}`);
    const withChild = Trie.empty(crypto.blake2_256).with(
      [
        ['0x01', bytes('01')],
        [toHex(text(':child_storage:default:x')), fresh.root()],
      ],
      1,
    );
    expect(mainRoot()).toBe(hex(withChild.root()));
    expect(host.answer('ext_default_child_storage_storage_kill_version_3', name, host.fat(bytes('00')))).toBe(
      '0000000000',
    );
    expect(childRoot()).toBe(hex(Trie.empty(crypto.blake2_256).root()));
    expect(mainRoot()).toBe(before);
  });

  it('an address outside of the memory is an error, and is not shortened', () => {
    const host = onEntries([]);
    const outside = (BigInt(65_530) << 0n) | (100n << 32n);
    expect(() => host.call('ext_hashing_blake2_256_version_1', outside)).toThrow(/outside of its memory/);
    expect(() => host.call('ext_crypto_sr25519_verify_version_2', 65_530, outside, 0)).toThrow(/outside/);
  });

  it('what needs an off-chain worker or a keystore says so', () => {
    const host = onEntries([]);
    expect(() => host.call('ext_offchain_timestamp_version_1')).toThrow(
      'ext_offchain_timestamp_version_1 needs an off-chain worker, which is not here',
    );
    expect(() => host.call('ext_crypto_sr25519_sign_version_1', 0, 0, 0n)).toThrow(/needs a keystore/);
    expect(() => host.call('ext_offchain_index_set_version_1', 0n, 0n)).not.toThrow();
  });
});
