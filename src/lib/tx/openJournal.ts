/** Which journal a transaction is written in. */

import type { OpenChain } from '../chain/connect.js';
import { Journal } from './journal.js';
import type { Surroundings } from './options.js';

interface SignerOptions extends Surroundings {
  readonly journalDir: string;
  readonly signer: string;
}

/** The journal of the signer on this chain; on a fork, that of the fork. */
export async function openJournal(chain: OpenChain, options: SignerOptions): Promise<Journal> {
  const { fork } = chain;
  return Journal.of(options.journalDir, chain.identity.genesisHash, await publicKeyOf(options.signer), {
    disk: options.disk,
    fork: fork?.id,
  });
}

/** The other journals of the signer by this genesis hash: on a fork that of the chain, on a chain those of its forks. */
export async function otherJournals(chain: OpenChain, options: SignerOptions): Promise<Journal[]> {
  const key = await publicKeyOf(options.signer);
  const { genesisHash } = chain.identity;
  if (chain.fork) return [await Journal.of(options.journalDir, genesisHash, key, { disk: options.disk })];
  return Journal.ofForks(options.journalDir, genesisHash, key, options.disk);
}

async function publicKeyOf(address: string): Promise<string> {
  const { decodeAddress, u8aToHex } = await import('#polkadot');
  return u8aToHex(decodeAddress(address));
}
