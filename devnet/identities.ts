/** The identities of the tour's validators, as calls of its first blocks. */

import { concat } from './bytes.js';
import { blake2 } from './header.js';
import type { PreludeCall } from './preset.js';

interface Identity {
  readonly display: string;
  /** What the registrar found; absent: nobody looked. */
  readonly judgement?: 'Reasonable' | 'Erroneous';
  /** Accounts below this one, by the name they have there. */
  readonly subs?: { readonly [account: string]: string };
}

/** v09, v11 and v12 have none; v05 and v06 are two of v04's. */
const IDENTITIES: { readonly [account: string]: Identity } = {
  v01: { display: 'Alder Validators', judgement: 'Reasonable' },
  v02: { display: 'Birch Node', judgement: 'Reasonable' },
  v03: { display: 'Cedar Staking', judgement: 'Reasonable' },
  v04: { display: 'Dogwood', judgement: 'Reasonable', subs: { v05: 'east', v06: 'west' } },
  v07: { display: 'Érable', judgement: 'Reasonable' },
  v08: { display: 'Alder Validators', judgement: 'Erroneous' },
  v10: { display: 'Hazel' },
};
const REGISTRAR = 'charlie';

/**
 * @param address address of a named account
 * @param block block of the identities; the judgements are in the next one
 */
export async function identityCalls(
  address: (name: string) => string,
  block: number,
): Promise<PreludeCall[]> {
  const identity = (at: number, as: string, call: string, args: readonly unknown[]): PreludeCall => ({
    block: at,
    pallet: 'identity',
    call,
    args,
    as: address(as),
  });
  const calls: PreludeCall[] = [
    { block, pallet: 'identity', call: 'addRegistrar', args: [address(REGISTRAR)] },
  ];
  for (const [account, { display, subs }] of Object.entries(IDENTITIES)) {
    calls.push(identity(block, account, 'setIdentity', [{ display: { Raw: display } }]));
    const names = Object.entries(subs ?? {}).map(([sub, name]) => [address(sub), { Raw: name }]);
    if (names.length > 0) calls.push(identity(block, account, 'setSubs', [names]));
  }
  for (const [account, { display, judgement }] of Object.entries(IDENTITIES))
    if (judgement !== undefined)
      calls.push(
        identity(block + 1, REGISTRAR, 'provideJudgement', [
          0,
          address(account),
          judgement,
          await digest(display),
        ]),
      );
  return calls;
}

/** What a registrar judges: blake2-256 of an `IdentityInfo` in which only the display name is set. */
function digest(display: string): Promise<string> {
  const name = new TextEncoder().encode(display);
  // No additional fields; name as Data::Raw, whose variant is 1 + length; four empty fields, no fingerprint, two empty.
  return blake2(concat(Uint8Array.of(0, 1 + name.length), name, new Uint8Array(7)));
}
