/** Where rewards go, as an operator writes it. */

import { usageError } from '../errors.js';
import { quote } from '../numeric/text.js';
import type { Payee } from './types.js';

const SIMPLE: Readonly<Record<string, Payee>> = {
  staked: 'Staked',
  stash: 'Stash',
  none: 'None',
  controller: 'Controller',
};

/**
 * `staked` (restaked), `stash`, `none` or `account:ADDRESS`.
 * @param resolve from an address or key name to the chain's SS58 form
 * @throws usage PAYEE, and what `resolve` throws
 */
export async function parsePayee(
  text: string,
  resolve: (account: string) => Promise<string>,
): Promise<Payee> {
  const simple = Object.hasOwn(SIMPLE, text.toLowerCase()) ? SIMPLE[text.toLowerCase()] : undefined;
  if (simple !== undefined) return simple;
  const account = /^account:(.+)$/is.exec(text)?.[1];
  if (account !== undefined) return { Account: await resolve(account) };
  throw usageError('PAYEE', `${quote(text)} is not a reward destination.`, {
    hint: 'Write staked, stash, none, or account:ADDRESS.',
  });
}
