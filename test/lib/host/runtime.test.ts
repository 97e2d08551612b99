/** The heap, and instances of runtimes that are a few instructions long. */

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Allocator } from '../../../src/lib/host/allocator.js';
import { type HostCrypto, hostCrypto } from '../../../src/lib/host/crypto.js';
import { hostFunctions } from '../../../src/lib/host/functions/index.js';
import { RuntimeMemory } from '../../../src/lib/host/memory.js';
import { CodeError, unpacked } from '../../../src/lib/host/module.js';
import { Overlay } from '../../../src/lib/host/overlay.js';
import { Runtime, RuntimeTrap } from '../../../src/lib/host/runtime.js';
import { EMPTY_STATE } from '../../../src/lib/host/state.js';
import { wasm } from '../../../src/lib/host/wasm.js';
import { HEAP_BASE, hex, op, tinyRuntime } from './support.js';

let crypto: HostCrypto;
beforeAll(async () => {
  crypto = await hostCrypto();
});

describe('the heap', () => {
  const heap = (pages = 1, most = 16) => {
    const memory = new wasm.Memory({ initial: pages, maximum: most });
    return { memory, allocator: new Allocator(memory, 13, most) };
  };

  it('hands out blocks of 8 · 2ⁿ bytes behind headers of 8, aligned', () => {
    const { allocator } = heap();
    // 13 is rounded up to 16.
    expect([1, 8, 9, 17, 0].map((size) => allocator.allocate(size))).toEqual([24, 40, 56, 80, 120]);
    allocator.free(56);
    expect(allocator.allocate(16)).toBe(56);
    expect(allocator.allocate(16)).toBe(136);
  });

  it('blocks in use never overlap, and freed ones are used again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.constant(-1)), { maxLength: 80 }),
        (steps) => {
          const { allocator, memory } = heap();
          const used: [number, number][] = [];
          for (const size of steps) {
            if (size >= 0) {
              const start = allocator.allocate(size);
              for (const [other, length] of used)
                expect(start + size <= other - 8 || other + length <= start - 8).toBe(true);
              used.push([start, size]);
              expect(start + size).toBeLessThanOrEqual(memory.buffer.byteLength);
              new Uint8Array(memory.buffer, start, size).fill(0xff);
            } else if (used.length > 0) allocator.free(used.shift()![0]);
          }
        },
      ),
    );
  });

  it('refuses what is too large, what is full, and what is not in use', () => {
    const { allocator } = heap();
    expect(() => allocator.allocate(32 * 1024 * 1024 + 1)).toThrow(/at once/);
    expect(() => allocator.allocate(2_000_000)).toThrow(/no memory left/);
    const block = allocator.allocate(8);
    allocator.free(block);
    for (const wrong of [block, 8, block + 4, 4_000_000_000])
      expect(() => allocator.free(wrong)).toThrow(/not in use/);
  });

  it('a list of free blocks that the runtime overwrote is found out', () => {
    const { allocator, memory } = heap();
    const block = allocator.allocate(8);
    allocator.free(block);
    new Uint32Array(memory.buffer)[(block - 8) / 4] = 7;
    allocator.allocate(8);
    expect(() => allocator.allocate(8)).toThrow(/corrupt/);
  });
});

const NOTHING = new Uint8Array(0);
const call = (runtime: Runtime, method: string, argument = NOTHING, overlay = new Overlay(EMPTY_STATE)) =>
  hex(runtime.call(method, argument, overlay));
const trap = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(RuntimeTrap);
    return (error as Error).message;
  }
  throw new Error('no trap');
};

