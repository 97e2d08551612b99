import { string } from '@oclif/core/args';
import { option, string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import {
  addressForm,
  keyTypeFlag,
  networkFlag,
  passphraseFlags,
  passphraseSource,
} from '../../cli/keyFlags.js';
import { settingsOf } from '../../cli/settings.js';

export default class KeysNew extends BaseCommand {
  static override summary = 'Make a key.';
  static override description =
    'Makes a key from a new mnemonic and stores it encrypted (polkadot-js JSON, mode 0600) in the keys directory. ' +
    'The mnemonic is shown once, on the terminal and nowhere else; without a terminal, and with --json, it is written to ' +
    'the new file that --mnemonic-file names. The passphrase is asked for unless a flag or the configuration says where it is.';
  static override examples = [
    '<%= config.bin %> keys new mine --network devnet',
    '<%= config.bin %> keys new feeder --type ed25519 --passphrase-file ./feeder.pass --mnemonic-file ./feeder.words --network devnet --json',
  ];
  static override exitCodes = [0, 1, 2, 4, 130] as const;
  static override args = { name: string({ required: true, description: 'name of the new key' }) };
  static override flags = {
    ...networkFlag,
    type: keyTypeFlag({ default: 'sr25519', description: 'signature scheme' }),
    words: option({ options: ['12', '24'] as const })({
      default: '12',
      description: 'length of the mnemonic',
    }),
    ...passphraseFlags,
    'mnemonic-file': text({
      helpValue: 'FILE',
      description: 'write the mnemonic to this new file instead of the terminal',
    }),
  };

  protected async report(): Promise<Report<'keys.new/1'>> {
    const { args, flags } = await this.parse(KeysNew);
    const settings = await settingsOf(flags, this.config);
    const context = this.promptContext;
    const { createKey, mnemonicToFile } = await import('../../lib/keys/create.js');
    const { keyReport, keyView } = await import('../../lib/keys/view.js');
    const screen = await import('../../cli/mnemonic.js');
    const mnemonicFile = flags['mnemonic-file'];
    if (mnemonicFile === undefined) screen.requireTerminal(context);
    const key = await createKey({
      keysDir: settings.keysDir,
      name: args.name,
      type: flags.type,
      words: flags.words === '24' ? 24 : 12,
      passphrase: passphraseSource(flags, args.name, settings, context),
      deliver:
        mnemonicFile === undefined
          ? async (mnemonic) => void (await screen.showMnemonic(mnemonic, args.name, context))
          : mnemonicToFile(mnemonicFile),
    });
    if (mnemonicFile !== undefined)
      this.notice(`The mnemonic is in ${mnemonicFile}: move it to a safe place.`);
    const form = addressForm(settings);
    const shown = keyReport(key, form);
    return {
      schema: 'keys.new/1',
      result: { ...shown, ...(mnemonicFile === undefined ? {} : { mnemonicFile }) },
      view: keyView(shown, form, `Key ${key.name} was made`),
    };
  }
}
