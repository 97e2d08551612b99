/**
 * Content identifiers of a file under the two profiles that IPIP-499 names (docs/formats/manifest.md). A CID is no hash of the
 * file's bytes: it is the root of a tree over chunks, and depends on their size, on the tree's width and on the encoding
 * of leaves. File sizes are numbers up to 2^53, so that files above 2 and 4 GiB have the right CID.
 */

import { createHash, type Hash } from 'node:crypto';
import { usageError } from '../errors.js';
import type { CidProfile } from './types.js';

interface ProfileShape {
  /** Bytes of a chunk. */
  readonly chunk: number;
  /** Most children of a node. */
  readonly width: number;
  /** Leaves are the chunks' bytes; otherwise each is wrapped into a dag-pb node. */
  readonly raw: boolean;
}

export const PROFILES: { readonly [Name in CidProfile]: ProfileShape } = {
  'unixfs-v0-2015': { chunk: 262_144, width: 174, raw: false },
  'unixfs-v1-2025': { chunk: 1_048_576, width: 1024, raw: true },
};

/** A block that a node links to. */
interface Link {
  /** SHA-256 of the block. */
  readonly digest: Uint8Array;
  readonly raw: boolean;
  /** Bytes of the file below it. */
  readonly size: number;
  /** Bytes of all blocks below it and of itself. */
  readonly blocks: number;
}

/** A chunk's leaf. */
export interface Leaf {
  /** 32 bytes. */
  readonly digest: Uint8Array;
  /** Bytes of the chunk. */
  readonly size: number;
}

/** Digests of a file's chunks as leaves, from its bytes in any portions. */
export class LeafHasher {
  readonly #profile: ProfileShape;
  readonly #onLeaf: (leaf: Leaf) => void;
  readonly #head: Uint8Array;
  readonly #tail: Uint8Array;
  #hash: Hash | null = null;
  #filled = 0;
  /** A short chunk's head differs, so chunks that have one are kept until they are complete. */
  readonly #kept: Uint8Array | null;

