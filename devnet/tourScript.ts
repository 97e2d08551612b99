/** What the tour shows, in order. The stash is `newcomer`: it starts with nothing bonded and goes the whole way. */

import type { OpenChain } from '../src/lib/chain/connect.js';
import { headOf } from '../src/lib/tx/locate.js';
import type { Devnet } from './index.js';

/** A command, as an operator types it. */
export interface Command {
  readonly args: readonly string[];
  /** Name of the account whose stake is shown before and after. */
  readonly about?: string;
  /** The exit code that the step must end with. Default 0. */
  readonly expect?: number;
}

export type Chapter = { readonly text: string } | { readonly eras: number; readonly why: string } | Command;

/** Names of their keys: what is typed. */
const VALIDATORS = ['v01', 'v02', 'v03'];

/** Each chapter is made when it is reached: a payout's call data depends on the election before it. */
export async function* script({ accounts }: Devnet, chain: OpenChain): AsyncGenerator<Chapter> {
  const targets = VALIDATORS.map((name) => accounts[name]!.address);
  const newcomer = (...args: string[]): Command => ({
    args: ['stake', ...args, '--from', 'newcomer', '--yes'],
    about: 'newcomer',
  });

  yield { text: 'The newcomer has funds and nothing bonded.' };
  yield { args: ['stake', 'status', 'newcomer'] };
  yield {
    args: ['stake', 'bond', '--amount', '1000UNIT', '--from', 'newcomer', '--dry-run'],
    about: 'newcomer',
  };
  yield newcomer('bond', '--amount', '1000UNIT');
  yield newcomer('nominate', ...VALIDATORS);
  yield { eras: 3, why: 'an election counts the nomination, and the era that it is for ends' };

  yield { text: 'Anybody can pay out an era, page by page; the rewards are added to the bonds.' };
  yield {
    args: [
      'tx',
      'submit',
      ...(await payouts(chain, targets, accounts.newcomer!.address)),
      '--from',
      'alice',
      '--yes',
    ],
    about: 'newcomer',
  };

  yield {
    text: 'A validator misbehaves: root reports an offence of 10 %. The slash waits three eras, in which it could still be cancelled.',
  };
  yield { args: ['tx', 'submit', offence(chain, targets[2]!), '--from', 'alice', '--yes'] };

  yield {
    text: 'Part of the stake is unlocked, some of it taken back, the rest withdrawn when its time has come.',
  };
  yield newcomer('unbond', '--amount', '400UNIT');
  yield newcomer('rebond', '--amount', '150UNIT');
  yield newcomer('withdraw');
  yield { eras: 2, why: 'nominators that cannot be slashed wait two eras on this chain' };
  yield newcomer('withdraw');

  yield { text: 'A target instead of a sequence of calls: bursar finds the shortest way, as one batch.' };
  yield newcomer('unbond', '--amount', '100UNIT');
  yield newcomer('plan', '--to', '900UNIT');
  yield newcomer('set-payee', 'stash');

  yield { text: 'What the chain would refuse is refused before anything is signed.' };
  yield { ...newcomer('unbond', '--amount', '895UNIT'), expect: 4 };

  yield { text: 'A staking proxy acts for the operator; the operator’s own key stays cold.' };
  yield {
    args: [
      'stake',
      'bond-extra',
      '--amount',
      '25UNIT',
      '--from',
      'operator-proxy',
      '--proxy-for',
      'operator',
      '--yes',
    ],
    about: 'operator',
  };

  yield { eras: 2, why: 'the slash is applied to the validator’s own stake' };
  yield { args: ['stake', 'status', 'newcomer', 'operator'] };
  yield { args: ['tx', 'history'] };
}

/** Call data that pays, for the era that has just ended, the pages that a nominator is on. */
async function payouts(
  chain: OpenChain,
  validators: readonly string[],
  nominator: string,
): Promise<string[]> {
  const { hash } = await headOf(chain, 'best');
  const [active] = await chain.read([{ pallet: 'Staking', item: 'ActiveEra' }], hash);
  const era = (active as unknown as { index: number }).index - 1;
  const exposed = await Promise.all(
    validators.map(async (validator) => {
      const pages = await chain.entries(
        { pallet: 'Staking', item: 'ErasStakersPaged', keys: [era, validator] },
        hash,
      );
      return pages
        .filter(({ value }) => (value as unknown as Exposure).others.some(({ who }) => who === nominator))
        .map(({ keys }) => ({ validator_stash: validator, era, page: keys[2] as number }));
    }),
  );
  return exposed
    .flat()
    .map((args) => chain.encodeCall({ pallet: 'Staking', call: 'payout_stakers_by_page', args }).hex);
}

interface Exposure {
  readonly others: readonly { readonly who: string }[];
}

function offence(chain: OpenChain, offender: string): string {
  const report = {
    pallet: 'RelaySimulator',
    call: 'report_offence',
    args: { offender, fraction: 100_000_000 },
  };
  return chain.encodeCall({ pallet: 'Sudo', call: 'sudo', args: { call: report } }).hex;
}
