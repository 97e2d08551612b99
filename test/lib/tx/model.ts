/**
 * Sending, tried against anything: an operator who wants one thing done runs the same command until it tells him how it
 * ended, while endpoints answer what they like and the process dies wherever it may.
 */

import type { OpenChain } from '../../../src/lib/chain/connect.js';
import { BursarError } from '../../../src/lib/errors.js';
import { outcomeError } from '../../../src/lib/tx/execute.js';
import type { TxSigner } from '../../../src/lib/tx/extrinsic.js';
import { status } from '../../../src/lib/tx/lookup.js';
import type { TxOptions } from '../../../src/lib/tx/options.js';
import { sendPlan } from '../../../src/lib/tx/send.js';
import { told } from '../../../src/lib/tx/settle.js';
import { planOf, remark } from './bench.js';
import {
  clockOf,
  Dice,
  type Ground,
  LIES,
  type Lie,
  Life,
  type Manner,
  ModelChain,
  ModelEndpoint,
  ModelFiles,
  openModel,
} from './modelWorld.js';

/** What the runs of all scenarios came to. */
export interface Tally {
  scenarios: number;
  runs: number;
  kills: number;
  sends: number;
  exits: Record<string, number>;
  wrongs: string[];
}

export const emptyTally = (): Tally => ({ scenarios: 0, runs: 0, kills: 0, sends: 0, exits: {}, wrongs: [] });

const DIR = '/journal';
const MOST_RUNS = 14;
const FINAL = [0, 7, 8];

class Scenario {
  readonly dice: Dice;
  readonly chain: ModelChain;
  readonly files = new ModelFiles();
  readonly #manners: readonly Manner[];
  readonly #once: boolean;
  /** A block that is not final can be left behind: what was told of it may not last. */
  readonly #wait: 'finalized' | 'best';
  /** What left any process, in its order. */
  readonly #left: string[] = [];
  readonly log: string[] = [];

