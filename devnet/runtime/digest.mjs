// SPDX-License-Identifier: Apache-2.0
//
// The digest of the runtime's sources, and the packing of its blob.
//
//   node digest.mjs                                       print the digest of the sources
//   node digest.mjs <wasm> <metadata hash> <toolchain>    write runtime.wasm.br and DIGEST.json

import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')

/** The files the blob is made of, sorted, as paths with '/'. */
export function sourceFiles(dir) {
  const files = ['Cargo.lock', 'Cargo.toml', 'build.sh', 'metadata-hash.mjs']
  const walk = (folder) => {
    for (const entry of readdirSync(join(dir, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.name.endsWith('.rs')) files.push(path)
    }
  }
  walk('src')
  return files.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

/** sha256 over path + "\n" + byte length + "\n" + bytes of each file. */
export function sourceDigest(dir) {
  const hash = createHash('sha256')
  for (const path of sourceFiles(dir)) {
    const bytes = readFileSync(join(dir, path))
    hash.update(`${path}\n${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

/** Write a file so that a reader sees the old one or the new one. */
function replace(path, bytes) {
  writeFileSync(`${path}.tmp`, bytes)
  renameSync(`${path}.tmp`, path)
}

function pack(dir, wasm, metadataHash, toolchain) {
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
    sources: sourceDigest(dir),
    blob: sha256(blob),
    compressed: sha256(compressed),
    metadataHash,
    toolchain
  }
  replace(join(dir, 'runtime.wasm.br'), compressed)
  replace(join(dir, 'DIGEST.json'), JSON.stringify(digest, null, 2) + '\n')
  console.log(`raw ${blob.length} bytes, compressed ${compressed.length} bytes`)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const dir = dirname(fileURLToPath(import.meta.url))
  const [wasm, metadataHash, toolchain] = argv.slice(2)
  if (wasm === undefined) console.log(sourceDigest(dir))
  else pack(dir, wasm, metadataHash, toolchain)
}
