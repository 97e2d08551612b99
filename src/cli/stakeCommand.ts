/** What the stake commands share: the way from flags to the facts and the plan of one stash. */

import type { OpenChain } from '../lib/chain/connect.js';
import type { Planck } from '../lib/plain.js';
import type { StakeEffect, StakePlan } from '../lib/staking/plan.js';
import type { Payee, StashFacts } from '../lib/staking/types.js';
import { SEND_EXITS } from './exitCodes.js';
import type { Planned } from './planCommand.js';
import { PlanCommand, type PlanContext } from './planCommand.js';

export abstract class StakeCommand extends PlanCommand {
  // oclif's manifest stops to look for inherited statics at a class that has none of its own.
  static override exitCodes = SEND_EXITS;

  /** Reads the stash's facts, makes the plan and its view. */
  protected async plan(
    context: PlanContext,
    make: (facts: StashFacts) => StakePlan,
    targets?: readonly string[],
  ): Promise<Planned<StakeEffect>> {
    const { chain, settings, account } = context;
    const { readStakingFacts } = await import('../lib/staking/facts.js');
    const { controlledStash, stashFacts } = await import('../lib/staking/types.js');
    const { observeStake } = await import('../lib/staking/observe.js');
    const { stakePlanView } = await import('../lib/staking/view.js');
    this.progress.stage('reading the stake');
    const read = (address: string) =>
      readStakingFacts(chain, {
        accounts: [address],
        ...(targets ? { targets } : {}),
        ...(settings.eraMs === undefined ? {} : { eraMs: settings.eraMs }),
      });
    const own = await read(account);
    // The key of a separate controller: the plan is about the stash that it controls.
    const stash = controlledStash(own, account) ?? account;
    const facts = stash === account ? own : await read(stash);
    const plan = make(stashFacts(facts, stash, account));
    return {
      plan,
      view: stakePlanView(plan, chain.token, facts.rules, facts.block.timestamp),
      observe: (at) => observeStake(chain, plan.account, plan.effect.after, at),
    };
  }

  /** @throws usage AMOUNT_* */
  protected async amount(chain: OpenChain, text: string): Promise<Planck> {
    const { parseAmount } = await import('../lib/numeric/amount.js');
    return parseAmount(text, chain.token);
  }

  /**
   * What stays free with --max: one whole token unless the flag says otherwise (white paper of Parallel Finance, §IV.3).
   * @param max whether everything else is taken; an amount that was named leaves what it leaves
   * @throws usage AMOUNT_*; KEEP_UNKNOWN where nobody knows how much one token is
   */
  protected async keep({ token }: OpenChain, text: string | undefined, max: boolean): Promise<Planck> {
    const { keptFree } = await import('../lib/staking/amounts.js');
    return keptFree(token, text, max);
  }

  /** @throws usage ADDRESS_*, KEY_* */
  protected async addresses({ chain, settings }: PlanContext, named: readonly string[]): Promise<string[]> {
    const { resolveAccounts } = await import('../lib/keys/addresses.js');
    return resolveAccounts(named, settings.keysDir, { ss58Prefix: chain.token.ss58Prefix });
  }

  /** @throws usage PAYEE, ADDRESS_*, KEY_* */
  protected async payee({ chain, settings }: PlanContext, text: string): Promise<Payee> {
    const { parsePayee } = await import('../lib/staking/payee.js');
    const { resolveAccount } = await import('../lib/keys/addresses.js');
    return parsePayee(
      text,
      async (account) =>
        (await resolveAccount(account, settings.keysDir, { ss58Prefix: chain.token.ss58Prefix })).address,
    );
  }
}