  constructor(
    readonly ground: Ground,
    readonly signer: TxSigner,
    readonly seed: number,
    readonly tally: Tally,
  ) {
    this.dice = new Dice(seed);
    this.chain = new ModelChain(ground, this.dice, this.dice.below(4));
    const honest = (): Manner => ({ lie: 'none', trouble: this.dice.of(0, 0, 0.01, 0.05), behind: 0 });
    const liar = (lie: Lie): Manner => ({ ...honest(), lie });
    // One that lies needs an honest one beside it; which comes first is chance.
    this.#manners = this.dice.of(
      [honest()],
      [honest(), honest()],
      [liar(this.dice.of(...LIES)), honest()],
      [honest(), liar(this.dice.of(...LIES))],
      [liar(this.dice.of(...LIES)), honest(), honest()],
    );
    this.#once = this.dice.chance(0.3);
    this.#wait = this.dice.of('finalized', 'finalized', 'best');
  }

  async play(): Promise<void> {
    this.tally.scenarios += 1;
    let told: number | undefined;
    const lasts = this.#wait === 'finalized';
    for (let run = 0; run < MOST_RUNS; run++) {
      // Under a key, a second one at the same time must not do it either.
      const together = this.#once && this.dice.chance(0.3) ? 2 : 1;
      const exits = await Promise.all(Array.from({ length: together }, () => this.#run(this.#send())));
      const exit = exits.find((one) => one !== undefined && FINAL.includes(one)) ?? exits[0];
      if (lasts && exit !== undefined && told !== undefined && FINAL.includes(exit) && exit !== told)
        this.#wrong(`a repetition under one key ended with ${exit}, the first with ${told}`);
      if (exit !== undefined && FINAL.includes(exit)) told ??= exit;
      // Under a key the operator may repeat it as often as he likes.
      if (told !== undefined && !(this.#once && this.dice.chance(0.6))) break;
      if (this.dice.chance(0.3)) await this.#run(this.#status());
      this.chain.pass(this.dice.of(0, 500, 5_000, 30_000));
    }
    this.chain.pass(120_000);
    const included = this.chain.included();
    if (included.length > 1) this.#wrong(`in the chain ${included.length} times`);
    if (lasts && told !== undefined && included.length !== 1)
      this.#wrong(`told ${told}, in the chain ${included.length} times`);
    const [hex] = included;
    if (lasts && told !== undefined && hex !== undefined && (told === 0) === this.chain.failedIn(hex))
      this.#wrong(`told ${told}, and it ${told === 0 ? 'failed' : 'succeeded'}`);
  }

  #wrong(what: string): void {
    const [manners, key] = [JSON.stringify(this.#manners), this.#once ? ' once' : ''];
    this.tally.wrongs.push(`seed ${this.seed}: ${what}; ${manners}${key}\n  ${this.log.join('\n  ')}`);
  }

  /** One process. @returns its exit code, if the operator saw it */
  async #run(work: (life: Life) => Promise<number>): Promise<number | undefined> {
    this.tally.runs += 1;
    const dieAt = this.dice.chance(0.5) ? this.dice.below(this.dice.of(60, 250)) : Number.POSITIVE_INFINITY;
    const life = new Life(dieAt);
    const ended = work(life);
    ended.catch(() => {});
    const end = await Promise.race([ended, life.died]);
    const exit = end === 'died' ? this.#printed.get(life) : end;
    if (end === 'died') {
      this.tally.kills += 1;
      this.log.push(`died${exit === undefined ? '' : ` after it printed ${exit}`}`);
    }
    const name = String(exit ?? 'none');
    this.tally.exits[name] = (this.tally.exits[name] ?? 0) + 1;
    return exit;
  }
  /** What stands on the screen, also of a process that died after it. */
  readonly #printed = new Map<Life, number>();

  #connect(life: Life): { chain: OpenChain; options: TxOptions; sentHere: string[] } {
    const sentHere: string[] = [];
    const manners = this.#manners.map((manner) => this.#now(manner));
    const endpoint = (index: number) => {
      const made = new ModelEndpoint(`model:${index}`, this.chain, life, manners[index] as Manner, (hex) => {
        if (life.dead) return;
        sentHere.push(hex);
        this.#left.push(hex);
        this.tally.sends += 1;
      });
      made.lastLeft = this.#left.at(-1) ?? null;
      return made;
    };
    const chain = openModel(this.ground, endpoint(0), this.chain.finalized);
    const options: TxOptions = {
      signer: this.ground.signer,
      wrap: { kind: 'direct' },
      tip: 0n,
      mortalityMs: 16_000,
      wait: this.#wait,
      followMs: 8_000,
      journalDir: DIR,
      intent: 'the one thing',
      endpoints: this.#manners.map((_, index) => `model:${index}`),
      openPeer: (_, name) => {
        const peer = endpoint(Number(name.slice('model:'.length)));
        return openModel(this.ground, peer, this.chain.finalized);
      },
      clock: clockOf(this.chain, life),
      disk: this.files.of(life, this.dice),
      ...(this.#once ? { once: 'key' } : {}),
    };
    return { chain, options, sentHere };
  }

  /** How it is in this run: a lie pays once something was sent, and is not always told; trouble comes and goes. */
  #now({ lie, trouble }: Manner): Manner {
    const lies = lie !== 'none' && (this.#left.length > 0 ? this.dice.chance(0.7) : this.dice.chance(0.1));
    return {
      lie: lies ? lie : 'none',
      trouble: this.dice.chance(0.5) ? trouble : 0,
      behind: this.dice.of(0, 0, 0, 1, 3),
    };
  }

  #send(): (life: Life) => Promise<number> {
    return async (life) => {
      const { chain, options, sentHere } = this.#connect(life);
      try {
        await chain.refresh();
        const end = await sendPlan(chain, options, {
          plan: async () => planOf(this.ground.signer, remark('the one thing')),
          agree: () => life.step(),
          unlock: async () => ({ ...this.signer, lock: () => {} }),
          force: false,
          dryRun: false,
        });
        if (end.kind === 'idle' || end.kind === 'rehearsed') throw new Error(end.kind);
        const outcome = end.kind === 'earlier' ? end.settled.outcome : end.outcome;
        const exit = outcomeError(outcome)?.exit ?? 0;
        await life.step();
        this.#print(`${end.kind} ${outcome.kind}`, exit, sentHere, life);
        await life.step();
        if (outcome.kind === 'included') await told(chain, options, outcome.txHash).catch(() => {});
        return exit;
      } catch (error) {
        if (!(error instanceof BursarError)) throw life.dead ? error : this.#bug(error);
        await life.step();
        this.#print(`${error.code}: ${error.message}`, error.exit, sentHere, life);
        return error.exit;
      }
    };
  }

  #status(): (life: Life) => Promise<number> {
    return async (life) => {
      const { chain, options } = this.#connect(life);
      const hex = this.#left.at(-1);
      const { blake2AsHex } = await import('@polkadot/util-crypto');
      const hash = hex === undefined ? `0x${'ab'.repeat(32)}` : blake2AsHex(hex as never, 256);
      try {
        const { outcome } = await status(chain, hash, { ...options, blocks: 8 });
        const exit = outcomeError(outcome)?.exit ?? 0;
        await life.step();
        this.log.push(`status ${exit}`);
        if (hex !== undefined && exit === 5 && this.#isOrMayCome(hex))
          this.#wrong('status says "never", and it is or may come');
        if (hex !== undefined && [0, 7].includes(exit) && !this.chain.included().includes(hex))
          this.#wrong('status says that it is in a block, and it is not');
        return exit;
      } catch (error) {
        if (!(error instanceof BursarError)) throw life.dead ? error : this.#bug(error);
        await life.step();
        this.log.push(`status ${error.code}`);
        return error.exit;
      }
    };
  }

  #isOrMayCome(hex: string): boolean {
    return this.chain.included().includes(hex) || this.chain.canCome(hex);
  }

  /** The operator sees it. "Nothing was sent" must be so. */
  #print(what: string, exit: number, sentHere: readonly string[], life: Life): void {
    if (life.dead) return;
    this.#printed.set(life, exit);
    this.log.push(`${exit} ${what}`);
    if (exit !== 4 && exit !== 5) return;
    if (sentHere.some((hex) => this.#isOrMayCome(hex)))
      this.#wrong(`ended with ${exit} (${what}), and it is or may come`);
  }

  #bug(error: unknown): unknown {
    this.#wrong(`a bug: ${error instanceof Error ? error.stack : error}`);
    return error;
  }
}

/** @returns what came of scenarios until so many runs were made */
export async function playModel(
  ground: Ground,
  signer: TxSigner,
  runs: number,
  seed: number,
): Promise<Tally> {
  const tally = emptyTally();
  for (let number = 0; tally.runs < runs; number++) {
    const scenario = new Scenario(ground, signer, seed + number, tally);
    await scenario.play();
  }
  return tally;
}
