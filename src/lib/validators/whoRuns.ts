/** Where the operators of validators are looked up: the chain's own identities, another chain's, a file, or nowhere. */

import type { Chain } from '../chain/types.js';
import type { Operators } from './facts.js';
import { readIdentities } from './identity.js';
import type { Operator } from './types.js';

export interface OperatorSources {
  /** A chain with identities, if it is another than the validators' own. */
  readonly identityChain?: Chain;
  /** The operators' file: its names by address, and the SHA-256 of its bytes. */
  readonly file?: { readonly names: ReadonlyMap<string, string>; readonly sha256: string };
}

/** The file goes before the identities: somebody looked. */
export function operatorsFrom(chain: Chain, { identityChain, file }: OperatorSources) {
  const from = identityChain ?? (chain.hasStorage('Identity', 'IdentityOf') ? chain : undefined);
  return async (addresses: readonly string[]): Promise<Operators> => {
    const identities =
      from === undefined ? new Map<string, Operator>() : await readIdentities(from, addresses);
    const named = (address: string): Operator | undefined => {
      const name = file?.names.get(address);
      return name === undefined ? undefined : { id: `file:${name}`, name, judgement: 'good', source: 'file' };
    };
    return {
      source:
        from !== undefined
          ? {
              kind: 'chain',
              other:
                identityChain === undefined
                  ? null
                  : { genesisHash: from.identity.genesisHash, block: from.reference.hash },
              file: file?.sha256 ?? null,
            }
          : file !== undefined
            ? { kind: 'file', file: file.sha256 }
            : { kind: 'none' },
      of: (address) => named(address) ?? identities.get(address) ?? null,
    };
  };
}
