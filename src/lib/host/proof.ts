/**
 * Read proofs of another's state: nodes of which each is found by its hash, from a root that the caller trusts. What a
 * proof does not show is an error and never an absent key.
 */

import { type Hex, toHex } from './scale.js';
import { type DecodedNode, decodeNode, digit, type Hash, nibble } from './trie-node.js';

/** A proof does not fit its root, or does not show what is asked for. */
export class ProofError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProofError';
  }
}

/** Nodes and values by their hashes, with the root to begin at. */
export class Proof {
  readonly #nodes = new Map<Hex, Uint8Array>();

  /**
   * @param root 32 bytes, from a header that is trusted
   * @param nodes as `state_getReadProof` answers them, in any order
   * @param hash the trie's: blake2-256 for the state of a Substrate chain
   */
  constructor(
    private readonly root: Uint8Array,
    nodes: Iterable<Uint8Array>,
    hash: Hash,
  ) {
    for (const node of nodes) this.#nodes.set(toHex(hash(node)), node);
  }

  #found(wanted: Uint8Array, what: string): Uint8Array {
    const bytes = this.#nodes.get(toHex(wanted));
    if (bytes === undefined) throw new ProofError(`the proof has no ${what} of hash ${toHex(wanted)}`);
    return bytes;
  }

  /** The node that a Merkle value stands for. */
  #node(merkle: Uint8Array): DecodedNode | 'empty' {
    const bytes = merkle.length === 32 ? this.#found(merkle, 'node') : merkle;
    try {
      return decodeNode(bytes);
    } catch (error) {
      throw new ProofError(`the proof holds what is no node: ${(error as Error).message}`);
    }
  }

  #value({ value }: DecodedNode): Uint8Array | undefined {
    if (value === undefined) return undefined;
    return 'inline' in value ? value.inline : this.#found(value.hash, 'value');
  }

  /** The value of a key, or undefined where the proof shows that it has none. @throws ProofError */
  read(key: Hex): Uint8Array | undefined {
    let node = this.#node(this.root);
    for (let at = 2; node !== 'empty'; ) {
      if (!key.startsWith(node.partial, at)) return undefined;
      at += node.partial.length;
      if (at === key.length) return this.#value(node);
      const child: Uint8Array | undefined = node.children[nibble(key, at)];
      if (child === undefined) return undefined;
      at += 1;
      node = this.#node(child);
    }
    return undefined;
  }

  /** All keys with a prefix and their values, sorted; complete, or an error. @throws ProofError */
  *entries(prefix: Hex): Generator<[Hex, Uint8Array]> {
    yield* this.#below(this.#node(this.root), '0x', prefix);
  }

  /** Whatever keys and values the proof holds; others may exist. @throws ProofError for what is no node */
  *known(): Generator<[Hex, Uint8Array]> {
    yield* this.#below(this.#node(this.root), '0x', '0x', true);
  }

  /** Whether the node or value of a hash is here, or what it stands for is at hand. */
  #has(merkle: Uint8Array): boolean {
    return merkle.length < 32 || this.#nodes.has(toHex(merkle));
  }

  *#below(
    node: DecodedNode | 'empty',
    path: string,
    prefix: string,
    partly = false,
  ): Generator<[Hex, Uint8Array]> {
    if (node === 'empty') return;
    const own = path + node.partial;
    const isInside = own.startsWith(prefix);
    if (!isInside && !prefix.startsWith(own)) return;
    const isHere =
      !partly || node.value === undefined || 'inline' in node.value || this.#has(node.value.hash);
    const value = isInside && isHere ? this.#value(node) : undefined;
    if (value !== undefined) yield [own as Hex, value];
    for (const [i, child] of node.children.entries()) {
      const next = own + digit(i);
      if (child !== undefined && (isInside || prefix.startsWith(next)) && (!partly || this.#has(child)))
        yield* this.#below(this.#node(child), next, prefix, partly);
    }
  }
}
