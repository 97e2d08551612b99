import { string as arg } from '@oclif/core/args';
import type { Report } from '../../cli/base.js';
import { CHAIN_EXITS } from '../../cli/exitCodes.js';
import { countFlag, htmlFlag } from '../../cli/flags.js';
import { readText, ValidatorsCommand } from '../../cli/validatorsCommand.js';
import type { OpenChain } from '../../lib/chain/connect.js';
import type { Facts } from '../../lib/validators/types.js';

export default class ValidatorsVerify extends ValidatorsCommand {
  static override summary = 'Check a saved score or selection.';
  static override description =
    'Computes the scores, and the selection if there is one, again from the facts in the file, without a network: 0 if all of it follows and the SHA-256 holds, 9 with the first difference otherwise. With --rpc or --network some facts, taken at random, are also read again from the chain at the file’s own block; that takes a node that still has it.';
  static override examples = [
    '<%= config.bin %> validators verify score.json',
    '<%= config.bin %> validators verify score.json --rpc wss://archive.example --sample 50',
  ];
  static override exitCodes = [...CHAIN_EXITS.slice(0, -1), 9, 130] as const;
  static override args = {
    file: arg({ required: true, description: 'file of `validators score` or `select --save`; - for stdin' }),
  };
  static override flags = {
    sample: countFlag({ min: 1, max: 10_000, description: 'facts to read again; default 20' }),
    draw: countFlag({ description: 'draw the same sample as an earlier run, which printed this number' }),
    html: htmlFlag(),
  };

  protected async report(): Promise<Report<'validators.verify/1'>> {
    const { args, flags } = await this.parse(ValidatorsVerify);
    const { decodeSnapshot, differenceError } = await import('../../lib/validators/snapshot.js');
    const { snapshotSource, verifySnapshot } = await import('../../lib/validators/verify.js');
    const { verifyView } = await import('../../lib/validators/selectView.js');
    const file = decodeSnapshot(await readText(args.file, 'snapshot'));
    const online = flags.rpc !== undefined || flags.network !== undefined || flags.sample !== undefined;
    const readAgain = async (facts: Facts) => {
      if (!online) return null;
      const { randomInt } = await import('node:crypto');
      const { readSample } = await import('../../lib/validators/sample.js');
      const chain = (await this.connect(await this.settings(flags))) as OpenChain;
      return readSample(chain, facts, flags.sample ?? 20, flags.draw ?? randomInt(2 ** 32));
    };
    const result = await verifySnapshot(args.file, file, readAgain);
    return {
      schema: 'validators.verify/1',
      result,
      view: verifyView(result),
      ...(result.sample === null ? { page: { sources: [snapshotSource(result)] } } : {}),
      ...(result.difference === null ? {} : { error: differenceError(result.difference) }),
    };
  }
}
