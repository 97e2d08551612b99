/** Identities of validators: their own, or that of the account above them. Read from the pallet Identity of any chain. */

import type { Chain, StorageQuery } from '../chain/types.js';
import { each, readParts } from '../eras/read.js';
import { preconditionError } from '../errors.js';
import type { Plain } from '../plain.js';
import type { Judgement, Operator } from './types.js';

/**
 * Operators by address; who has no identity is not in it. Two or three requests.
 *
 * @param chain a chain with the pallet Identity that writes addresses with the same prefix as the validators' chain
 * @throws precondition NO_IDENTITIES
 */
export async function readIdentities(
  chain: Chain,
  addresses: readonly string[],
  at?: string,
): Promise<ReadonlyMap<string, Operator>> {
  if (!chain.hasStorage('Identity', 'IdentityOf')) {
    throw preconditionError('NO_IDENTITIES', `${chain.endpoint} is a chain without identities.`, {
      hint: 'Those of Polkadot and Kusama are on their People chains: name an endpoint of that one.',
    });
  }
  const [identities, parents] = await readParts(
    chain,
    [
      each(
        addresses,
        (address) => identity('IdentityOf', address),
        registration,
        () => 500,
      ),
      supers(addresses),
    ],
    at,
  );
  const above = [...new Set(parents.flatMap((parent) => (parent === null ? [] : [parent.account])))];
  const missing = above.filter((account) => !addresses.includes(account));
  const [others] = await readParts(
    chain,
    [
      each(
        missing,
        (address) => identity('IdentityOf', address),
        registration,
        () => 500,
      ),
    ],
    at,
  );
  const byAccount = new Map<string, Registration | null>([
    ...addresses.map((address, index) => [address, identities[index] ?? null] as const),
    ...missing.map((address, index) => [address, others[index] ?? null] as const),
  ]);
  const operators = new Map<string, Operator>();
  addresses.forEach((address, index) => {
    const found = operatorOf(address, byAccount, parents[index] ?? null);
    if (found !== null) operators.set(address, found);
  });
  return operators;
}

interface Registration {
  readonly name: string;
  readonly judgement: Judgement;
}

interface Parent {
  readonly account: string;
  readonly name: string;
}

/** A parent's identity counts before the account's own: it is the parent who vouches for its sub-accounts. */
function operatorOf(
  address: string,
  identities: ReadonlyMap<string, Registration | null>,
  parent: Parent | null,
): Operator | null {
  const above = parent === null ? null : (identities.get(parent.account) ?? null);
  if (parent !== null && above !== null) {
    const name = parent.name === '' ? above.name : `${above.name}/${parent.name}`;
    return { id: parent.account, name, judgement: above.judgement, source: 'parent' };
  }
  const own = identities.get(address) ?? null;
  return own === null ? null : { id: address, name: own.name, judgement: own.judgement, source: 'identity' };
}

const identity = (item: string, address: string): StorageQuery => ({
  pallet: 'Identity',
  item,
  keys: [address],
  optional: true,
});

const supers = (addresses: readonly string[]) =>
  each(
    addresses,
    (address) => identity('SuperOf', address),
    (value): Parent | null => {
      if (value === null) return null;
      const [account, name] = value as unknown as readonly [string, Plain];
      return { account, name: dataText(name) };
    },
  );

interface RawRegistration {
  readonly judgements: readonly (readonly [number, Plain])[];
  readonly info: { readonly display: Plain };
}

function registration(value: Plain): Registration | null {
  if (value === null) return null;
  // Some releases of the pallet keep a pair: the registration and a user name.
  const { judgements, info } = (Array.isArray(value) ? value[0] : value) as unknown as RawRegistration;
  return { name: dataText(info.display), judgement: verdict(judgements.map(([, found]) => found)) };
}

function verdict(found: readonly Plain[]): Judgement {
  if (found.some((one) => one === 'Erroneous' || one === 'LowQuality')) return 'bad';
  return found.some((one) => one === 'Reasonable' || one === 'KnownGood') ? 'good' : 'unjudged';
}

/** `Data` of the pallet: text as its bytes, or a hash of it. Bytes that are no text stay hex. */
function dataText(data: Plain): string {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return '';
  const [kind, hex] = Object.entries(data)[0] ?? [];
  if (kind === undefined || typeof hex !== 'string') return '';
  if (!kind.startsWith('Raw')) return `${kind} ${hex}`;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(hex.slice(2), 'hex'));
  } catch {
    return hex;
  }
}
