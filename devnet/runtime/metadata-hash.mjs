// SPDX-License-Identifier: Apache-2.0
//
// The metadata hash (RFC-78) of a runtime, from its blob alone.
//
//   node metadata-hash.mjs <wasm>   print the hash as 64 hexadecimal digits
//
// The hash goes into the runtime (see build.sh), and `CheckMetadataHash` compares signatures with it. It commits to
// the types that a transaction can reach, to the transaction's extensions, and to the token, the address prefix, the
// specification's name and its version; the values of constants are not part of it, so one hash serves every preset.

import { readFileSync } from 'node:fs'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { merkleizeMetadata } from '@polkadot-api/merkleize-metadata'

/** The token as the chain's properties have it. Prefix, name and version are read from the metadata. */
const TOKEN = { decimals: 10, tokenSymbol: 'UNIT' }

/** The version of the metadata that RFC-78 is about. */
const VERSION = 15

const PAGE = 65_536

/**
 * The runtime's metadata on an empty state.
 *
 * Describing itself needs no more of a host than memory and a storage in which nothing is found; any other
 * function that the runtime calls is an error, so that a wrong answer cannot come out of here.
 *
 * @param {Uint8Array} wasm the blob, not compressed
 * @param {number} version of the metadata
 * @returns {Uint8Array} the metadata as `Metadata_metadata_at_version` has it, without Option and length
 */
export function runtimeMetadata(wasm, version = VERSION) {
  const module = new WebAssembly.Module(wasm)
  const memory = new WebAssembly.Memory({ initial: 64 })
  const bytes = () => new Uint8Array(memory.buffer)
  let free

  /** As a node's allocator lays it out: eight bytes of header before every block, blocks at multiples of eight. */
  const allocate = (size) => {
    const at = (free + 15) & ~7
    free = at + size
    const missing = Math.ceil((free - memory.buffer.byteLength) / PAGE)
    if (missing > 0) memory.grow(missing)
    return at
  }
  const place = (content) => {
    const at = allocate(content.length)
    bytes().set(content, at)
    return at
  }
  /** Pointer and length in the one number that the host and the runtime exchange. */
  const slice = (content) => (BigInt(content.length) << 32n) | BigInt(place(content))
  const read = (span) => {
    const start = Number(span & 0xffff_ffffn)
    return bytes().slice(start, start + Number((span >> 32n) & 0xffff_ffffn))
  }

  const host = {
    ext_allocator_malloc_version_1: allocate,
    ext_allocator_free_version_1: () => {},
    ext_logging_max_level_version_1: () => 0,
    // With the level at "off" only a panic is logged.
    ext_logging_log_version_1: (_level, _target, message) => {
      throw new Error(`the runtime panicked: ${Buffer.from(read(message))}`)
    },
    // The hash is part of a storage key, and nothing is found under any key.
    ext_hashing_twox_128_version_1: () => place(new Uint8Array(16)),
    ext_storage_get_version_1: () => slice(Uint8Array.of(0))
  }
  const env = {}
  for (const { name, kind } of WebAssembly.Module.imports(module)) {
    if (kind === 'memory') env[name] = memory
    else
      env[name] =
        host[name] ??
        (() => {
          throw new Error(`the runtime called ${name} to describe itself`)
        })
  }

  const { exports } = new WebAssembly.Instance(module, { env })
  free = exports.__heap_base.value
  const argument = new Uint8Array(4)
  new DataView(argument.buffer).setUint32(0, version, true)
  return opaque(read(exports.Metadata_metadata_at_version(place(argument), argument.length)), version)
}

/** `Option<Vec<u8>>`, SCALE-encoded; metadata is long, so its length has four bytes. */
function opaque(encoded, version) {
  if (encoded[0] !== 1) throw new Error(`the runtime has no metadata of version ${version}`)
  const length = new DataView(encoded.buffer, encoded.byteOffset + 1).getUint32(0, true)
  if ((length & 3) !== 2 || length >>> 2 !== encoded.length - 5)
    throw new Error('the runtime answered with something else than metadata')
  return encoded.subarray(5)
}

/**
 * @param {Uint8Array} wasm the blob, not compressed
 * @returns {string} the hash as 64 hexadecimal digits
 */
export function metadataHash(wasm) {
  return Buffer.from(merkleizeMetadata(runtimeMetadata(wasm), TOKEN).digest()).toString('hex')
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [wasm] = argv.slice(2)
  if (wasm === undefined) throw new Error('usage: node metadata-hash.mjs <wasm>')
  console.log(metadataHash(readFileSync(wasm)))
}
