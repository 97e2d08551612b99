import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';

export default class PofbsDiff extends BaseCommand {
  static override summary = 'Show what changed between two epochs.';
  static override description =
    'Compares the statements field by field, the assets, and the rows: how many are the same, changed, new or gone, the first that differs, and the largest changes. Rows are joined by their ids: two copies of one epoch must be the same. Ids are new in every epoch, so rows of two epochs are joined by wallet, with the mappings of both. Nothing is verified here but the form of the files.';
  static override examples = [
    '<%= config.bin %> pofbs diff ./epoch-6 ./epoch-7',
    '<%= config.bin %> pofbs diff ./epoch-6 ./epoch-7 --mapping-a epoch-6/mapping.csv --mapping-b epoch-7/mapping.csv',
    '<%= config.bin %> pofbs diff ./published/USDC.csv ./mine/USDC.csv.zst',
  ];
  static override exitCodes = [0, 1, 2, 4, 9, 130] as const;
  static override args = {
    before: string({
      required: true,
      description: 'directory of an epoch, its manifest, or a snapshot file',
    }),
    after: string({ required: true, description: 'what to compare it with' }),
  };
  static override flags = {
    'mapping-a': text({
      helpValue: 'FILE',
      description: 'mapping of the first epoch',
      dependsOn: ['mapping-b'],
    }),
    'mapping-b': text({
      helpValue: 'FILE',
      description: 'mapping of the second epoch',
      dependsOn: ['mapping-a'],
    }),
    'identity-file': text({
      helpValue: 'FILE',
      description: 'age identity that opens sealed mappings; readable by you alone',
      dependsOn: ['mapping-a'],
    }),
    tmp: text({
      helpValue: 'DIR',
      description: 'directory for temporary files; they hold wallets and are removed',
    }),
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'pofbs.diff/1'>> {
    const { args, flags } = await this.parse(PofbsDiff);
    const { compareEpochs } = await import('../../lib/pofbs/files/compare.js');
    const { diffView } = await import('../../lib/pofbs/viewDiff.js');
    const [a, b] = [flags['mapping-a'], flags['mapping-b']];
    const result = await compareEpochs(args.before, args.after, {
      mappings: a === undefined || b === undefined ? null : [a, b],
      identityFile: flags['identity-file'],
      scratch: flags.tmp,
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    return { schema: 'pofbs.diff/1', result, view: diffView(result) };
  }
}
