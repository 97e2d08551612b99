import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { givenFlags } from '../../cli/pofbsVerifyFlags.js';

export default class PofbsMerge extends BaseCommand {
  static override summary = 'Join the partials of several machines to one verdict.';
  static override description =
    'Takes what `pofbs verify --shard K/N --out FILE` wrote, in any order: all N parts of an asset, each from a run of its own, and so for each asset of the epoch (or choose one with --asset). Finds what only the borders between them show (order, duplicates, rows that are missing or read twice), and comes to the same root, sums, CID and GPMP as a single run. The SHA-256 of a file cannot be joined from parts: R_FILE stays NOT CHECKED when length and CID are right; compare the SHA-256 with any tool.';
  static override examples = [
    '<%= config.bin %> pofbs merge part-*.json --manifest ./epoch-7/manifest.json --gpmp 0xfd61a3f80300c340f527eb7fd2c09970f1b1af8a7288ed239f2abfd2e7284743',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  // oclif gives an argument that is declared once to a command that takes any number of them.
  static override strict = false;
  static override usage = 'pofbs merge PART... [FLAGS]';
  static override args = {
    part: argument({ required: true, description: 'file of a partial; name all of them' }),
  };
  static override flags = {
    manifest: string({ helpValue: 'FILE', description: 'manifest of the epoch' }),
    asset: string({ helpValue: 'NAME', description: 'the parts are of this asset only' }),
    ...givenFlags,
    'save-tree': string({
      helpValue: 'DIR',
      description: 'write the upper nodes of each tree into this directory',
    }),
  };

  protected async report(): Promise<Report<'pofbs.verify/1'>> {
    const { argv, flags } = await this.parse(PofbsMerge);
    const { mergeFiles } = await import('../../lib/pofbs/files/shardFiles.js');
    const { verifyError, verifyView } = await import('../../lib/pofbs/viewVerify.js');
    const result = await mergeFiles(argv as string[], { ...flags, saveTree: flags['save-tree'] });
    const error = verifyError(result);
    const report = { schema: 'pofbs.verify/1', result, view: verifyView(result) } as const;
    return error === null ? report : { ...report, error };
  }
}
