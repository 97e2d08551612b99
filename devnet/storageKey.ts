/** Keys of storage values without parameters. */

import { type Hex, hostCrypto, toHex } from '../src/lib/host/index.js';

/** twox128 of the pallet and of the item. */
export async function storageKey(pallet: string, item: string): Promise<Hex> {
  const { twox } = await hostCrypto();
  return toHex(Buffer.concat([pallet, item].map((name) => twox(Buffer.from(name), 2))));
}
