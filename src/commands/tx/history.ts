import { boolean } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { chainFlags, countFlag } from '../../cli/flags.js';
import { settingsOf } from '../../cli/settings.js';

export default class TxHistory extends BaseCommand {
  static override summary = 'List the transactions that were sent from here.';
  static override description =
    'Reads the write-ahead journal: what was sent, by whom, and what came of it. No chain is asked; `tx status` asks for one that is not known yet.';
  static override examples = [
    '<%= config.bin %> tx history --network devnet',
    '<%= config.bin %> tx history --limit 5 --json',
  ];
  static override exitCodes = [0, 1, 2, 4, 130] as const;
  static override flags = {
    network: chainFlags.network,
    forks: boolean({
      default: false,
      description: 'list what was sent to forks instead: nothing of it is real',
    }),
    limit: countFlag({ default: 50, min: 1, max: 1_000_000, description: 'how many of the newest to list' }),
  };

  protected async report(): Promise<Report<'tx.history/1'>> {
    const { flags } = await this.parse(TxHistory);
    const settings = await settingsOf(flags, this.config);
    const { Journal } = await import('../../lib/tx/journal.js');
    const { historyView } = await import('../../lib/tx/view.js');
    // Without a network all of them: one whose genesis hash is not known cannot be told apart.
    const genesisHash = flags.network === undefined ? undefined : settings.expect.genesisHash;
    const { records, problems } = await Journal.all(settings.journalDir, genesisHash);
    const transactions = records
      .filter(({ fork }) => (fork !== undefined) === flags.forks)
      .slice(-flags.limit);
    // What can be read is told all the same.
    const [error] = problems;
    const view = historyView(transactions, flags.forks);
    return { schema: 'tx.history/1', result: { transactions }, view, ...(error ? { error } : {}) };
  }
}
