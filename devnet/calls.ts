/**
 * Runtime calls on a block, each made once: the executor instantiates the whole runtime for every one, and clients ask
 * the same of the same block again and again.
 */

import type { Hex } from './bytes.js';
import type { Block } from './engine.js';

/** Answers that are kept for a block. */
const MOST = 256;

const answers = new WeakMap<Block, Map<string, Promise<Hex>>>();

/** The SCALE result. @throws whatever the executor throws */
export function callOn(block: Block, method: string, ...args: readonly Hex[]): Promise<Hex> {
  const kept = answers.get(block) ?? new Map<string, Promise<Hex>>();
  answers.set(block, kept);
  const key = [method, ...args].join(' ');
  const known = kept.get(key);
  if (known !== undefined) return known;
  const answer = block.call(method, [...args]).then(({ result }) => result as Hex);
  kept.set(key, answer);
  answer.catch(() => kept.delete(key));
  const [oldest] = kept.keys();
  if (kept.size > MOST) kept.delete(oldest as string);
  return answer;
}

/** For a block whose storage was changed in place. */
export const forgetCalls = (block: Block): void => {
  answers.delete(block);
};