/** Adds 1 to a byte below the heap and answers it; `echo` answers the first byte of its argument. */
const COUNTER = 64;
const METHODS = {
  count: [
    ...op.i32(COUNTER),
    ...op.i32(COUNTER),
    ...op.load8,
    ...op.i32(1),
    ...op.add,
    ...op.store8,
    ...op.i32(COUNTER),
    ...op.oneByteAt,
  ],
  echo: [...op.argument(0), ...op.oneByteAt],
  /** What lies on the heap where the argument is not: must be zero. */
  leftover: [...op.i32(HEAP_BASE + 24), ...op.oneByteAt],
  trap: [...op.unreachable],
  countThenTrap: [...op.i32(COUNTER), ...op.i32(9), ...op.store8, ...op.unreachable],
  outside: [...op.i64(0), 0x42, 0x7f, 0x84],
  unknown: [...op.call(0), ...op.i64(0)],
  open: [...op.call(1), ...op.i64(0)],
  commit: [...op.call(2), ...op.i64(0)],
  rollback: [...op.call(3), ...op.i64(0)],
};
const IMPORTS = [
  'ext_nobody_knows_version_9',
  'ext_storage_start_transaction_version_1',
  'ext_storage_commit_transaction_version_1',
  'ext_storage_rollback_transaction_version_1',
];

describe.each([false, true])('a runtime (with a memory of its own: %s)', (ownMemory) => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await Runtime.of(tinyRuntime({ imports: IMPORTS, methods: METHODS, ownMemory }));
  });

  it('begins each call with the memory that it began with', () => {
    expect([1, 2, 3].map(() => call(runtime, 'count'))).toEqual(['01', '01', '01']);
    expect(call(runtime, 'echo', Uint8Array.of(7))).toBe('07');
    call(runtime, 'echo', new Uint8Array(64).fill(0xee));
    expect(call(runtime, 'leftover')).toBe('00');
  });

  it('goes on after a trap, with a clean memory', () => {
    expect(trap(() => call(runtime, 'countThenTrap'))).toMatch(/^countThenTrap: unreachable/);
    expect(call(runtime, 'count')).toBe('01');
    call(runtime, 'echo', new Uint8Array(64).fill(0xee));
    trap(() => call(runtime, 'trap', new Uint8Array(64).fill(0xee)));
    expect(call(runtime, 'leftover')).toBe('00');
  });

  it('a thousand traps cost no memory', () => {
    const thousand = () => {
      for (let i = 0; i < 1_000; i += 1) trap(() => call(runtime, 'trap'));
      return process.memoryUsage().rss;
    };
    const before = thousand();
    // A page of memory for each would be 64 MiB, and its guard the address space.
    expect(thousand() - before).toBeLessThan(50_000_000);
  });

  it('a function that the host does not know fails by name, when it is called', () => {
    expect(trap(() => call(runtime, 'unknown'))).toBe(
      'unknown: the host has no function ext_nobody_knows_version_9',
    );
    expect(call(runtime, 'count')).toBe('01');
  });

  it('a method that it does not have, and a result outside of its memory', () => {
    expect(trap(() => call(runtime, 'nothing'))).toMatch(/no such method/);
    expect(trap(() => call(runtime, '__heap_base'))).toMatch(/no such method/);
    expect(trap(() => call(runtime, 'outside'))).toMatch(/outside of its memory/);
  });

  it('closes only transactions that it opened; those that it leaves open are rolled back', () => {
    const overlay = new Overlay(EMPTY_STATE);
    overlay.start();
    for (const method of ['commit', 'rollback'])
      expect(trap(() => call(runtime, method, NOTHING, overlay))).toMatch(/no open transaction/);
    expect(overlay.depth).toBe(1);
    call(runtime, 'open', NOTHING, overlay);
    expect(overlay.depth).toBe(1);
  });
});

