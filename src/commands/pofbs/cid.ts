import { string as argument } from '@oclif/core/args';
import { BaseCommand, type Report } from '../../cli/base.js';
import { cidProfileFlag } from '../../cli/pofbsVerifyFlags.js';

export default class PofbsCid extends BaseCommand {
  static override summary = 'Compute the CID of a file.';
  static override description =
    'Of any file of any size, as it lies there. A CID depends on how the file is cut and wrapped, so it is computed under a profile that says so: those of IPIP-499, which today’s and older IPFS tools use. A dash reads standard input.';
  static override examples = [
    '<%= config.bin %> pofbs cid ./epoch-7/USDC.csv',
    '<%= config.bin %> pofbs cid ./epoch-7/USDC.csv --profile unixfs-v0-2015',
  ];
  static override args = { file: argument({ required: true, description: 'file, or -' }) };
  static override flags = {
    profile: cidProfileFlag({ default: 'unixfs-v1-2025', description: 'how the file is cut and wrapped' }),
  };

  protected async report(): Promise<Report<'pofbs.cid/1'>> {
    const { args, flags } = await this.parse(PofbsCid);
    const { cidOfFile } = await import('../../lib/pofbs/files/verifyFiles.js');
    const { cidView } = await import('../../lib/pofbs/viewVerify.js');
    const working = { onProgress: this.progress.stage, signal: this.signal };
    const result = await cidOfFile(args.file, flags.profile, working);
    return { schema: 'pofbs.cid/1', result, view: cidView(result) };
  }
}
