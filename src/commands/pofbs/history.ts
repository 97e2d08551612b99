import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';

export default class PofbsHistory extends BaseCommand {
  static override summary = 'Check that epochs follow one another, and show their totals over time.';
  static override description =
    'Reads every manifest of a directory: of its subdirectories (manifest.json) and those that lie in it as .json files. JSON files of other formats, such as proofs, are skipped and named. Computes each GPMP, and checks that every epoch names the one before, that none is missing, that none was published twice with different content, and that time goes forward. A damaged manifest is FALSE; the others are checked all the same. With --deep the snapshot files are verified too. Ends with 9 if anything is FALSE.';
  static override examples = [
    '<%= config.bin %> pofbs history ./epochs',
    '<%= config.bin %> pofbs history ./epochs --deep --html history.html',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  static override args = {
    directory: string({ required: true, description: 'directory in which the epochs are' }),
  };
  static override flags = {
    deep: boolean({ default: false, description: 'verify every snapshot file as well' }),
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'pofbs.history/1'>> {
    const { args, flags } = await this.parse(PofbsHistory);
    const { readHistory } = await import('../../lib/pofbs/files/history.js');
    const { historyError, historyView } = await import('../../lib/pofbs/viewHistory.js');
    const result = await readHistory(args.directory, {
      deep: flags.deep,
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    const error = historyError(result);
    const report = { schema: 'pofbs.history/1', result, view: historyView(result) } as const;
    return error === null ? report : { ...report, error };
  }
}
