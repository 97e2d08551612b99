import { BaseCommand, type Report } from '../../cli/base.js';
import { addressForm, networkFlag } from '../../cli/keyFlags.js';
import { settingsOf } from '../../cli/settings.js';

export default class KeysList extends BaseCommand {
  static override summary = 'List the keys.';
  static override description =
    'Lists the keys in the keys directory with their addresses, types and file modes, and the files there that cannot be ' +
    'used. Nothing is unlocked and no chain is asked.';
  static override examples = [
    '<%= config.bin %> keys list --network devnet',
    "<%= config.bin %> keys list --network kusama --json | jq -r '.result.keys[].address'",
  ];
  static override exitCodes = [0, 1, 2, 130] as const;
  static override flags = { ...networkFlag };

  protected async report(): Promise<Report<'keys.list/1'>> {
    const { flags } = await this.parse(KeysList);
    const settings = await settingsOf(flags, this.config);
    const { listKeys } = await import('../../lib/keys/keystore.js');
    const { keyListReport, keyListView } = await import('../../lib/keys/view.js');
    const list = keyListReport(await listKeys(settings.keysDir), settings.keysDir, addressForm(settings));
    return { schema: 'keys.list/1', result: list, view: keyListView(list) };
  }
}
