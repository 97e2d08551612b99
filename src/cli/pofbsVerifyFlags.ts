/** Flags of the commands that judge an epoch; what they mean is read by the library. */

import { boolean, custom, option, string } from '@oclif/core/flags';
import { parseHash } from '../config/parse.js';
import type { CidProfile } from '../lib/pofbs/types.js';

const PROFILES: readonly CidProfile[] = ['unixfs-v1-2025', 'unixfs-v0-2015'];

export const cidProfileFlag = option({ options: PROFILES });

/** The hash of an epoch, which is public; with 0x or without, as ids are. */
export const gpmpFlag = custom<string>({
  helpValue: 'HASH',
  parse: async (text) => parseHash(/^[0-9a-f]{64}$/i.test(text) ? `0x${text}` : text),
});

/** Which part of how many. */
export const shardFlag = custom<{ part: number; of: number }>({
  helpValue: 'K/N',
  parse: async (text) => (await import('../lib/pofbs/partial.js')).parseShard(text),
});

/** What whoever verifies knows from elsewhere. Each asks for the rules that it lets be judged. */
export const givenFlags = {
  gpmp: gpmpFlag({ description: 'GPMP that the epoch must have: the one on chain' }),
  prev: string({
    helpValue: 'MANIFEST|HASH',
    description:
      'epoch before: its manifest, its directory, or its GPMP; 0x and 64 zeros for the first epoch',
  }),
  balance: string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'ASSET=AMOUNT',
    description:
      'what the custody account holds: USDC=12.5USDC, or USDC=12500000planck in base units; repeat it for several assets',
  }),
  balances: string({
    helpValue: 'FILE',
    description: 'the same as JSON: {"balances": {"USDC": "12500000"}, "block": "0x…"}, in base units',
  }),
  published: string({
    helpValue: 'FILE',
    description:
      'summary that was published, as JSON: {"gpmp", "timestamp", "cid"}, or "cids" with one for each asset',
  }),
  require: string({
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    helpValue: 'RULE,…',
    description: 'rules that must be TRUE besides those that are asked for anyway',
  }),
  strict: boolean({ default: false, description: 'every rule must be TRUE' }),
};
