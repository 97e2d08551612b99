import { string as argument } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { countFlag } from '../../cli/flags.js';
import { cidProfileFlag, givenFlags, shardFlag } from '../../cli/pofbsVerifyFlags.js';

export default class PofbsVerify extends BaseCommand {
  static override summary = 'Verify an epoch, or a snapshot alone: a verdict for every rule.';
  static override description =
    'Reads every byte once: the rules of every line, the tree with its root and sums, SHA-256, CID and where shards begin; then what binds them to the manifest, the GPMP, the epoch before, and the custody account’s balance. Each rule is TRUE, FALSE, or NOT CHECKED with the reason; nothing is TRUE by default. The rules of the file are always asked for, those of the manifest if there is one, the others if you give what they need. Ends with 0 only if everything that was asked for is TRUE, otherwise with 9. Offline; gzip and zstd are recognised by content; a dash reads a snapshot from standard input.';
  static override examples = [
    '<%= config.bin %> pofbs verify ./epoch-7 --gpmp 0xfd61a3f80300c340f527eb7fd2c09970f1b1af8a7288ed239f2abfd2e7284743 --prev ./epoch-6 --balance USDC=12500000USDC',
    '<%= config.bin %> pofbs verify ./epoch-7/USDC.csv.zst --json',
    '<%= config.bin %> pofbs verify ./epoch-7 --asset USDC --shard 2/8 --out part-2.json',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  static override args = {
    path: argument({
      required: true,
      description: 'directory with a manifest.json, a manifest, a snapshot, or -',
    }),
  };
  static override flags = {
    manifest: string({ helpValue: 'FILE', description: 'manifest of a snapshot that is named alone' }),
    asset: string({ helpValue: 'NAME', description: 'this asset only; or the name of a snapshot alone' }),
    ...givenFlags,
    requests: string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: '[ASSET=]FILE',
      description: 'requests that are on chain: CSV with the header id,request',
    }),
    'cid-profile': cidProfileFlag({ description: 'profile of the CID where no manifest names one' }),
    'save-tree': boolean({
      default: false,
      description:
        'write the upper nodes of the tree beside the snapshot, so that a proof needs no full pass',
    }),
    shard: shardFlag({
      dependsOn: ['out'],
      exclusive: [
        'gpmp',
        'prev',
        'balance',
        'balances',
        'published',
        'requests',
        'require',
        'strict',
        'save-tree',
      ],
      description:
        'judge part K of N only, of one asset (--asset), and write a partial; `pofbs merge` joins all of them. Parts are made of shards of 65,536 rows: of fewer rows only part 1 has any',
    }),
    out: string({ dependsOn: ['shard'], helpValue: 'FILE', description: 'where the partial is written' }),
    threads: countFlag({ min: 1, max: 64, description: 'threads; default: one a processor, at most 8' }),
  };

  protected async report(): Promise<Report<'pofbs.verify/1'> | Report<'pofbs.shard/1'>> {
    const { args, flags } = await this.parse(PofbsVerify);
    const views = await import('../../lib/pofbs/viewVerify.js');
    const working = { threads: flags.threads, onProgress: this.progress.stage, signal: this.signal };
    const { manifest, asset, shard, out } = flags;
    const target = { manifest, asset, profile: flags['cid-profile'] };
    if (shard !== undefined && out !== undefined) {
      const { verifyShard } = await import('../../lib/pofbs/files/shardFiles.js');
      const part = await verifyShard(args.path, { ...target, shard, out }, working);
      const wrong = views.shardError(part);
      const report = { schema: 'pofbs.shard/1', result: part, view: views.shardView(part) } as const;
      return wrong === null ? report : { ...report, error: wrong };
    }
    const { verifyFiles } = await import('../../lib/pofbs/files/verifyFiles.js');
    const result = await verifyFiles(
      args.path,
      { ...flags, ...target, saveTree: flags['save-tree'] },
      working,
    );
    const error = views.verifyError(result);
    const report = { schema: 'pofbs.verify/1', result, view: views.verifyView(result) } as const;
    return error === null ? report : { ...report, error };
  }
}
