/** What the payout commands share: whose payouts, of which eras. */

import { boolean, string } from '@oclif/core/flags';
import type { Settings } from '../config/types.js';
import type { Chain } from '../lib/chain/types.js';
import { usageError } from '../lib/errors.js';
import type { PayoutFacts } from '../lib/payouts/types.js';
import { accountFlag, countFlag } from './flags.js';

export const payoutFlags = {
  stash: accountFlag({
    multiple: true,
    multipleNonGreedy: true,
    description: 'validator; repeat it for more than one',
  }),
  mine: boolean({ default: false, description: 'the accounts of the keys directory and of --from' }),
  file: string({
    helpValue: 'FILE',
    description: 'file with one validator a line, address or key name; - for stdin',
  }),
  all: boolean({ default: false, description: 'every validator of every era (reads much)' }),
  eras: countFlag({
    min: 1,
    description: 'only so many of the newest eras; default all that the chain keeps',
  }),
  era: countFlag({ description: 'only this era' }),
};

export interface PayoutNames {
  /** Accounts of any role. */
  readonly accounts: readonly string[];
  readonly stash?: readonly string[] | undefined;
  readonly mine: boolean;
  readonly file?: string | undefined;
  readonly all: boolean;
  readonly eras?: number | undefined;
  readonly era?: number | undefined;
  /** Whether to read what pages pay and to whom. */
  readonly amounts: boolean;
}

/**
 * Reads the facts of the payouts that were asked about: of named validators, of the validators that stand behind named
 * accounts, or of all. Without any name: of the account of --from.
 *
 * @throws usage ACCOUNTS, TARGETS_FILE, ADDRESS_*, KEY_*; precondition ERA_NOT_PAYABLE, NO_STAKING
 */
export async function payoutFacts(
  chain: Chain,
  settings: Settings,
  names: PayoutNames,
  onProgress: (message: string) => void,
): Promise<PayoutFacts> {
  const { stakingKind } = await import('../lib/chain/features.js');
  const { readEraWindow } = await import('../lib/eras/facts.js');
  const { chosenEras } = await import('../lib/payouts/list.js');
  const { readPayoutFacts } = await import('../lib/payouts/facts.js');
  const { readRoles } = await import('../lib/payouts/names.js');
  stakingKind(chain);
  const { validators, accounts } = await named(chain, settings, names);
  onProgress('reading eras and claims');
  const window = await readEraWindow(chain, { eraMs: settings.eraMs ?? null });
  const eras = chosenEras(window, { last: names.eras, era: names.era });
  const roles = await readRoles(chain, accounts, eras);
  return readPayoutFacts(chain, {
    window,
    eras,
    stashes: [...new Set([...validators, ...roles.stashes])],
    accounts,
    idle: roles.idle,
    backers: roles.backers,
    ...(names.all ? {} : { searchEras: roles.searchEras }),
    all: names.all,
    amounts: names.amounts,
    onProgress,
  });
}

async function named(
  chain: Chain,
  settings: Settings,
  names: PayoutNames,
): Promise<{ validators: string[]; accounts: string[] }> {
  const { resolveAccounts } = await import('../lib/keys/addresses.js');
  const { readTargets } = await import('./targets.js');
  const resolve = (list: readonly string[]) =>
    resolveAccounts(list, settings.keysDir, { ss58Prefix: chain.token.ss58Prefix });
  const listed = [...(names.stash ?? [])];
  const validators =
    names.file === undefined && listed.length === 0 ? [] : await readTargets(listed, names.file);
  const own = names.mine ? await mine(settings) : [];
  const nobody = validators.length === 0 && own.length === 0 && !names.all && !names.mine;
  const asked = names.accounts.length > 0 || !nobody ? names.accounts : settings.from ? [settings.from] : [];
  if (names.mine && own.length === 0)
    throw usageError('ACCOUNTS', 'There are no keys and no account of --from.', {
      hint: 'Make a key with `bursar keys new`, or name a validator with --stash.',
    });
  if (nobody && asked.length === 0)
    throw usageError('ACCOUNTS', 'No account is named.', {
      hint: 'Name accounts, a validator with --stash, your own with --mine, or set "from" in the configuration.',
    });
  return {
    validators: [...new Set(await resolve(validators))],
    accounts: [...new Set(await resolve([...asked, ...own]))],
  };
}

/** The accounts of the keys at hand, and those that the configuration acts for. */
async function mine(settings: Settings): Promise<string[]> {
  const { listKeys } = await import('../lib/keys/keystore.js');
  const { keys } = await listKeys(settings.keysDir);
  return [...keys.map(({ name }) => name), settings.from, settings.proxyFor].filter(
    (name) => name !== undefined,
  );
}