describe('code', () => {
  const of = (code: Uint8Array) => Runtime.of(code).then((runtime) => runtime.has('count'));

  it('that is no WebAssembly, or no runtime, is refused in words', async () => {
    await expect(of(Uint8Array.of(1, 2, 3))).rejects.toThrow(CodeError);
    await expect(
      of(tinyRuntime({ methods: METHODS, withoutHeapBase: true, imports: IMPORTS })),
    ).rejects.toThrow(/no memory or no __heap_base/);
    const foreign = Buffer.from(tinyRuntime({ methods: { count: METHODS.count }, imports: ['ext_a'] }));
    foreign.write('abc', foreign.indexOf('env'));
    await expect(of(foreign)).rejects.toThrow(/imports the function abc\.ext_a/);
  });

  it('packed with zstd is unpacked; a bomb is not', () => {
    const prefix = Buffer.from('52bc537646db8e05', 'hex');
    // A frame of one raw block of 3 bytes, single segment.
    const frame = Buffer.from('28b52ffd2003190000616263', 'hex');
    expect(Buffer.from(unpacked(Buffer.concat([prefix, frame]))).toString()).toBe('abc');
    expect(() => unpacked(Buffer.concat([prefix, frame.subarray(0, 9)]))).toThrow(CodeError);
    // Runs of one byte, 128 KiB each: 512 of them are 64 MiB.
    const run = Buffer.from('02001061', 'hex');
    const bomb = [Buffer.from('28b52ffd0068', 'hex'), ...Array.from({ length: 512 }, () => run)];
    expect(() => unpacked(Buffer.concat([prefix, ...bomb, Buffer.from('010000', 'hex')]))).toThrow(
      /larger than/,
    );
    const wide = Buffer.from('28b52ffd00f8010000', 'hex');
    expect(() => unpacked(Buffer.concat([prefix, wide]))).toThrow(/of memory/);
  });
});

describe('host functions', () => {
  it('are all that the families of current runtimes import', () => {
    const memory = new RuntimeMemory();
    const names = Object.keys(
      hostFunctions({
        memory,
        crypto,
        overlay: new Overlay(EMPTY_STATE),
        batch: undefined,
        mockSignatures: false,
        log: () => {},
        versionOf: () => undefined,
      }),
    );
    // Kusama, its Asset Hub, Westend, Acala, Shibuya, Mythos and Moonbase.
    const wanted = `allocator_free_1 allocator_malloc_1 crypto_ecdsa_generate_1 crypto_ecdsa_verify_2
      crypto_ed25519_generate_1 crypto_ed25519_verify_1 crypto_finish_batch_verify_1
      crypto_secp256k1_ecdsa_recover_2 crypto_secp256k1_ecdsa_recover_compressed_2 crypto_sr25519_generate_1
      crypto_sr25519_public_keys_1 crypto_sr25519_sign_1 crypto_sr25519_verify_2 crypto_start_batch_verify_1
      default_child_storage_clear_1 default_child_storage_clear_prefix_2 default_child_storage_exists_1
      default_child_storage_get_1 default_child_storage_next_key_1 default_child_storage_read_1
      default_child_storage_root_2 default_child_storage_set_1 default_child_storage_storage_kill_3
      hashing_blake2_128_1 hashing_blake2_256_1 hashing_keccak_256_1 hashing_keccak_512_1 hashing_sha2_256_1
      hashing_twox_128_1 hashing_twox_256_1 hashing_twox_64_1 logging_log_1 logging_max_level_1
      misc_print_hex_1 misc_print_num_1 misc_print_utf8_1 misc_runtime_version_1 offchain_index_clear_1
      offchain_index_set_1 offchain_is_validator_1 offchain_local_storage_clear_1
      offchain_local_storage_compare_and_set_1 offchain_local_storage_get_1 offchain_local_storage_set_1
      offchain_random_seed_1 offchain_submit_transaction_1 offchain_timestamp_1 panic_handler_abort_on_panic_1
      storage_append_1 storage_changes_root_1 storage_clear_1 storage_clear_prefix_1 storage_clear_prefix_2
      storage_commit_transaction_1 storage_exists_1 storage_get_1 storage_next_key_1
      storage_proof_size_storage_proof_size_1 storage_read_1 storage_rollback_transaction_1 storage_root_1
      storage_root_2 storage_set_1 storage_start_transaction_1 trie_blake2_256_ordered_root_1
      trie_blake2_256_ordered_root_2 trie_blake2_256_root_1 trie_blake2_256_root_2
      trie_keccak_256_ordered_root_2 trie_keccak_256_root_2 crypto_sr25519_verify_1`
      .split(/\s+/)
      .map((name) => `ext_${name.replace(/_(\d)$/, '_version_$1')}`);
    expect(wanted.length).toBe(71);
    expect(wanted.filter((name) => !names.includes(name))).toEqual([]);
  });
});
