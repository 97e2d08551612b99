/**
 * The state trie, persistent: a change copies the path to the root and shares the rest, so every block keeps its state
 * at the cost of what it changed, and only new nodes are hashed.
 */

import type { Hex } from './scale.js';
import { compact } from './scale.js';
import type { KeyValues, StateVersion } from './state.js';
import { digit, encodeNode, type Hash, heldByHash, merkleValue, Node, nibble } from './trie-node.js';

/** Encoding of a trie without keys. */
const EMPTY = Uint8Array.of(0);

const emptyChildren = (): (Node | undefined)[] => new Array<Node | undefined>(16).fill(undefined);

/** How many digits of `partial` and of `key` from `at` on are the same. */
function commonLength(partial: string, key: string, at: number): number {
  const most = Math.min(partial.length, key.length - at);
  let i = 0;
  while (i < most && partial.charCodeAt(i) === key.charCodeAt(at + i)) i += 1;
  return i;
}

/** Digits begin behind `0x`. */
const START = 2;

export class Trie implements KeyValues {
  #root: Node | undefined;
  #rootHash: Uint8Array | undefined;

  private constructor(
    readonly hash: Hash,
    root: Node | undefined,
  ) {
    this.#root = root;
  }

  /** @param hash blake2-256 for the state of a Substrate chain */
  static empty(hash: Hash): Trie {
    return new Trie(hash, undefined);
  }

  get isEmpty(): boolean {
    return this.#root === undefined;
  }

  /** A trie with these changes; null deletes. @param version how values that are written now are held */
  with(changes: Iterable<readonly [Hex, Uint8Array | null]>, version: StateVersion): Trie {
    const edit = new Edit(version);
    let root = this.#root;
    for (const [key, value] of changes)
      root = value === null ? edit.remove(root, key, START) : edit.insert(root, key, START, value);
    return new Trie(this.hash, root);
  }

  /** 32 bytes. */
  root(): Uint8Array {
    this.#rootHash ??= this.hash(this.#root === undefined ? EMPTY : encodeNode(this.#root, this.hash));
    return this.#rootHash;
  }

  read(key: Hex): Uint8Array | undefined {
    let node = this.#root;
    for (let at = START; node !== undefined; ) {
      const { partial } = node;
      if (!key.startsWith(partial, at)) return undefined;
      at += partial.length;
      if (at === key.length) return node.value;
      node = node.children?.[nibble(key, at)];
      at += 1;
    }
    return undefined;
  }

  nextKey(prefix: string, after: string): Hex | undefined {
    const inPrefix = after >= prefix;
    const found = seek(this.#root, '0x', inPrefix ? after : prefix, START, !inPrefix);
    return found?.startsWith(prefix) ? (found as Hex) : undefined;
  }

  /**
   * What proves the values of keys, or that they have none: the nodes on the way to them, and values that are held by
   * their hash. A node for `readProof`.
   */
  proof(keys: Iterable<Hex>): Uint8Array[] {
    const found = new Map<string, Uint8Array>();
    const add = (bytes: Uint8Array): void => {
      found.set(Buffer.from(bytes).toString('latin1'), bytes);
    };
    for (const key of keys) {
      let node = this.#root;
      if (node === undefined) add(EMPTY);
      for (let at = START; node !== undefined; ) {
        const encoded = encodeNode(node, this.hash);
        // A short node stands in its parent.
        if (node === this.#root || encoded.length >= 32) add(encoded);
        if (!key.startsWith(node.partial, at)) break;
        at += node.partial.length;
        if (at === key.length) {
          if (node.isHashed && node.value !== undefined) add(node.value);
          break;
        }
        node = node.children?.[nibble(key, at)];
        at += 1;
      }
    }
    return [...found.values()];
  }

  /** Merkle value of the node at a key, or of the first one below it; undefined if there is none. */
  closestMerkleValue(key: Hex): Uint8Array | undefined {
    let node = this.#root;
    for (let at = START; node !== undefined; ) {
      const common = commonLength(node.partial, key, at);
      if (at + common === key.length) return node === this.#root ? this.root() : merkleValue(node, this.hash);
      if (common < node.partial.length) return undefined;
      at += common;
      node = node.children?.[nibble(key, at)];
      at += 1;
    }
    return undefined;
  }
}

/** Changes that are made at once: nodes that they made are changed in place. */
class Edit {
  constructor(private readonly version: StateVersion) {}

  #node(partial: string, value: Uint8Array | undefined, isHashed: boolean, children: Node['children']): Node {
    return new Node(partial, value, isHashed, children, this);
  }

  /** A node that may be changed, and has no Merkle value any more. */
  #own(node: Node): Node {
    if (node.batch === this) {
      node.merkle = undefined;
      return node;
    }
    return this.#node(node.partial, node.value, node.isHashed, node.children?.slice());
  }

