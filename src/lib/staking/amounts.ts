/** Amounts that a command line leaves out. */

import type { Token } from '../chain/types.js';
import { usageError } from '../errors.js';
import { parseAmount } from '../numeric/amount.js';
import type { Planck } from '../plain.js';

/**
 * What stays free when everything else is bonded: one whole token unless `text` says otherwise (white paper of Parallel
 * Finance, §IV.3).
 * @param max whether everything else is bonded; otherwise it does not matter
 * @throws usage AMOUNT_*; KEEP_UNKNOWN where the decimals are not known: one token could be any amount then
 */
export function keptFree(token: Token, text: string | undefined, max: boolean): Planck {
  if (text !== undefined) return parseAmount(text, token);
  if (!max) return 0n;
  if (token.undenominated === undefined) return 10n ** BigInt(token.decimals);
  throw usageError(
    'KEEP_UNKNOWN',
    `--max leaves one whole ${token.undenominated}, and how many planck that is is not known: the chain does not say its decimals.`,
    {
      hint: 'Say with --keep how much stays free, in planck; or set the decimals in the configuration (networks.<name>.token).',
    },
  );
}
