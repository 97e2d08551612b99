/** Follows a transaction that has left, by looking at the blocks. */

import type { OpenChain } from '../chain/connect.js';
import { type Peer, peersOf } from '../chain/peers.js';
import { BursarError, EXIT, reasonOf } from '../errors.js';
import { agreedAbsence, confirmInclusion, NotAgreed } from './agreement.js';
import { type Clock, systemClock } from './clock.js';
import type { Resolution } from './journal.js';
import { type Found, headOf, type Looked, locate, type Sought } from './locate.js';
import type { Surroundings } from './options.js';
import type { Outcome } from './outcome.js';

export interface FollowOptions extends Surroundings {
  /** How long to wait for the outcome, milliseconds. */
  readonly followMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
  /** Asked after each look: true when somebody else has found the outcome out, and there is nothing to wait for. */
  readonly isSettled?: () => Promise<boolean>;
  /** The error that a node answered to it. It proves nothing, but what no block shows soon is not waited for. */
  readonly refusal?: string;
}

/** Failures of endpoints that another moment may mend: one that restarts is there again, one that is behind catches up. */
const isPassing = (error: unknown): error is BursarError =>
  error instanceof BursarError && error.exit === EXIT.unreachable;
/** How often endpoints that contradict each other are asked again. */
const VAIN_LOOKS = 3;
/** For how long an endpoint whose word is needed may be away, milliseconds: a node restarts in less. */
const AWAY_MS = 30_000;
/** How long a transaction that a node answered with an error is looked for: two blocks, and a little. */
const REFUSED_LOOK_MS = 15_000;

/**
 * Looks at the blocks until the transaction is found, cannot come any more, or the time is over. It has left: whatever
 * goes wrong while looking for it, its outcome is unknown, not "nothing sent". Throws nothing.
 */
export async function follow(
  chain: OpenChain,
  sought: Sought,
  wait: 'best' | 'finalized',
  options: FollowOptions,
): Promise<Outcome> {
  const peers = peersOf(chain, options.endpoints ?? [], options);
  return new Follower(chain, sought, wait, options, peers).run();
}

class Follower {
  readonly #looked: Looked = new Map();
  /** The heads that were last looked at in full. */
  #seen = '';
  #told = '';
  /** Some block has it. */
  #isInBlock = false;
  /** What kept the last look from an answer. */
  #trouble = '';
  #contradictions = 0;
  /** Since when an endpoint whose word is needed cannot be asked. */
  #awaySince: number | undefined;
  /** The endpoint, as configured, by whose word it is in a block; none if the connection moved on to another in between. */
  #teller = '';

  /** The newest finalized block, and since when it is that. */
  #newest: { readonly number: number; readonly since: number } | undefined;

  constructor(
    readonly chain: OpenChain,
    readonly sought: Sought,
    readonly wait: 'best' | 'finalized',
    readonly options: FollowOptions,
    readonly peers: readonly Peer[],
  ) {}

  async run(): Promise<Outcome> {
    const { followMs, signal, isSettled, refusal } = this.options;
    const clock = this.#clock;
    const began = clock.now();
    const until = began + followMs;
    this.chain.rpc.allow(followMs);
    let pause = 100;
    try {
      for (;;) {
        const outcome = await this.#tryLook();
        if (outcome) return outcome;
        if (await isSettled?.()) return this.#pending('another run knows its outcome');
        if (this.#isInVain()) return this.#pending(this.#trouble);
        const end = refusal !== undefined && !this.#isInBlock ? began + REFUSED_LOOK_MS : until;
        const left = Math.min(end, until) - clock.now();
        if (left <= 0) return this.#pending(this.#trouble || this.#overdue());
        await clock.sleep(Math.min(pause, left), signal);
        pause = Math.min(1_000, pause * 1.5);
      }
    } catch (error) {
      return this.#pending(reasonOf(error));
    }
  }

  get #clock(): Clock {
    return this.options.clock ?? systemClock;
  }

  async #tryLook(): Promise<Outcome | undefined> {
    try {
      const outcome = await this.#look();
      this.#trouble = '';
      this.#contradictions = 0;
      this.#awaySince = undefined;
      return outcome;
    } catch (error) {
      if (!isPassing(error)) throw error;
      // The last question may come too late for an answer: what was the matter before tells more, and a chain that stands
      // still is no endpoint that is silent.
      const isLate = error.code === 'ENDPOINT_TIMEOUT' && (this.#trouble !== '' || this.#stalled() !== '');
      if (!isLate) this.#trouble = reasonOf(error);
      const isAway = error instanceof NotAgreed && error.cause !== undefined;
      if (isAway) this.#awaySince ??= this.#clock.now();
      else this.#awaySince = undefined;
      if (error instanceof NotAgreed && !error.behind && !isAway) this.#contradictions += 1;
      this.#tell(this.#trouble);
      return undefined;
    }
  }

