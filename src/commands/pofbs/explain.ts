import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { htmlFlag } from '../../cli/flags.js';
import { gpmpFlag } from '../../cli/pofbsVerifyFlags.js';
import type { PageApp } from '../../render/html/index.js';

export default class PofbsExplain extends BaseCommand {
  static override summary =
    'Say in plain words what an epoch, a snapshot or a proof shows, and what it does not.';
  static override description =
    'Reads every line and says what follows from it, without the words of the trade. With --html it writes one page in which anybody proves a line by its id, or checks a proof, in the browser and without a network: the page of an epoch of up to 50,000 lines holds them and reads all of them again; the page of a larger one takes the proof that `pofbs prove` writes. With --check-share it says how likely it is that somebody would notice users who were left out. Ends with 9 if anything is FALSE.';
  static override examples = [
    '<%= config.bin %> pofbs explain ./epoch-7 --html epoch-7.html',
    '<%= config.bin %> pofbs explain my-proof.json --gpmp 0xfd61a3f80300c340f527eb7fd2c09970f1b1af8a7288ed239f2abfd2e7284743',
    '<%= config.bin %> pofbs explain ./epoch-7 --check-share 2',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  static override args = {
    path: string({
      required: true,
      description: 'directory of an epoch, its manifest, a snapshot, or a proof',
    }),
  };
  static override flags = {
    gpmp: gpmpFlag({ description: 'the epoch’s code (GPMP), from the chain' }),
    'check-share': text({
      helpValue: 'PERCENT',
      description: 'share of the users that look up their line, such as 2',
    }),
    'published-at': text({
      helpValue: 'TEXT',
      description:
        'where the page sends its readers for the code, such as an address; default: the custody account on its chain',
      dependsOn: ['html'],
    }),
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'pofbs.explain/1'>> {
    const { args, flags } = await this.parse(PofbsExplain);
    const { detection, parsePercentage } = await import('../../lib/pofbs/detection.js');
    const { explainPath } = await import('../../lib/pofbs/files/explain.js');
    const { explainError, explainView } = await import('../../lib/pofbs/viewExplain.js');
    const { titleOf } = await import('../../config/networks/index.js');
    const share = flags['check-share'];
    const { result, page } = await explainPath(args.path, {
      gpmp: flags.gpmp ?? null,
      detection: share === undefined ? null : detection(parsePercentage(share, '--check-share')),
      page:
        flags.html === undefined ? null : { publishedAt: flags['published-at'] ?? null, chainName: titleOf },
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    const error = explainError(result);
    return {
      schema: 'pofbs.explain/1',
      result,
      view: explainView(result),
      ...(page === null ? {} : { page: { app: page as PageApp, view: explainView(result, { page: true }) } }),
      ...(error === null ? {} : { error }),
    };
  }
}
