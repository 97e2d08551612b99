/** Hexadecimal text, and the few SCALE forms that a host needs before it knows a chain's types. */

export type Hex = `0x${string}`;

export const toHex = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`;

export const fromHex = (hex: string): Uint8Array => Buffer.from(hex.slice(2), 'hex');

/** Whether a JSON value is 0x-prefixed hex of whole bytes. */
export const isHex = (value: unknown): value is Hex =>
  typeof value === 'string' && value.length % 2 === 0 && /^0x[0-9a-fA-F]*$/.test(value);

export const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

/** SCALE compact integer. */
export function compact(value: number | bigint): Uint8Array {
  // Lengths, which are most of what is encoded, do without bigint.
  if (typeof value === 'number' && value >= 0 && value < 1 << 30) return compactLength(value);
  const n = BigInt(value);
  if (n < 1n << 6n) return Uint8Array.of(Number(n << 2n));
  if (n < 1n << 14n) return little((n << 2n) | 1n, 2);
  if (n < 1n << 30n) return little((n << 2n) | 2n, 4);
  let size = 4;
  while (n >> BigInt(8 * size) > 0n) size += 1;
  return concat(Uint8Array.of(((size - 4) << 2) | 3), little(n, size));
}

function compactLength(n: number): Uint8Array {
  if (n < 1 << 6) return Uint8Array.of(n << 2);
  if (n < 1 << 14) return Uint8Array.of(((n << 2) | 1) & 0xff, n >>> 6);
  return Uint8Array.of(((n << 2) | 2) & 0xff, (n >>> 6) & 0xff, (n >>> 14) & 0xff, (n >>> 22) & 0xff);
}

/** Unsigned little-endian integer of `size` bytes. */
export function little(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 1) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return bytes;
}

/** Reads SCALE values one after the other. @throws RangeError where the bytes end too early */
export class Reader {
  #at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get rest(): Uint8Array {
    return this.bytes.subarray(this.#at);
  }

  take(count: number): Uint8Array {
    if (this.#at + count > this.bytes.length) throw new RangeError('the bytes end too early');
    this.#at += count;
    return this.bytes.subarray(this.#at - count, this.#at);
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  unsigned(size: number): bigint {
    return this.take(size).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  }

  u32(): number {
    return Number(this.unsigned(4));
  }

  compact(): bigint {
    const first = this.u8();
    switch (first & 3) {
      case 0:
        return BigInt(first >> 2);
      case 1:
        return BigInt(first | (this.u8() << 8)) >> 2n;
      case 2:
        return (BigInt(first) | (this.unsigned(3) << 8n)) >> 2n;
      default:
        return this.unsigned((first >> 2) + 4);
    }
  }

  byteVector(): Uint8Array {
    return this.take(Number(this.compact()));
  }
}
