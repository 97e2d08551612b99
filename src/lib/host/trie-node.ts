/**
 * Nodes of the state trie and their encoding (Polkadot specification, § "Merkle Proof"): radix 16, a header that names
 * the kind and the length of the partial key, children by their Merkle value.
 */

import { Buffer } from 'node:buffer';
import { compact, Reader } from './scale.js';

export type Hash = (bytes: Uint8Array) => Uint8Array;

/** A value of more than this many bytes is held by its hash in state version 1. */
const LONGEST_INLINE_VALUE = 32;
/** An encoded node that is shorter than a hash stands in its parent itself. */
const HASH_SIZE = 32;

const HEX = '0123456789abcdef';

/** A node; it changes only while the batch of changes that made it is applied. */
export class Node {
  /** Merkle value, once it was asked for. */
  merkle: Uint8Array | undefined;

  constructor(
    /** Hex digits between the parent's child index and this node. */
    public partial: string,
    public value: Uint8Array | undefined,
    /** Whether the value is held by its hash: decided when it is written, and kept. */
    public isHashed: boolean,
    /** 16, or none. */
    public children: (Node | undefined)[] | undefined,
    /** The batch of changes that may change it. */
    public batch: object,
  ) {}
}

/** Whether a value that is written now is held by its hash. */
export const heldByHash = (value: Uint8Array, version: 0 | 1): boolean =>
  version === 1 && value.length > LONGEST_INLINE_VALUE;

/** Value of a hex digit by its character code. */
export function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 58 ? code - 48 : code - 87;
}

export const digit = (value: number): string => HEX.charAt(value);

/** Kinds of node: their bits, and the largest length of a partial key that fits beside them. */
const LEAF = [0x40, 63] as const;
const LEAF_HASHED = [0x20, 31] as const;
const BRANCH = [0x80, 63] as const;
const BRANCH_VALUE = [0xc0, 63] as const;
const BRANCH_HASHED = [0x10, 15] as const;

function kindOf({ value, isHashed, children }: Node): readonly [bits: number, most: number] {
  if (children === undefined) return isHashed ? LEAF_HASHED : LEAF;
  if (value === undefined) return BRANCH;
  return isHashed ? BRANCH_HASHED : BRANCH_VALUE;
}

function header(node: Node): Uint8Array {
  const [bits, most] = kindOf(node);
  const { length } = node.partial;
  if (length < most) return Uint8Array.of(bits | length);
  const rest = length - most;
  const bytes = new Uint8Array(2 + Math.floor(rest / 255)).fill(255);
  bytes[0] = bits | most;
  bytes[bytes.length - 1] = rest % 255;
  return bytes;
}

/** SCALE bytes of a node. */
export function encodeNode(node: Node, hash: Hash): Buffer {
  const { partial, value, children } = node;
  const even = partial.length % 2 === 0 ? partial : `0${partial}`;
  const parts: Uint8Array[] = [header(node), Buffer.from(even, 'hex')];
  if (children !== undefined) {
    let bitmap = 0;
    for (let i = 0; i < 16; i += 1) if (children[i] !== undefined) bitmap |= 1 << i;
    parts.push(Uint8Array.of(bitmap & 0xff, bitmap >>> 8));
  }
  if (value !== undefined) {
    if (node.isHashed) parts.push(hash(value));
    else parts.push(compact(value.length), value);
  }
  for (const child of children ?? []) {
    if (child === undefined) continue;
    const merkle = merkleValue(child, hash);
    parts.push(compact(merkle.length), merkle);
  }
  return Buffer.concat(parts);
}

/** What stands for a node in its parent: its encoding if that is shorter than a hash, else its hash. */
export function merkleValue(node: Node, hash: Hash): Uint8Array {
  if (node.merkle === undefined) {
    const encoded = encodeNode(node, hash);
    // A copy of its own: a small Buffer would keep 8 kB of their shared pool alive.
    node.merkle = Uint8Array.from(encoded.length < HASH_SIZE ? encoded : hash(encoded));
  }
  return node.merkle;
}

/** A node as its bytes say it; children and hashed values are still to be found. */
export interface DecodedNode {
  /** Hex digits. */
  readonly partial: string;
  readonly value?: { readonly inline: Uint8Array } | { readonly hash: Uint8Array };
  /** Merkle values by index; none for a leaf. */
  readonly children: readonly (Uint8Array | undefined)[];
}

/** @throws Error, RangeError for bytes that are no node */
export function decodeNode(bytes: Uint8Array): DecodedNode | 'empty' {
  const reader = new Reader(bytes);
  const first = reader.u8();
  if (first === 0) {
    if (reader.rest.length > 0) throw new Error('bytes behind an empty node');
    return 'empty';
  }
  const kinds = [LEAF, BRANCH, BRANCH_VALUE, LEAF_HASHED, BRANCH_HASHED];
  const kind = kinds.find(([bits, most]) => (first & ~most & 0xff) === bits);
  if (kind === undefined) throw new Error(`no node begins with ${first}`);
  const partial = partialKey(reader, partialLength(reader, first & kind[1], kind[1]));
  const isLeaf = kind === LEAF || kind === LEAF_HASHED;
  const bitmap = isLeaf ? 0 : reader.u8() | (reader.u8() << 8);
  if (!isLeaf && bitmap === 0) throw new Error('a branch without children');
  const isHashed = kind === LEAF_HASHED || kind === BRANCH_HASHED;
  const value =
    kind === BRANCH
      ? undefined
      : isHashed
        ? { hash: reader.take(HASH_SIZE) }
        : { inline: reader.byteVector() };
  const children = Array.from({ length: isLeaf ? 0 : 16 }, (_, i) =>
    (bitmap >> i) & 1 ? childValue(reader) : undefined,
  );
  if (reader.rest.length > 0) throw new Error('bytes behind a node');
  return { partial, children, ...(value === undefined ? {} : { value }) };
}

function partialLength(reader: Reader, first: number, most: number): number {
  if (first < most) return first;
  for (let length = first; ; ) {
    const more = reader.u8();
    length += more;
    if (more < 255) return length;
  }
}

function partialKey(reader: Reader, length: number): string {
  const digits = Buffer.from(reader.take((length + 1) >>> 1)).toString('hex');
  if (length % 2 === 0) return digits;
  if (digits[0] !== '0') throw new Error('a partial key of odd length is not padded with 0');
  return digits.slice(1);
}

function childValue(reader: Reader): Uint8Array {
  const merkle = reader.byteVector();
  if (merkle.length > HASH_SIZE || merkle.length === 0) throw new Error('a child that is no Merkle value');
  return merkle;
}
