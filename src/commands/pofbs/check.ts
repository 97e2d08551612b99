import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import { gpmpFlag } from '../../cli/pofbsVerifyFlags.js';

export default class PofbsCheck extends BaseCommand {
  static override summary = 'Check an inclusion proof or a fraud proof.';
  static override description =
    'Offline, against a GPMP that you bring: take it from the chain, not from whoever gave you the proof. With --manifest the GPMP is computed from a manifest, which is the custodian’s own word. Says in one sentence what is proved, then what is not; --verbose shows every step. Ends with 9 if the proof does not hold, and with 2 if the file is no proof of this kind. A dash reads the proof from standard input.';
  static override examples = [
    '<%= config.bin %> pofbs check my-proof.json --gpmp 0xfd61a3f80300c340f527eb7fd2c09970f1b1af8a7288ed239f2abfd2e7284743',
    '<%= config.bin %> pofbs check my-proof.json --manifest epoch-7/manifest.json --wallet 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  ];
  static override exitCodes = [0, 1, 2, 9, 130] as const;
  static override args = { proof: string({ required: true, description: 'file of the proof, or -' }) };
  static override flags = {
    gpmp: gpmpFlag({ description: 'the epoch’s GPMP, from the chain', exactlyOne: ['gpmp', 'manifest'] }),
    manifest: text({
      helpValue: 'FILE',
      description: 'manifest to compute the GPMP from, or the directory of its epoch',
    }),
    verbose: boolean({ default: false, description: 'show every step of the check' }),
    wallet: text({
      helpValue: 'ADDRESS',
      description: 'the account that an inclusion proof must be bound to (SS58 or 0x)',
    }),
  };

  protected async report(): Promise<Report<'pofbs.check/1'>> {
    const { args, flags } = await this.parse(PofbsCheck);
    const { checkProofFile } = await import('../../lib/pofbs/files/checkFile.js');
    const { checkedProofView, proofError } = await import('../../lib/pofbs/viewProof.js');
    const result = await checkProofFile(args.proof, flags);
    const report = { schema: 'pofbs.check/1', result, view: checkedProofView(result, flags) } as const;
    return result.holds ? report : { ...report, error: proofError(result) };
  }
}