  #isInVain(): boolean {
    const { now } = this.#clock;
    return (
      this.#contradictions >= VAIN_LOOKS ||
      (this.#awaySince !== undefined && now() - this.#awaySince >= AWAY_MS)
    );
  }

  async #look(): Promise<Outcome | undefined> {
    const { chain, wait } = this;
    const { url } = chain.rpc;
    const finalized = await headOf(chain, 'finalized');
    if (this.#newest?.number !== finalized.number)
      this.#newest = { number: finalized.number, since: this.#clock.now() };
    const best = await headOf(chain, 'best');
    if (`${finalized.hash}${best.hash}` === this.#seen) return undefined;
    const found = await this.#locate(finalized, true);
    this.#teller = chain.rpc.url === url ? url : '';
    const outcome = await this.#agreed(found);
    if (outcome) return outcome;
    const early = best.hash === finalized.hash ? found : await this.#locate(best, false);
    if (early.status !== 'included') this.#tell('waiting for a block');
    else {
      this.#isInBlock = true;
      if (wait === 'best') return this.#confirmed(early);
      this.#tell(`in block ${early.included.block.number}, waiting for finality`);
    }
    this.#seen = `${finalized.hash}${best.hash}`;
    return undefined;
  }

  #locate(head: Parameters<typeof locate>[2], finalized: boolean): Promise<Found> {
    return locate(this.chain, this.sought, head, finalized, this.#looked);
  }

  /** What is so by the word of all that must give it; undefined while it is open. @throws NotAgreed */
  async #agreed(found: Found): Promise<Outcome | undefined> {
    const { sought, peers } = this;
    if (found.status === 'open') return undefined;
    if (found.status === 'included') return this.#confirmed(found);
    const together = peers.length === 1 ? found : await agreedAbsence(peers, sought, this.#looked);
    if (together.status === 'open')
      throw new NotAgreed('an endpoint has not come to the end of its validity yet', true);
    if (together.status === 'included') {
      this.#teller = '';
      return this.#confirmed(together);
    }
    return { kind: 'expired', txHash: sought.txHash, validUntil: sought.validUntil ?? 0 };
  }

  async #confirmed({ included }: Extract<Found, { status: 'included' }>): Promise<Outcome> {
    this.#isInBlock = true;
    return confirmInclusion(this.peers, included, this.#teller, this.options.agree);
  }

  #overdue(): string {
    const seconds = Math.round(this.options.followMs / 1_000);
    return this.options.refusal === undefined || this.#isInBlock
      ? `not ${this.wait === 'best' ? 'in a block' : 'finalized'} within ${seconds} s${this.#stalled()}`
      : 'no block has it yet';
  }

  /** A chain that stands still is no endpoint that is silent. */
  #stalled(): string {
    if (this.#newest === undefined) return '';
    const ms = this.#clock.now() - this.#newest.since;
    return ms < Math.min(STALLED_MS, this.options.followMs / 2)
      ? ''
      : `: no block was finalized for ${Math.round(ms / 1_000)} s, the last is ${this.#newest.number}`;
  }

  #pending(reason: string): Outcome {
    const { refusal, resolveWith = resolveCommand } = this.options;
    const { txHash } = this.sought;
    const why =
      refusal === undefined || this.#isInBlock
        ? reason
        : `${reason}; the node answered ${refusal}, which does not prove that no node has it`;
    return { kind: 'pending', txHash, reason: why, resolve: resolveWith(txHash) };
  }

  #tell(message: string): void {
    if (message !== this.#told) this.options.onProgress?.(message);
    this.#told = message;
  }
}

/** Longer than a healthy chain takes from one finalized block to the next. */
const STALLED_MS = 15_000;

export function asResolution(outcome: Outcome): Resolution | undefined {
  if (outcome.kind === 'expired') return { status: 'expired' };
  if (outcome.kind !== 'included') return undefined;
  const { block, index, verdict, failure } = outcome;
  return { status: 'included', block, index, verdict, ...(failure ? { failure: failure.name } : {}) };
}

/** The command that finds out what became of a transaction. */
export const resolveCommand = (txHash: string) => `bursar tx status ${txHash}`;
