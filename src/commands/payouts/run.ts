import { string } from '@oclif/core/args';
import { option } from '@oclif/core/flags';
import type { Report } from '../../cli/base.js';
import { amountFlag, countFlag } from '../../cli/flags.js';
import { preparePayouts, sendPayouts, settlePayouts } from '../../cli/payoutRun.js';
import { payoutFlags } from '../../cli/payouts.js';
import { SendCommand } from '../../cli/sendCommand.js';

export default class PayoutsRun extends SendCommand {
  static override summary = 'Pay what is owed.';
  static override description =
    'Makes the payouts that `payouts list` shows, oldest first, in as few transactions as the chain takes: each payout on its own, so that one that somebody else made first does not stop the others. Then the chain is read again. Anybody may pay anybody: the signer needs funds for fees and no rights. Safe to run every hour: what is paid is not paid again. Without a name: for the account of --from.';
  static override examples = [
    '<%= config.bin %> payouts run --stash v01 --stash v02 --from alice --network devnet --dry-run',
    '<%= config.bin %> payouts run --all --eras 2 --max-fee 1UNIT --from alice --network devnet --yes --json',
  ];
  static override args = {
    account: string({ multiple: true, required: false, description: 'addresses or key names' }),
  };
  static override strict = false;
  static override flags = {
    ...payoutFlags,
    'max-calls': countFlag({ min: 1, description: 'payouts in one transaction; default as many as fit' }),
    'max-fee': amountFlag({ description: 'most that all transactions may cost together, such as 0.5DOT' }),
    'min-profit': amountFlag({ description: 'leave what does not pay this much more than its call costs' }),
    pools: option({ options: ['claim', 'compound'] as const })({
      description: 'also claim or compound what the named accounts have earned in nomination pools',
    }),
  };

  protected async report(): Promise<Report> {
    const { argv, flags } = await this.parse(PayoutsRun);
    const sending = await this.sending('payouts.run/1', flags, runWords(argv as string[], flags));
    const earlier = await settlePayouts(sending);
    if (earlier) return this.earlierReport('payouts.run/1', sending.chain, sending.options, earlier);
    const names = { ...flags, accounts: argv as string[], amounts: true };
    const prepared = await preparePayouts(sending, names, flags, this.progress.stage);
    if (prepared.batches.length === 0 || sending.settings.dryRun) return prepared.report();
    await this.confirm(sending.chain, prepared.view, prepared.rehearsals, flags);
    const key = await this.openKey(sending.settings, flags);
    try {
      return await sendPayouts(sending, prepared, key, flags.force);
    } finally {
      key.lock();
    }
  }
}

/** Everything that says what is to be paid, and within which limits; in which order it is named means nothing. */
function runWords(accounts: readonly string[], flags: Readonly<Record<string, unknown>>): Set<string>[] {
  const limits = Object.keys({ ...payoutFlags, ...PayoutsRun.flags }).sort();
  const given = limits.flatMap((name) => {
    const value = flags[name];
    if (value === undefined || value === false) return [];
    return [new Set([value].flat().map((one) => `${name}=${one}`))];
  });
  return [new Set(accounts), ...given];
}
