/**
 * SHA-256 of many 64-byte blocks at once. A native library does it with the processor's own instructions, more than ten
 * times as fast as one call of node:crypto a block. It is used where it is known to run: on processors that it was not
 * made for it ends the whole process, so that is found out before it is loaded. Otherwise node:crypto does the work.
 */

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export interface Hasher {
  readonly name: 'hashtree' | 'node';
  /** @param digests 32 bytes for each 64 of `blocks`, which it does not overlap */
  readonly hashInto: (blocks: Uint8Array, digests: Uint8Array) => void;
}

export const nodeHasher: Hasher = {
  name: 'node',
  hashInto(blocks, digests) {
    const into = Buffer.from(digests.buffer, digests.byteOffset, digests.byteLength);
    for (let at = 0; at < blocks.length; at += 64) {
      // A string of bytes costs less than half of what a Buffer costs.
      into.write(hash('sha256', blocks.subarray(at, at + 64), 'binary'), at / 2, 32, 'latin1');
    }
  },
};

/** The fastest hasher that is known to work here. */
export async function loadHasher(): Promise<Hasher> {
  if (!nativeRuns()) return nodeHasher;
  try {
    const { hashInto } = (await import('@chainsafe/hashtree')) as { hashInto: Hasher['hashInto'] };
    const native: Hasher = { name: 'hashtree', hashInto };
    return agrees(native) ? native : nodeHasher;
  } catch {
    // No build for this system, or it was not installed.
    return nodeHasher;
  }
}

/**
 * Whether the processor has what the native library takes for granted: on x64 AVX and AVX2, on ARM the SHA-2 instructions.
 * Where the system does not tell, the answer is no.
 */
export function nativeRuns(
  platform: string = process.platform,
  arch: string = process.arch,
  cpuinfo: () => string = () => readFileSync('/proc/cpuinfo', 'latin1'),
): boolean {
  if (platform === 'darwin') return arch === 'arm64';
  if (platform !== 'linux') return false;
  const needed = { x64: ['avx', 'avx2'], arm64: ['asimd', 'sha2'] }[arch];
  if (needed === undefined) return false;
  try {
    const lines = cpuinfo().match(/^(?:flags|Features)\s*:.*$/gm) ?? [];
    return (
      lines.length > 0 && lines.every((line) => needed.every((flag) => line.split(/\s+/).includes(flag)))
    );
  } catch {
    return false;
  }
}

/** Compares with node:crypto, for one block, for a batch, and for one that is no multiple of any width. */
export function agrees(hasher: Hasher): boolean {
  const blocks = Uint8Array.from({ length: 64 * 67 }, (_, index) => (index * 151 + (index >> 6)) & 0xff);
  return [1, 16, 67].every((count) => {
    const part = blocks.subarray(0, 64 * count);
    const [own, reference] = [new Uint8Array(32 * count), new Uint8Array(32 * count)];
    hasher.hashInto(part, own);
    nodeHasher.hashInto(part, reference);
    return Buffer.from(own).equals(reference);
  });
}