  constructor(profile: CidProfile, onLeaf: (leaf: Leaf) => void) {
    this.#profile = PROFILES[profile];
    this.#onLeaf = onLeaf;
    const { raw, chunk } = this.#profile;
    [this.#head, this.#tail] = raw ? [NOTHING, NOTHING] : wrapping(chunk);
    this.#kept = raw ? null : new Uint8Array(chunk);
  }

  update(bytes: Uint8Array): void {
    const { chunk } = this.#profile;
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + chunk - this.#filled);
      at += part.length;
      if (part.length === chunk) {
        // A whole chunk at once is not kept.
        this.#onLeaf({ digest: digestOf(this.#head, part, this.#tail), size: chunk });
        continue;
      }
      if (this.#kept === null) {
        this.#hash ??= createHash('sha256');
        this.#hash.update(part);
      } else this.#kept.set(part, this.#filled);
      this.#filled += part.length;
      if (this.#filled === chunk) this.#end();
    }
  }

  /** The last chunk, which is shorter; nothing if the file ended with a chunk. */
  finish(): void {
    if (this.#filled > 0) this.#end();
  }

  #end(): void {
    const size = this.#filled;
    this.#filled = 0;
    if (this.#kept === null) {
      const digest = (this.#hash as Hash).digest();
      this.#hash = null;
      this.#onLeaf({ digest, size });
      return;
    }
    const [head, tail] = size === this.#profile.chunk ? [this.#head, this.#tail] : wrapping(size);
    this.#onLeaf({ digest: digestOf(head, this.#kept.subarray(0, size), tail), size });
  }
}

/** The CID from the leaves of all chunks, in order. Memory grows with the tree's depth and width only. */
export class CidFold {
  readonly #profile: ProfileShape;
  readonly #levels: Link[][] = [[]];

  constructor(readonly name: CidProfile) {
    this.#profile = PROFILES[name];
  }

  push({ digest, size }: Leaf): void {
    const { raw } = this.#profile;
    const wrapped = raw ? 0 : wrapping(size).reduce((sum, part) => sum + part.length, 0);
    this.#add(0, { digest, raw, size, blocks: size + wrapped });
  }

  /** The CID of all chunks. */
  finish(): string {
    if (this.#levels.length === 1 && this.#levels[0]?.length === 0)
      this.push({ digest: digestOf(...wrapIf(!this.#profile.raw)), size: 0 });
    for (let level = 0; ; level++) {
      const links = this.#levels[level] as Link[];
      const isTop = level === this.#levels.length - 1;
      if (isTop && links.length === 1) return this.#text(links[0] as Link);
      if (links.length > 0) this.#close(level);
    }
  }

  #add(level: number, link: Link): void {
    this.#levels[level] ??= [];
    const links = this.#levels[level] as Link[];
    // Closed when one more comes: a full level is not known to need a parent beside others before.
    if (links.length === this.#profile.width) this.#close(level);
    (this.#levels[level] as Link[]).push(link);
  }

  /** Puts the node over a level's links into the level above. */
  #close(level: number): void {
    const links = this.#levels[level] as Link[];
    this.#levels[level] = [];
    const block = encodeNode(links, !this.#profile.raw);
    this.#add(level + 1, {
      digest: digestOf(block),
      raw: false,
      size: links.reduce((sum, { size }) => sum + size, 0),
      blocks: links.reduce((sum, { blocks }) => sum + blocks, block.length),
    });
  }

  #text({ digest, raw }: Link): string {
    return this.#profile.raw
      ? `b${base32(Uint8Array.of(1, raw ? RAW : DAG_PB, ...multihash(digest)))}`
      : base58(multihash(digest));
  }
}

/** @throws usage CID_PROFILE */
export function parseProfile(text: string): CidProfile {
  const found = (Object.keys(PROFILES) as CidProfile[]).find((name) => name === text);
  if (found === undefined)
    throw usageError('CID_PROFILE', 'There is no such CID profile.', {
      hint: `Profiles: ${Object.keys(PROFILES).join(', ')}.`,
    });
  return found;
}

const NOTHING = new Uint8Array(0);
const RAW = 0x55;
const DAG_PB = 0x70;
const FILE = 2;

const digestOf = (...parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const multihash = (digest: Uint8Array): number[] => [0x12, digest.length, ...digest];

/** An unsigned integer as protobuf's varint; a number up to 2^53, so no shifts. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

/** What stands before and behind a chunk in its dag-pb leaf: PBNode { Data: UnixFS { File, Data, filesize } }. */
function wrapping(size: number): [Uint8Array, Uint8Array] {
  const tail = [0x18, ...varint(size)];
  // An empty chunk has no data field.
  const inner = size === 0 ? [0x08, FILE] : [0x08, FILE, 0x12, ...varint(size)];
  const head = [0x0a, ...varint(inner.length + size + tail.length), ...inner];
  return [Uint8Array.from(head), Uint8Array.from(tail)];
}

const wrapIf = (wrapped: boolean): Uint8Array[] => (wrapped ? wrapping(0) : []);

/** PBNode { Links { Hash, Name "", Tsize }…, Data: UnixFS { File, filesize, blocksizes… } }. */
function encodeNode(links: readonly Link[], version0: boolean): Uint8Array {
  const bytes: number[] = [];
  for (const { digest, raw, blocks } of links) {
    const cid = version0 ? multihash(digest) : [1, raw ? RAW : DAG_PB, ...multihash(digest)];
    const link = [0x0a, ...varint(cid.length), ...cid, 0x12, 0, 0x18, ...varint(blocks)];
    bytes.push(0x12, ...varint(link.length), ...link);
  }
  const size = links.reduce((sum, link) => sum + link.size, 0);
  const data = [0x08, FILE, 0x18, ...varint(size), ...links.flatMap((link) => [0x20, ...varint(link.size)])];
  return Uint8Array.from([...bytes, 0x0a, ...varint(data.length), ...data]);
}

function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + alphabet[(held << (5 - bits)) & 31];
}

/** Of bytes that do not begin with 0. */
function base58(bytes: readonly number[]): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (; value > 0n; value /= 58n) text = alphabet[Number(value % 58n)] + text;
  return text;
}
