// SPDX-License-Identifier: Apache-2.0
//
// The digest of a runtime's sources, and the packing of its blob. A runtime is `devnet` or `classic`.
//
//   node digest.mjs <runtime>                                      print the digest of the sources
//   node digest.mjs <runtime> <wasm> <toolchain> [metadata hash]   write runtime.wasm.br and DIGEST.json

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

const ROOT = dirname(fileURLToPath(import.meta.url))

/** What both blobs are made of. */
const COMMON = ['Cargo.lock', 'Cargo.toml', 'build.sh']

/** Where a runtime's blob is, and what else it is made of: files and folders of Rust sources. */
const RUNTIMES = {
  devnet: { folder: '.', files: ['metadata-hash.mjs'], sources: ['src'] },
  classic: {
    folder: 'classic',
    files: ['classic/Cargo.toml', 'src/bags.rs', 'src/dry_run.rs', 'src/fees.rs', 'src/presettable.rs'],
    sources: ['classic/src']
  }
}

export const RUNTIME_NAMES = Object.keys(RUNTIMES)

/** The folder of a runtime's blob and digest. */
export const folderOf = (runtime) => join(ROOT, RUNTIMES[runtime].folder)

/** The files a blob is made of, sorted, as paths with '/' from the folder of this script. */
export function sourceFiles(runtime) {
  const { files, sources } = RUNTIMES[runtime]
  const found = [...COMMON, ...files]
  const walk = (folder) => {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.name.endsWith('.rs')) found.push(path)
    }
  }
  sources.forEach(walk)
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** sha256 over path + "\n" + byte length + "\n" + bytes of each file. */
export function sourceDigest(runtime) {
  const hash = createHash('sha256')
  for (const path of sourceFiles(runtime)) {
    const bytes = readFileSync(join(ROOT, path))
    hash.update(`${path}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** Write a file so that a reader sees the old one or the new one. */
function replace(path, bytes) {
  writeFileSync(`${path}.tmp`, bytes)
  renameSync(`${path}.tmp`, path)
}

function pack(runtime, wasm, toolchain, metadataHash) {
  const blob = readFileSync(wasm)
  const compressed = brotliCompressSync(blob, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_GENERIC,
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: blob.length
    }
  })
  const digest = {
    sources: sourceDigest(runtime),
    blob: sha256(blob),
    compressed: sha256(compressed),
    ...(metadataHash === undefined ? {} : { metadataHash }),
    toolchain
  }
  const dir = folderOf(runtime)
  replace(join(dir, 'runtime.wasm.br'), compressed)
  replace(join(dir, 'DIGEST.json'), JSON.stringify(digest, null, 2) + '\n')
  console.log(`${runtime}: raw ${blob.length} bytes, compressed ${compressed.length} bytes`)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [runtime, wasm, toolchain, metadataHash] = argv.slice(2)
  if (wasm === undefined) console.log(sourceDigest(runtime))
  else pack(runtime, wasm, toolchain, metadataHash)
}
