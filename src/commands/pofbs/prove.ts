import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';

export default class PofbsProve extends BaseCommand {
  static override summary = 'Make the proof of a line, or of a fraud.';
  static override description =
    'Takes an epoch’s directory, its manifest, or one of its snapshots. Prints the proof, or writes it to --out. A line is found by its id, or by the wallet with its salt or the private mapping; then the proof also opens the id, and is for its user alone. A salt is a secret, so no flag takes it: --salt-file names a file, or a dash for standard input. With FILE.tree beside the snapshot (`pofbs verify --save-tree`) only some lines around it are read. An id that is not in the list ends with 9 and the two lines beside it. With --all every line gets its proof, a file each in a new directory, and with --mapping each opens its id. With --fraud the whole of it is searched for something that a short proof can show: a wrong sum, a row that breaks C4 or C4b, two rows that do not ascend.';
  static override examples = [
    '<%= config.bin %> pofbs prove epoch-7 --id bb82030dbc2bcaba32a90bf2e207a84a856fc5f033b77c480836ab6f77f40f19 > proof.json',
    '<%= config.bin %> pofbs prove epoch-7 --wallet 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --salt-file my-salt --out my-proof.json',
    '<%= config.bin %> pofbs prove epoch-7 --all proofs-7 --mapping epoch-7/mapping.csv',
    '<%= config.bin %> pofbs prove epoch-7 --fraud --out fraud.json',
  ];
  static override exitCodes = [0, 1, 2, 4, 9, 130] as const;
  static override args = {
    epoch: string({
      required: true,
      description: 'directory of an epoch, its manifest, or a snapshot beside it',
    }),
  };
  static override flags = {
    id: text({
      helpValue: 'HEX',
      description: 'the line’s id',
      exactlyOne: ['id', 'wallet', 'all', 'fraud'],
    }),
    wallet: text({ helpValue: 'ADDRESS', description: 'the user’s account (SS58 or 0x)' }),
    all: text({
      helpValue: 'DIR',
      description: 'the proofs of all lines, DIR/ASSET/ab/ID.json by the id’s first digits; a new directory',
      exclusive: ['out', 'salt-file'],
    }),
    fraud: boolean({ description: 'look for a fraud that can be proved' }),
    'salt-file': text({
      helpValue: 'FILE',
      description: 'file that holds the wallet’s salt, or -',
      dependsOn: ['wallet'],
      exclusive: ['mapping'],
    }),
    mapping: text({
      helpValue: 'FILE',
      description: 'private mapping to take salts from, plain or sealed',
      relationships: [{ type: 'some', flags: ['wallet', 'all'] }],
    }),
    'identity-file': text({
      helpValue: 'FILE',
      description: 'age identity that opens a sealed mapping',
      dependsOn: ['mapping'],
    }),
    asset: text({ helpValue: 'NAME', description: 'which asset, where the epoch has several' }),
    out: text({ char: 'o', helpValue: 'FILE', description: 'write the proof to a file' }),
  };

  protected async report(): Promise<Report<'pofbs.prove/1'> | Report<'pofbs.prove.all/1'>> {
    const { args, flags } = await this.parse(PofbsProve);
    const working = { onProgress: this.progress.stage, signal: this.signal };
    const identityFile = flags['identity-file'];
    if (flags.all !== undefined) {
      const { proveAll } = await import('../../lib/pofbs/files/proveAll.js');
      const { proveAllView } = await import('../../lib/pofbs/viewProof.js');
      const { all, asset, mapping } = flags;
      const result = await proveAll(args.epoch, { all, asset, mapping, identityFile, ...working });
      return { schema: 'pofbs.prove.all/1', result, view: proveAllView(result) };
    }
    const { prove, proofText } = await import('../../lib/pofbs/files/proveFiles.js');
    const { proveError, proveView } = await import('../../lib/pofbs/viewProof.js');
    const result = await prove(args.epoch, {
      ...flags,
      saltFile: flags['salt-file'],
      identityFile,
      ...working,
    });
    const error = proveError(result);
    const report = {
      schema: 'pofbs.prove/1',
      result,
      view: proveView(result),
      ...proofText(result),
    } as const;
    return error === null ? report : { ...report, error };
  }
}
