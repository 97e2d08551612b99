import { string as argument } from '@oclif/core/args';
import { boolean, option, string } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { countFlag, hashFlag } from '../../cli/flags.js';
import { custodyFlag, sortFlags } from '../../cli/pofbsFlags.js';
import type { CidProfile } from '../../lib/pofbs/types.js';

const UNITS = ['smallest', 'whole'] as const;
const PROFILES: readonly CidProfile[] = ['unixfs-v1-2025', 'unixfs-v0-2015'];

export default class PofbsBuild extends BaseCommand {
  static override summary = 'Build the files of an epoch from a ledger.';
  static override description =
    'Reads a ledger (CSV or NDJSON of wallet, total, withdrawable, request and, for several assets, asset; amounts in the smallest unit; any order, gzip and zstd too), gives every wallet an id that only its salt opens, and writes a snapshot for each asset, the manifest, and the private mapping of ids to wallets. A ledger with a row that would not verify is refused with its line, and what was written is verified before it gets its name. With the same salts, the same ledger in any order gives the same files. A dash reads the ledger from standard input.';
  static override examples = [
    '<%= config.bin %> pofbs build ledger.csv --asset USDC --decimals 6 --chain 0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f --custody 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --epoch 0 --timestamp 2026-11-20T12:00:00Z --out epoch-0',
    '<%= config.bin %> pofbs build ledger.csv.zst --asset USDC:6 --asset DOT:10 --chain 0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f --custody 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --prev epoch-0 --timestamp now --seal-file validators.txt --out epoch-1',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  static override args = { ledger: argument({ required: true, description: 'file of the ledger, or -' }) };
  static override flags = {
    asset: string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'NAME[:DECIMALS]',
      description: 'asset of the ledger; repeat it for several, which need a column "asset"',
    }),
    columns: string({
      helpValue: 'COLUMN=NAME,…',
      description:
        'names that columns have in the ledger: wallet=account,total=balance; ignore=NAME passes over one',
    }),
    unit: option({ options: UNITS })({
      default: UNITS[0] as (typeof UNITS)[number],
      description: 'what the ledger’s amounts count: smallest units, or whole ones such as 12.5',
    }),
    decimals: countFlag({ max: 38, description: 'decimal places of assets that name none' }),
    chain: hashFlag({ required: true, description: 'genesis hash of the custody account’s chain' }),
    custody: custodyFlag({ required: true, description: 'custody account (SS58, or 0x of 32 or 20 bytes)' }),
    epoch: countFlag({
      max: 999_999_999_999_999,
      description: 'number of the epoch; one more than --prev’s',
    }),
    prev: string({
      helpValue: 'MANIFEST|HASH',
      description: 'epoch before: its manifest, its directory, or its GPMP; none for the first epoch',
    }),
    timestamp: string({
      required: true,
      helpValue: 'TIME',
      description: 'when the balances were true: Unix seconds, ISO time with zone, or now',
    }),
    'asset-block': hashFlag({
      dependsOn: ['asset-block-number'],
      description: 'finalized block at which the custody account’s balances count',
    }),
    'asset-block-number': countFlag({ dependsOn: ['asset-block'], description: 'number of that block' }),
    'cid-profile': option({ options: PROFILES })({
      default: PROFILES[0] as CidProfile,
      description: 'how the files’ CIDs are made',
    }),
    salts: string({
      helpValue: 'FILE',
      description: 'salts to use, a table of wallet and salt; default: new ones, or those of the ledger',
    }),
    out: string({ required: true, helpValue: 'DIR', description: 'directory of the epoch; made if missing' }),
    'seal-for': string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'age1…',
      description: 'write the mapping sealed for this age recipient, and not in plain; repeatable',
    }),
    'seal-file': string({ helpValue: 'FILE', description: 'recipients to seal the mapping for, one a line' }),
    'plain-mapping': boolean({ description: 'write the mapping in plain beside the sealed one' }),
    force: boolean({ description: 'replace the epoch that is in the directory; its salts are lost' }),
    ...sortFlags,
  };

  protected async report(): Promise<Report<'pofbs.build/1'>> {
    const { args, flags } = await this.parse(PofbsBuild);
    const { headerFor, ledgerColumns, parseAssets } = await import('../../lib/pofbs/files/given.js');
    const { recipientsOf } = await import('../../lib/pofbs/files/recipients.js');
    const { buildEpoch } = await import('../../lib/pofbs/files/buildEpoch.js');
    const { buildView } = await import('../../lib/pofbs/viewBuild.js');
    const assets = parseAssets(flags.asset, flags.decimals ?? null);
    const { header, warnings } = await headerFor({ ...flags, assets });
    const block = flags['asset-block'];
    const result = await buildEpoch({
      ledger: args.ledger,
      salts: flags.salts ?? null,
      assets,
      columns: ledgerColumns(flags.columns),
      unit: flags.unit,
      header,
      warnings,
      assetBlock: block === undefined ? null : { hash: block, number: flags['asset-block-number'] as number },
      cidProfile: flags['cid-profile'],
      out: flags.out,
      scratch: flags.tmp,
      force: flags.force,
      memory: flags.memory,
      recipients: await recipientsOf({ sealFor: flags['seal-for'], sealFile: flags['seal-file'] }),
      plainMapping: flags['plain-mapping'],
      onProgress: this.progress.stage,
      signal: this.signal,
    });
    return { schema: 'pofbs.build/1', result, view: buildView(result) };
  }
}
