/** Folding of aligned subtrees, from left to right, in memory that grows with the tree's depth only. */

import { depthOf, emptyRoot, nodeOf } from './tree.js';
import type { SumNode } from './types.js';

/** A node with its height above the leaves. */
export interface Subtree {
  readonly node: SumNode;
  readonly depth: number;
}

/** The same rows as the left part of a higher subtree, empty leaves on the right. */
export function lift({ node, depth }: Subtree, to: number): SumNode {
  let lifted = node;
  for (let level = depth; level < to; level++) lifted = nodeOf(lifted, emptyRoot(level));
  return lifted;
}

export class Fold {
  readonly #level: number;
  readonly #stack: Subtree[] = [];

  /** @param rows leaves of each subtree but the last: a power of two */
  constructor(rows: number) {
    this.#level = depthOf(rows);
  }

  /**
   * The next subtree on the right.
   * @param rows how many of its leaves are filled; fewer than all only in the last one, whose node may then be lower
   */
  push(node: SumNode, rows: number): void {
    const depth = Math.min(this.#level, depthOf(rows));
    // A lone short subtree is the tree itself; beside others it is as high as they are.
    if (depth < this.#level && this.#stack.length > 0)
      this.#add(lift({ node, depth }, this.#level), this.#level);
    else this.#add(node, depth);
  }

  /** The root of everything that was pushed, at its own height; null if nothing was. */
  finish(): Subtree | null {
    let [right, ...left] = [...this.#stack].reverse();
    for (const next of left) {
      right = { node: nodeOf(next.node, lift(right as Subtree, next.depth)), depth: next.depth + 1 };
    }
    return right ?? null;
  }

  #add(node: SumNode, depth: number): void {
    let current: Subtree = { node, depth };
    for (let last = this.#stack.at(-1); last?.depth === current.depth; last = this.#stack.at(-1)) {
      this.#stack.pop();
      current = { node: nodeOf(last.node, current.node), depth: current.depth + 1 };
    }
    this.#stack.push(current);
  }
}
