/** Flags that the pofbs commands share; what they mean is read by the library, which is loaded only when one is given. */

import { custom, string } from '@oclif/core/flags';

export const memoryFlag = custom<number>({
  helpValue: 'SIZE',
  parse: async (text) => (await import('../lib/pofbs/header.js')).parseMemory(text),
});

export const custodyFlag = custom<string>({
  helpValue: 'ADDRESS',
  parse: async (text) => (await import('../lib/pofbs/header.js')).parseCustody(text),
});

/** For commands that sort more than fits into memory. */
export const sortFlags = {
  memory: memoryFlag({
    default: 64 * 2 ** 20,
    defaultHelp: async () => '64MB',
    description: 'memory for sorting; what does not fit goes to disk',
  }),
  tmp: string({
    helpValue: 'DIR',
    description: 'where temporary files go; they hold wallets and salts, and are removed',
  }),
};
