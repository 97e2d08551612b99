import { string } from '@oclif/core/args';
import { BaseCommand, type Report } from '../../cli/base.js';
import { addressForm, networkFlag } from '../../cli/keyFlags.js';
import { settingsOf } from '../../cli/settings.js';

export default class KeysShow extends BaseCommand {
  static override summary = 'Show what is public of a key.';
  static override description =
    'Shows the addresses, public key, type and file of a key, found by its name or by its address in any network’s form. ' +
    'Nothing is unlocked and no chain is asked.';
  static override examples = [
    '<%= config.bin %> keys show operator --network devnet',
    '<%= config.bin %> keys show 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY --network polkadot',
  ];
  static override exitCodes = [0, 1, 2, 130] as const;
  static override args = { key: string({ required: true, description: 'name or address of the key' }) };
  static override flags = { ...networkFlag };

  protected async report(): Promise<Report<'keys.show/1'>> {
    const { args, flags } = await this.parse(KeysShow);
    const settings = await settingsOf(flags, this.config);
    const { findKey } = await import('../../lib/keys/keystore.js');
    const { keyReport, keyView } = await import('../../lib/keys/view.js');
    const form = addressForm(settings);
    const key = keyReport(await findKey(settings.keysDir, args.key), form);
    return { schema: 'keys.show/1', result: key, view: keyView(key, form, `Key ${key.name}`) };
  }
}
