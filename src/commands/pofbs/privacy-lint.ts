import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';

export default class PofbsPrivacyLint extends BaseCommand {
  static override summary = 'Count what snapshots give away about their users.';
  static override description =
    'Counts the requests that nobody else makes (they can be matched with the withdrawals on chain, which name the wallet), the rows that share their amounts with few others or none, the rows that can be followed from one file to the next by an amount, and ids that are used again. Says what to do about it. Files are compared with the next one of the same asset; epochs are taken in the order of their numbers. It keeps 40 bytes a row of two files in memory, and takes files of up to 50 million rows. It is advice: it ends with 0, unless --max-unique makes it a gate.';
  static override examples = [
    '<%= config.bin %> pofbs privacy-lint ./epoch-7',
    '<%= config.bin %> pofbs privacy-lint ./epoch-6 ./epoch-7 --max-unique 5',
    '<%= config.bin %> pofbs privacy-lint USDC.csv.zst --json',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  /** Any number of files. */
  static override strict = false;
  static override args = {
    files: string({
      required: true,
      description: 'directories of epochs, or snapshot files; as many as you like',
    }),
  };
  static override flags = {
    'max-unique': text({
      helpValue: 'PERCENT',
      description: 'end with 9 if more than this share of the rows of a file is singled out',
    }),
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'pofbs.privacy-lint/1'>> {
    const { argv, flags } = await this.parse(PofbsPrivacyLint);
    const { parsePercentage } = await import('../../lib/pofbs/detection.js');
    const { lintFiles } = await import('../../lib/pofbs/files/privacy.js');
    const { privacyError, privacyView } = await import('../../lib/pofbs/viewPrivacy.js');
    const limit = flags['max-unique'];
    const result = await lintFiles(argv as string[], {
      maximum: limit === undefined ? null : parsePercentage(limit, '--max-unique'),
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    const error = privacyError(result);
    const report = { schema: 'pofbs.privacy-lint/1', result, view: privacyView(result) } as const;
    return error === null ? report : { ...report, error };
  }
}
