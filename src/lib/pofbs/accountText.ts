/** Accounts for a person. */

import { encodeSs58, GENERIC_PREFIX } from '../keys/ss58.js';
import { fromHex } from './gpmp.js';

/**
 * An account's address on any chain (SS58, generic prefix 42), to stand beside its hex.
 * @param hex 0x hex; one of 20 bytes, a contract, has no other form: null
 */
export function addressOf(hex: string): string | null {
  const bytes = fromHex(hex);
  return bytes?.length === 32 ? encodeSs58(bytes, GENERIC_PREFIX) : null;
}

/** `0xd435… (5Grw…)`, both whole; a contract's hex alone. */
export function accountText(hex: string): string {
  const address = addressOf(hex);
  return address === null ? hex : `${hex} (${address})`;
}