  insert(node: Node | undefined, key: string, at: number, value: Uint8Array): Node {
    const isHashed = heldByHash(value, this.version);
    if (node === undefined) return this.#node(key.slice(at), value, isHashed, undefined);
    const common = commonLength(node.partial, key, at);
    const end = at + common;
    if (common < node.partial.length) return this.#split(node, common, key, end, value, isHashed);
    const own = this.#own(node);
    if (end === key.length) {
      own.value = value;
      own.isHashed = isHashed;
    } else {
      own.children ??= emptyChildren();
      const index = nibble(key, end);
      own.children[index] = this.insert(own.children[index], key, end + 1, value);
    }
    return own;
  }

  /** A node whose partial key parts from the key after `common` digits. */
  #split(node: Node, common: number, key: string, end: number, value: Uint8Array, isHashed: boolean): Node {
    const below = this.#own(node);
    const { partial } = below;
    const children = emptyChildren();
    children[nibble(partial, common)] = below;
    below.partial = partial.slice(common + 1);
    const start = partial.slice(0, common);
    if (end === key.length) return this.#node(start, value, isHashed, children);
    children[nibble(key, end)] = this.#node(key.slice(end + 1), value, isHashed, undefined);
    return this.#node(start, undefined, false, children);
  }

  remove(node: Node | undefined, key: string, at: number): Node | undefined {
    if (node === undefined || !key.startsWith(node.partial, at)) return node;
    const end = at + node.partial.length;
    if (end === key.length) {
      if (node.value === undefined) return node;
      const own = this.#own(node);
      own.value = undefined;
      own.isHashed = false;
      return this.#joined(own);
    }
    const index = nibble(key, end);
    const before = node.children?.[index];
    const after = this.remove(before, key, end + 1);
    // Without a change below, or with one in place.
    if (after === before && (before === undefined || before.batch !== this)) return node;
    const own = this.#own(node);
    (own.children as (Node | undefined)[])[index] = after;
    return this.#joined(own);
  }

  /** A node after a removal: without children it is a leaf; with one and no value it becomes that child. */
  #joined(node: Node): Node | undefined {
    const { children, value } = node;
    const left = children?.filter((child) => child !== undefined) ?? [];
    if (left.length === 0) {
      node.children = undefined;
      return value === undefined ? undefined : node;
    }
    const [only] = left;
    if (left.length > 1 || value !== undefined || only === undefined) return node;
    const child = this.#own(only);
    child.partial = node.partial + digit((children ?? []).indexOf(only)) + only.partial;
    return child;
  }
}

/**
 * The first key in a subtree that is greater than `target`, or equal to it where that counts.
 * @param path digits above the subtree
 */
function seek(
  node: Node | undefined,
  path: string,
  target: string,
  at: number,
  inclusive: boolean,
): string | undefined {
  if (node === undefined) return undefined;
  const { partial, children } = node;
  const common = commonLength(partial, target, at);
  if (common < partial.length) {
    const isAbove =
      at + common === target.length || partial.charCodeAt(common) > target.charCodeAt(at + common);
    return isAbove ? first(node, path) : undefined;
  }
  const end = at + common;
  const own = path + partial;
  if (end === target.length) {
    if (inclusive && node.value !== undefined) return own;
    return firstChild(children, own, 0);
  }
  const index = nibble(target, end);
  return (
    seek(children?.[index], own + digit(index), target, end + 1, inclusive) ??
    firstChild(children, own, index + 1)
  );
}

const first = (node: Node, path: string): string | undefined =>
  node.value === undefined ? firstChild(node.children, path + node.partial, 0) : path + node.partial;

function firstChild(children: Node['children'], path: string, from: number): string | undefined {
  for (let i = from; children !== undefined && i < 16; i += 1) {
    const child = children[i];
    if (child !== undefined) return first(child, path + digit(i));
  }
  return undefined;
}

/** Root of the trie of values under their compact indices: what a header has of its extrinsics. */
export const orderedRoot = (values: readonly Uint8Array[], version: StateVersion, hash: Hash): Uint8Array =>
  Trie.empty(hash)
    .with(
      values.map((value, i) => [`0x${Buffer.from(compact(i)).toString('hex')}`, value] as const),
      version,
    )
    .root();
