import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { BaseCommand, type Report } from '../../cli/base.js';
import {
  addressForm,
  keyTypeFlag,
  networkFlag,
  passphraseFlags,
  passphraseSource,
  secretPrompt,
} from '../../cli/keyFlags.js';
import { settingsOf } from '../../cli/settings.js';

const SOURCES = ['mnemonic-file', 'seed-file', 'uri-file', 'keystore'] as const;

export default class KeysImport extends BaseCommand {
  static override summary = 'Bring a key from elsewhere.';
  static override description =
    'Stores a key that exists already: from its mnemonic, its raw seed, a secret URI (mnemonic or seed with a derivation ' +
    'path: …//hard/soft///password) or the JSON export of a polkadot-js wallet, whose passphrase it keeps. Secrets are ' +
    'read from a file with mode 0600, from stdin, or from a prompt, never from the command line.';
  static override examples = [
    '<%= config.bin %> keys import mine --mnemonic-file ./mine.words --network devnet',
    '<%= config.bin %> keys import mine --keystore ./5Grwva….json --passphrase-file ./mine.pass',
    "printf '%s' //Dave | <%= config.bin %> keys import dave --stdin --passphrase-file ./dave.pass --network devnet",
  ];
  static override exitCodes = [0, 1, 2, 4, 130] as const;
  static override args = { name: string({ required: true, description: 'name of the key here' }) };
  static override flags = {
    ...networkFlag,
    type: keyTypeFlag({ description: 'signature scheme (default sr25519; a wallet’s JSON has its own)' }),
    'mnemonic-file': text({ helpValue: 'FILE', description: 'file with the mnemonic' }),
    'seed-file': text({ helpValue: 'FILE', description: 'file with the seed: 64 hexadecimal digits' }),
    'uri-file': text({ helpValue: 'FILE', description: 'file with the secret URI' }),
    keystore: text({ helpValue: 'FILE', description: 'JSON export of a polkadot-js wallet or extension' }),
    stdin: boolean({ description: 'read any of these from stdin' }),
    ...passphraseFlags,
  };

  protected async report(): Promise<Report<'keys.import/1'>> {
    const { args, flags } = await this.parse(KeysImport);
    const settings = await settingsOf(flags, this.config);
    const { importKey } = await import('../../lib/keys/create.js');
    const { keyReport, keyView } = await import('../../lib/keys/view.js');
    const { key, development, passwordIgnored } = await importKey({
      keysDir: settings.keysDir,
      name: args.name,
      ...(flags.type === undefined ? {} : { type: flags.type }),
      ...(await this.#source(flags)),
      passphrase: passphraseSource(flags, args.name, settings, this.promptContext),
    });
    if (development)
      this.notice('warning: this is a development key that everybody has; send it nothing of value.');
    if (passwordIgnored)
      this.notice(
        'warning: the password behind /// has no effect on a raw seed, here and in every wallet: the key is that of the seed without it.',
      );
    const form = addressForm(settings);
    const shown = keyReport(key, form);
    return {
      schema: 'keys.import/1',
      result: { ...shown, development, passwordIgnored },
      view: keyView(shown, form, `Key ${key.name} was imported`),
    };
  }

  async #source(
    flags: { readonly stdin?: boolean | undefined } & {
      readonly [name in (typeof SOURCES)[number]]?: string | undefined;
    },
  ) {
    const { usageError } = await import('../../lib/errors.js');
    const { mayPrompt } = await import('../../cli/prompt.js');
    const files = SOURCES.filter((flag) => flags[flag] !== undefined);
    const hint = 'Give one of --mnemonic-file, --seed-file, --uri-file, --keystore and --stdin.';
    if (files.length + (flags.stdin === true ? 1 : 0) > 1) {
      throw usageError('KEY_SOURCES', 'The key can come from one source only.', { hint });
    }
    const [flag] = files;
    if (flag !== undefined) {
      const form = flag === 'keystore' ? flag : (flag.replace('-file', '') as 'mnemonic' | 'seed' | 'uri');
      return { form, source: { file: flags[flag]! } };
    }
    if (flags.stdin === true) return { form: 'any', source: { fd: 0 } } as const;
    if (mayPrompt(this.promptContext)) {
      return { form: 'any', source: { ask: secretPrompt(this.promptContext) } } as const;
    }
    throw usageError('KEY_SOURCE_MISSING', 'It is not said where the key is, and there is nobody to ask.', {
      hint,
    });
  }
}
