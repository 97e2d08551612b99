/** Published answers: hashes, tries and signatures as the host specification's functions give them. */

import { beforeAll, describe, expect, it } from 'vitest';
import { encodeHeader } from '../../../src/lib/host/block.js';
import { type HostCrypto, hostCrypto } from '../../../src/lib/host/crypto.js';
import { Overlay } from '../../../src/lib/host/overlay.js';
import { type Hex, toHex } from '../../../src/lib/host/scale.js';
import { EMPTY_STATE } from '../../../src/lib/host/state.js';
import { Trie } from '../../../src/lib/host/trie.js';
import { decodeVersion } from '../../../src/lib/host/version.js';
import { bareHost, bytes, hex, text } from './support.js';

let crypto: HostCrypto;
let host: ReturnType<typeof bareHost>;
beforeAll(async () => {
  crypto = await hostCrypto();
  host = bareHost(crypto, new Overlay(EMPTY_STATE));
});

const EMPTY_ROOT = '03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314';

describe('hashes', () => {
  it.each([
    // RFC 7693 and the reference implementation.
    ['blake2_128', 16, '', 'cae66941d9efbd404e4d88758ea67670'],
    ['blake2_256', 32, '', '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8'],
    ['blake2_256', 32, 'abc', 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319'],
    // FIPS 180-4.
    ['sha2_256', 32, 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    // Keccak as it was submitted, which is not SHA-3.
    ['keccak_256', 32, '', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    [
      'keccak_512',
      64,
      '',
      '0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60e4e67c466f36a4304c00fa9caf9d87976ba469bcbe06713b435f091ef2769fb160cdab33d3670680e',
    ],
    // xxHash's own vector with the seed 0, little-endian.
    ['twox_64', 8, '', '99e9d85137db46ef'],
    // The prefixes of System.Account on every Substrate chain.
    ['twox_128', 16, 'System', '26aa394eea5630e07c48ae0c9558cef7'],
    ['twox_128', 16, 'Account', 'b99d880ec681799c0cf30e8886371da9'],
  ])('%s (%i bytes) of "%s"', (name, size, input, expected) => {
    expect(host.answerOf(size, `ext_hashing_${name}_version_1`, host.fat(text(input)))).toBe(expected);
  });

  it('twox_256 begins with twox_128, which begins with twox_64', () => {
    const of = (bits: number) =>
      host.answerOf(bits / 8, `ext_hashing_twox_${bits}_version_1`, host.fat(text('a')));
    expect(of(256).startsWith(of(128))).toBe(true);
    expect(of(128).startsWith(of(64))).toBe(true);
    expect(of(256).length).toBe(64);
  });
});

describe('tries', () => {
  const root = (entries: [string, string][], version: 0 | 1 = 0) =>
    hex(
      Trie.empty(crypto.blake2_256)
        .with(
          entries.map(([key, value]) => [`0x${key}` as Hex, bytes(value)] as const),
          version,
        )
        .root(),
    );
  const hashOf = (encoded: string) => hex(crypto.blake2_256(bytes(encoded)));

  it('without a key: the root that every chain without extrinsics has in its headers', () => {
    expect(root([])).toBe(EMPTY_ROOT);
  });

  it('encodings of sp-trie’s own tests', () => {
    // A leaf: 0x40 and two nibbles, the key, the value with its length.
    expect(root([['aa', 'bb']])).toBe(hashOf('42aa04bb'));
    // A branch without a value, with children 1 and 4 that stand in it.
    expect(
      root([
        ['4819', 'fe'],
        ['1314', 'ff'],
      ]),
    ).toBe(hashOf('80' + '1200' + '14' + '43031404ff' + '14' + '43081904fe'));
  });

  it('version 1 holds values of more than 32 bytes by their hash', () => {
    const [short, long] = ['11'.repeat(32), '11'.repeat(33)];
    expect(root([['aa', short]], 1)).toBe(hashOf(`42aa80${short}`));
    expect(root([['aa', long]], 1)).toBe(hashOf(`22aa${hashOf(long)}`));
    expect(root([['aa', long]], 0)).toBe(hashOf(`42aa84${long}`));
    // A branch with such a value: 0x10.
    expect(
      root(
        [
          ['aa', long],
          ['aabb', '01'],
        ],
        1,
      ),
    ).toBe(hashOf(`12aa0008${hashOf(long)}10410b0401`));
  });

  it('long keys: the length goes on in bytes of 255', () => {
    const key = 'ab'.repeat(200);
    // 400 nibbles: 63 in the header, 255, 82.
    expect(root([[key, '01']])).toBe(hashOf(`7fff52${key}0401`));
    // 63 nibbles exactly need a byte of 0 behind the header.
    const odd = `a${'bc'.repeat(31)}`;
    expect(
      root([
        [`0${odd}`, '01'],
        ['10', '02'],
      ]),
    ).toBe(hashOf(`800300${'80'}${hashOf(`7f000${odd}0401`)}10410004${'02'}`));
  });

  it('the runtime’s own: lists of values, and of keys and values', () => {
    expect(host.answerOf(32, 'ext_trie_blake2_256_ordered_root_version_2', host.fat(bytes('00')), 1)).toBe(
      EMPTY_ROOT,
    );
    // [0x0a, 0x0b] under the compact indices 0x00 and 0x04.
    const list = host.fat(bytes('08' + '040a' + '040b'));
    expect(host.answerOf(32, 'ext_trie_blake2_256_ordered_root_version_1', list)).toBe(
      root([
        ['00', '0a'],
        ['04', '0b'],
      ]),
    );
    const pairs = host.fat(bytes('08' + '084819' + '04fe' + '081314' + '04ff'));
    expect(host.answerOf(32, 'ext_trie_blake2_256_root_version_2', pairs, 0)).toBe(
      root([
        ['4819', 'fe'],
        ['1314', 'ff'],
      ]),
    );
    // Ethereum's hash of the same encoding.
    expect(host.answerOf(32, 'ext_trie_keccak_256_root_version_2', host.fat(bytes('0404aa04bb')), 0)).toBe(
      hex(crypto.keccak256(bytes('42aa04bb'))),
    );
    expect(() => host.call('ext_trie_blake2_256_root_version_2', pairs, 2)).toThrow(/state version 2/);
  });
});

describe('headers', () => {
  it('Polkadot’s block 0 has its hash', () => {
    const header = encodeHeader({
      parentHash: `0x${'00'.repeat(32)}`,
      number: 0,
      stateRoot: '0x29d0d972cd27cbc511e9589fcb7a4506d5eb6a9e8df205f00472e5ab354a4e17',
      extrinsicsRoot: `0x${EMPTY_ROOT}`,
      digest: [],
    });
    expect(toHex(crypto.blake2_256(header))).toBe(
      '0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3',
    );
  });
});

describe('signatures', () => {
  /** Verify with a host function; pointers as it takes them. */
  const verify = (name: string, signature: string, message: Uint8Array, key: string) =>
    host.call(name, host.at(bytes(signature)), host.fat(message), host.at(bytes(key)));

  // polkadot-js' own vector.
  const SR = {
    key: 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
    message: text('I hereby verify that I control 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'),
    signature:
      '1037eb7e51613d0dcf5930ae518819c87d655056605764840d9280984e1b7063c4566b55bf292fcab07b369d01095879b50517beca4d26e6a65866e25fec0d83',
  };
  // RFC 8032, test 2.
  const ED = {
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: bytes('72'),
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  };
  const changed = (signature: string) => signature.replace(/^../, (first) => (first === '00' ? '01' : '00'));

  it.each(['ext_crypto_sr25519_verify_version_1', 'ext_crypto_sr25519_verify_version_2'])('%s', (name) => {
    expect(verify(name, SR.signature, SR.message, SR.key)).toBe(1);
    expect(verify(name, changed(SR.signature), SR.message, SR.key)).toBe(0);
    expect(verify(name, SR.signature, text('another'), SR.key)).toBe(0);
    expect(verify(name, SR.signature, SR.message, ED.key)).toBe(0);
    expect(verify(name, 'ff'.repeat(64), SR.message, 'ff'.repeat(32))).toBe(0);
  });

  it('ed25519, by the rules of ZIP-215', () => {
    const name = 'ext_crypto_ed25519_verify_version_1';
    expect(verify(name, ED.signature, ED.message, ED.key)).toBe(1);
    expect(verify(name, ED.signature, bytes('73'), ED.key)).toBe(0);
    // s and s + ℓ verify alike in the group; only the first is a signature.
    const order = (1n << 252n) + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    const little = (digits: string) => BigInt(`0x${hex(bytes(digits).reverse())}`);
    const s = little(ED.signature.slice(64)) + order;
    const malleable = hex(bytes(s.toString(16).padStart(64, '0')).reverse());
    expect(verify(name, ED.signature.slice(0, 64) + malleable, ED.message, ED.key)).toBe(0);
    // Keys and commitments of small order, canonical or not: good by ZIP-215 and refused by stricter rules.
    const identity = `01${'00'.repeat(31)}`;
    const sameNotCanonical = `ee${'ff'.repeat(30)}7f`;
    for (const key of [identity, sameNotCanonical])
      expect(verify(name, identity + '00'.repeat(32), text('Zcash'), key)).toBe(1);
    expect(verify(name, identity + '00'.repeat(32), text('Zcash'), ED.key)).toBe(0);
  });

  // go-ethereum's crypto/secp256k1 vector.
  const EC = {
    hash: 'ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008',
    signature:
      '90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e549984a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc9301',
    key: '02e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a',
    coordinates:
      'e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652',
  };
  const recover = (name: string, signature: string, hash = EC.hash) =>
    host.answer(`ext_crypto_secp256k1_ecdsa_${name}`, host.at(bytes(signature)), host.at(bytes(hash)));

  it('secp256k1 recovery, compressed and not, with ids from 0 and from 27', () => {
    for (const version of [1, 2]) {
      expect(recover(`recover_compressed_version_${version}`, EC.signature)).toBe(`00${EC.key}`);
      expect(recover(`recover_version_${version}`, EC.signature)).toBe(`00${EC.coordinates}`);
      const ethereum = EC.signature.replace(/01$/, '1c');
      expect(recover(`recover_version_${version}`, ethereum)).toBe(`00${EC.coordinates}`);
    }
  });

  it('what is no signature has its own error: BadRS, BadV, BadSignature', () => {
    const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
    const s = EC.signature.slice(64, 128);
    expect(recover('recover_version_2', `${order}${s}00`)).toBe('0100');
    expect(recover('recover_version_2', EC.signature.replace(/01$/, '04'))).toBe('0101');
    expect(recover('recover_version_2', `${'00'.repeat(32)}${s}00`)).toBe('0102');
    // The first version reduced what is too large: r + n is r again, where it fits into 32 bytes; n itself is 0.
    expect(recover('recover_version_1', `${order}${s}00`)).toBe('0102');
  });

  it('ecdsa verifies by recovery', () => {
    const name = 'ext_crypto_ecdsa_verify_prehashed_version_1';
    const check = (signature: string, key: string) =>
      host.call(name, host.at(bytes(signature)), BigInt(host.at(bytes(EC.hash))), host.at(bytes(key)));
    expect(check(EC.signature, EC.key)).toBe(1);
    expect(check(EC.signature, EC.key.replace(/^02/, '03'))).toBe(0);
    expect(check(EC.signature.replace(/01$/, '00'), EC.key)).toBe(0);
    // Here an id is 0 to 3: Ethereum's numbers are not taken.
    expect(check(EC.signature.replace(/01$/, '1c'), EC.key)).toBe(0);
    for (const version of [1, 2])
      expect(verify(`ext_crypto_ecdsa_verify_version_${version}`, EC.signature, text('x'), EC.key)).toBe(0);
  });

  it('a batch verifies: one bad signature among good ones is found at its end', () => {
    const good = () => verify('ext_crypto_sr25519_batch_verify_version_1', SR.signature, SR.message, SR.key);
    const bad = () =>
      verify('ext_crypto_ed25519_batch_verify_version_1', changed(ED.signature), ED.message, ED.key);
    const batch = (...all: (() => unknown)[]) => {
      host.call('ext_crypto_start_batch_verify_version_1');
      // Within a batch the answer is 1, whatever the signature.
      for (const one of all) expect(one()).toBe(1);
      return host.call('ext_crypto_finish_batch_verify_version_1');
    };
    expect(batch(good, good)).toBe(1);
    expect(batch(good, bad, good)).toBe(0);
    expect(batch()).toBe(1);
    // Without one the answer is the verdict.
    expect([good(), bad()]).toEqual([1, 0]);
    expect(() => host.call('ext_crypto_finish_batch_verify_version_1')).toThrow(/no batch/);
    host.call('ext_crypto_start_batch_verify_version_1');
    expect(() => host.call('ext_crypto_start_batch_verify_version_1')).toThrow(/open already/);
    host.call('ext_crypto_finish_batch_verify_version_1');
  });
});

describe('versions', () => {
  it('of an old runtime, which ends before the transaction version', () => {
    // spec "a", impl "b", authoring 1, spec 2, impl 3, one API.
    const old = `0461${'0462'}01000000${'02000000'}${'03000000'}04${'df6acb689907609b'}04000000`;
    expect(decodeVersion(bytes(old))).toMatchObject({
      specName: 'a',
      specVersion: 2,
      apis: [['0xdf6acb689907609b', 4]],
      transactionVersion: 1,
      stateVersion: 0,
    });
    expect(decodeVersion(bytes(`${old}0700000001`))).toMatchObject({
      transactionVersion: 7,
      stateVersion: 1,
    });
    expect(() => decodeVersion(bytes(old.slice(0, -4)))).toThrow(RangeError);
  });
});
