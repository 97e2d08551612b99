/** The flags of commands that make or bring a key, and what they mean to the library. */

import { custom, option, string } from '@oclif/core/flags';
import type { Settings } from '../config/types.js';
import { usageError } from '../lib/errors.js';
import type { PassphraseSource } from '../lib/keys/passphrase.js';
import type { AddressForm } from '../lib/keys/view.js';
import { chainFlags } from './flags.js';
import type { PromptContext } from './prompt.js';

const MAX_DESCRIPTOR = 1_023;

/** What is no number is not repeated: it may be the passphrase, put where the number of its descriptor belongs. */
const descriptorFlag = custom<number>({
  helpValue: 'N',
  parse: async (text) => {
    if (/^(0|[1-9]\d{0,3})$/.test(text) && Number(text) <= MAX_DESCRIPTOR) return Number(text);
    throw usageError('DESCRIPTOR', `The value is not the number of a descriptor (0 to ${MAX_DESCRIPTOR}).`, {
      hint: 'Give the number of an open descriptor, such as 0 for stdin, never the passphrase itself.',
    });
  },
});

/** Every flag names where a secret is; none takes one, because command lines are public. */
export const passphraseFlags = {
  'passphrase-file': string({ helpValue: 'FILE', description: 'file with the passphrase (mode 0600)' }),
  'passphrase-env': string({ helpValue: 'NAME', description: 'environment variable with the passphrase' }),
  'passphrase-fd': descriptorFlag({
    description: 'open descriptor with the passphrase; 0 is stdin',
  }),
};

export const keyTypeFlag = option({ options: ['sr25519', 'ed25519', 'ecdsa'] as const });

/** Addresses are shown in this network's form; nothing is connected to. */
export const networkFlag = { network: chainFlags.network };

interface PassphraseFlagValues {
  readonly 'passphrase-file'?: string | undefined;
  readonly 'passphrase-env'?: string | undefined;
  readonly 'passphrase-fd'?: number | undefined;
}

/**
 * Where the passphrase of a key is: the flag, else what the configuration says for that name, else a prompt.
 * @throws usage PASSPHRASE_SOURCES when two flags name one
 */
export function passphraseSource(
  flags: PassphraseFlagValues,
  name: string,
  settings: Pick<Settings, 'passphrases'>,
  context: PromptContext,
): PassphraseSource {
  const { 'passphrase-file': file, 'passphrase-env': env, 'passphrase-fd': fd } = flags;
  const given: PassphraseSource[] = [
    ...(file === undefined ? [] : [{ file }]),
    ...(env === undefined ? [] : [{ env }]),
    ...(fd === undefined ? [] : [{ fd }]),
  ];
  if (given.length > 1) {
    throw usageError('PASSPHRASE_SOURCES', 'The passphrase can come from one source only.', {
      hint: 'Give one of --passphrase-file, --passphrase-env and --passphrase-fd.',
    });
  }
  const configured = Object.hasOwn(settings.passphrases, name) ? settings.passphrases[name] : undefined;
  return given[0] ?? configured ?? { ask: secretPrompt(context) };
}

export const secretPrompt =
  (context: PromptContext) =>
  async (question: string): Promise<string> => {
    const { mayPrompt, promptPassphrase } = await import('./prompt.js');
    if (mayPrompt(context)) return promptPassphrase(question, context);
    throw usageError('PASSPHRASE_REQUIRED', `${question}: there is nobody to ask.`, {
      hint: 'Name its source: --passphrase-file FILE, --passphrase-env NAME or --passphrase-fd N.',
    });
  };

/** The generic prefix where a network's own is not known before it is connected to (the devnet). */
export const addressForm = ({ network, token }: Settings): AddressForm => ({
  network,
  ss58Prefix: token.ss58Prefix ?? 42,
});
