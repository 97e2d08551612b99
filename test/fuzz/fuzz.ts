/** The loop: inputs of all targets in turn, each made from a seed of its own, so that any one can be made again. */

import { randomOf } from './random.js';
import { makeTargets, type Target } from './targets.js';

export interface FuzzOptions {
  readonly seed: string;
  /** All targets together. */
  readonly inputs: number;
  /** It ends earlier after so many. */
  readonly seconds?: number;
  /** Names; default: all. */
  readonly only?: readonly string[];
  /** Number of the first input of each target. */
  readonly from?: number;
  /** Called before each input is tried: what a watch over hanging ones needs. */
  readonly before?: (target: string, index: number, bytes: Uint8Array) => void;
}

export interface Crash {
  readonly target: string;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly why: string;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly seconds: number;
  /** By target: how many of each outcome. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly crashes: readonly Crash[];
}

/** One input may take this long. */
export const LIMIT_MS = 2_000;
const MOST_MEMORY = 1 << 30;
const MOST_CRASHES = 20;
const ROUND = 50;

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { targets, close } = await makeTargets();
  try {
    const chosen = targets.filter(({ name }) => options.only?.includes(name) ?? true);
    if (chosen.length === 0) throw new Error(`Targets: ${targets.map(({ name }) => name).join(', ')}`);
    return await run(chosen, options);
  } finally {
    close();
  }
}

async function run(targets: readonly Target[], options: FuzzOptions): Promise<FuzzReport> {
  const begun = performance.now();
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const done = new Map(targets.map(({ name }) => [name, 0]));
  const outcomes: Record<string, Record<string, number>> = {};
  const crashes: Crash[] = [];
  const spent = () => (performance.now() - begun) / 1000;
  let inputs = 0;
  while (inputs < options.inputs && spent() < (options.seconds ?? Number.POSITIVE_INFINITY)) {
    // The one that is furthest behind its share.
    const target = targets.reduce((a, b) =>
      (done.get(a.name) as number) / a.share <= (done.get(b.name) as number) / b.share ? a : b,
    );
    const round = Math.min(
      ROUND,
      options.inputs - inputs,
      Math.max(1, Math.floor((options.inputs * target.share) / shares)),
    );
    for (let times = 0; times < round; times++) {
      const index = (options.from ?? 0) + (done.get(target.name) as number);
      const crash = await tryOne(target, index, options, (word) => {
        const counts = outcomes[target.name] ?? {};
        outcomes[target.name] = counts;
        counts[word] = (counts[word] ?? 0) + 1;
      });
      done.set(target.name, (done.get(target.name) as number) + 1);
      inputs++;
      if (crash !== null) crashes.push(crash);
      if (crashes.length >= MOST_CRASHES) return { inputs, seconds: spent(), outcomes, crashes };
    }
  }
  return { inputs, seconds: spent(), outcomes, crashes };
}

async function tryOne(
  target: Target,
  index: number,
  { seed, before }: FuzzOptions,
  count: (word: string) => void,
): Promise<Crash | null> {
  const bytes = target.make(randomOf(`${seed} ${target.name} ${index}`));
  before?.(target.name, index, bytes);
  const begun = performance.now();
  try {
    count(await target.judge(bytes));
    const took = performance.now() - begun;
    if (took > LIMIT_MS) throw new Error(`it took ${Math.round(took)} ms`);
    const memory = index % 1000 === 0 ? process.memoryUsage.rss() : 0;
    if (memory > MOST_MEMORY) throw new Error(`${memory} bytes of memory are in use`);
    return null;
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { target: target.name, index, bytes, why };
  }
}
