/** The flags that commands share, each with a parser that says what is wrong, and the ecosystem's own names. */

import { boolean, custom, help, option, string } from '@oclif/core/flags';
import { parseAccount, parseCount, parseDuration, parseEndpoint, parseHash } from '../config/parse.js';
import { quoteInput } from '../config/quote.js';
import type { MetadataHash, WaitFor } from '../config/types.js';
import { usageError } from '../lib/errors.js';

/** An SS58 address or the name of a key. */
export const accountFlag = custom<string>({
  helpValue: 'ADDRESS|KEY',
  parse: async (text) => parseAccount(text),
});
export const addressFlag = accountFlag;

/** An amount with its unit, kept as text: it is read with the chain's own decimals once they are known. */
export const amountFlag = custom<string>({ helpValue: 'AMOUNT', parse: async (text) => amountText(text) });

/** Milliseconds, written with a unit. */
export const durationFlag = custom<number>({ helpValue: 'TIME', parse: async (text) => parseDuration(text) });

/** A whole number between `min` and `max`. */
export const countFlag = custom<number, { min?: number; max?: number }>({
  helpValue: 'N',
  parse: async (text, _command, { min, max }) => parseCount(text, min, max),
});

export const hashFlag = custom<string>({ helpValue: 'HASH', parse: async (text) => parseHash(text) });

/** A WebSocket endpoint. */
export const endpointFlag = custom<string>({
  helpValue: 'URL',
  parse: async (text) => parseEndpoint(text).url,
});

/** Where the report is also written as a page; `BaseCommand` does the rest. Not for commands that send. */
export const htmlFlag = custom<string>({
  helpValue: 'FILE',
  description:
    'also write the report as one HTML page that needs no network; - prints it instead of the text',
  parse: async (file) => {
    const { checkPageFile } = await import('./html.js');
    return checkPageFile(file);
  },
});

/** A key of `--once`: short, and the same in every shell and every file name. */
export const onceFlag = custom<string>({
  helpValue: 'KEY',
  parse: async (text) => {
    if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/.test(text)) return text;
    throw usageError('ONCE_KEY', `${quoteInput(text)} is not a key for --once.`, {
      hint: 'Use up to 128 letters, digits and . _ : - that begin with a letter or digit, such as payroll-2026-11.',
    });
  },
});

const WAITS = ['broadcast', 'best', 'finalized'] as const satisfies readonly WaitFor[];
export const waitFlag = option({ options: WAITS });

const AGREES = ['require', 'warn'] as const;
const METADATA_HASHES = ['auto', 'require', 'off'] as const satisfies readonly MetadataHash[];
export const metadataHashFlag = option({ options: METADATA_HASHES });

const GLOBAL = { helpGroup: 'GLOBAL' } as const;

/** On every command. */
export const globalFlags = {
  json: boolean({ ...GLOBAL, default: false, description: 'print one JSON object; never prompt' }),
  'no-input': boolean({
    ...GLOBAL,
    default: false,
    description: 'never prompt: fail where an answer is needed',
  }),
  quiet: boolean({
    ...GLOBAL,
    default: false,
    char: 'q',
    description: 'no progress, notes or warnings on stderr',
  }),
  config: string({
    ...GLOBAL,
    helpValue: 'FILE',
    description: 'configuration file (BURSAR_CONFIG)',
  }),
  help: help({ ...GLOBAL, char: 'h', description: 'print this help' }),
};

/** On every command that reads a chain. */
export const chainFlags = {
  network: string({
    char: 'n',
    helpValue: 'NAME',
    description: 'polkadot, kusama, westend, paseo, devnet, or one from the configuration (BURSAR_NETWORK)',
  }),
  rpc: endpointFlag({
    multiple: true,
    multipleNonGreedy: true,
    aliases: ['ws', 'url'],
    description: 'WebSocket endpoint; repeat it for more than one (BURSAR_RPC)',
  }),
  agree: option({ options: AGREES })({
    description:
      'when no second endpoint can confirm the reference block: stop, or warn and go on; default: sending commands stop, others do not compare (BURSAR_AGREE)',
  }),
  timeout: durationFlag({
    description: 'give up on an endpoint that does not answer in this time, such as 30s (BURSAR_TIMEOUT)',
  }),
};

/** On every command that sends. */
export const sendFlags = {
  from: accountFlag({ description: 'account that signs (BURSAR_FROM)' }),
  'proxy-for': accountFlag({
    description: 'account that the signer acts for as its proxy (BURSAR_PROXY_FOR)',
  }),
  'dry-run': boolean({
    allowNo: true,
    description: 'print plan, fee and expected result; sign and send nothing (BURSAR_DRY_RUN=1)',
  }),
  yes: boolean({ default: false, char: 'y', description: 'do not ask for confirmation' }),
  wait: waitFlag({ description: 'how far to follow what was sent; default finalized (BURSAR_WAIT)' }),
  tip: amountFlag({ description: 'tip for the block author, such as 0.1DOT (BURSAR_TIP)' }),
  nonce: countFlag({ description: 'nonce to use instead of the next one' }),
  mortality: durationFlag({ description: 'how long it stays valid, such as 10m (BURSAR_MORTALITY)' }),
  'metadata-hash': metadataHashFlag({
    description:
      'whether the signature commits to the metadata: where the chain can check it, else not at all, or never (BURSAR_METADATA_HASH)',
  }),
  'exit-noop': boolean({ default: false, description: 'end with code 3 when there is nothing to do' }),
  once: onceFlag({
    description: 'do it at most once under this key, ever; a repetition reports what the first one did',
  }),
};

function amountText(text: string): string {
  const trimmed = text.trim();
  const bad = (why: string) =>
    usageError('AMOUNT', `${quoteInput(text)} is not an amount: ${why}.`, {
      hint: 'Write a number with its unit, such as 12.5DOT, or a whole number of planck, such as 125000000000planck.',
    });
  if (trimmed === '') throw bad('it is empty');
  if (trimmed.startsWith('-')) throw bad('it is negative');
  if (trimmed.length > 80 || !/^[0-9][0-9A-Za-z.,_ ]*$/.test(trimmed))
    throw bad('it is not a number with a unit');
  return trimmed;
}
