import { string as argument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../../cli/base.js';
import { sortFlags } from '../../../cli/pofbsFlags.js';

export default class PofbsMapCheck extends BaseCommand {
  static override summary = 'Check the private mapping of an epoch against its snapshots.';
  static override description =
    'For validators: whether the mapping has the rows of the snapshots, whether every id follows from its wallet and salt in this epoch, whether no wallet occurs twice in any spelling, and with --requests whether the requests are those on chain. One verdict a rule: TRUE, FALSE, or NOT CHECKED and why; ends with 9 unless every rule that was asked for is TRUE. A sealed mapping is opened with --identity-file; nothing of it is written to disk in plain but sorted wallets and salts, while it runs.';
  static override examples = [
    '<%= config.bin %> pofbs map check epoch-7',
    '<%= config.bin %> pofbs map check epoch-7 --identity-file ~/validator.key --requests requests.csv',
    '<%= config.bin %> pofbs map check --snapshot USDC.csv --mapping mapping.csv --manifest manifest.json',
  ];
  static override exitCodes = [0, 1, 2, 4, 9, 130] as const;
  static override args = { directory: argument({ description: 'directory of the epoch' }) };
  static override flags = {
    snapshot: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'FILE',
      dependsOn: ['mapping'],
      description: 'snapshot, if no directory is named; repeat it for several assets',
    }),
    mapping: string({ helpValue: 'FILE', description: 'mapping; default: the one in the directory' }),
    manifest: string({ helpValue: 'FILE', description: 'manifest; default: the one beside the snapshots' }),
    'identity-file': string({
      helpValue: 'FILE',
      description: 'age identity that opens a sealed mapping; readable by you alone',
    }),
    requests: string({
      helpValue: 'FILE',
      description: 'requests on chain: a table of wallet, request and, for several assets, asset',
    }),
    ...sortFlags,
  };

  protected async report(): Promise<Report<'pofbs.map.check/1'>> {
    const { args, flags } = await this.parse(PofbsMapCheck);
    const { checkMappingFiles } = await import('../../../lib/pofbs/files/checkMapping.js');
    const { mapCheckError, mapCheckView } = await import('../../../lib/pofbs/viewBuild.js');
    const result = await checkMappingFiles({
      directory: args.directory ?? null,
      snapshots: flags.snapshot ?? [],
      mapping: flags.mapping ?? null,
      manifest: flags.manifest ?? null,
      identityFile: flags['identity-file'] ?? null,
      requests: flags.requests ?? null,
      scratch: flags.tmp,
      memory: flags.memory,
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    const report = { schema: 'pofbs.map.check/1', result, view: mapCheckView(result) } as const;
    return result.valid ? report : { ...report, error: mapCheckError(result) };
  }
}
