/** What flags and configuration ask of a selection of validators. */

import type { Settings } from '../config/types.js';
import { usageError } from '../lib/errors.js';
import { type Denomination, parseAmount } from '../lib/numeric/amount.js';
import { Perbill } from '../lib/numeric/perthing.js';
import type { Wish } from '../lib/validators/wish.js';

interface SelectFlags {
  readonly for?: string | undefined;
  readonly diff: boolean;
  readonly keep: boolean;
  readonly margin?: number | undefined;
  readonly max?: number | undefined;
  readonly 'max-per-operator'?: number | undefined;
  readonly 'max-commission'?: number | undefined;
  readonly 'min-nomination'?: string | undefined;
  readonly 'min-stash-bond'?: string | undefined;
  readonly stake?: string | undefined;
}

/** The account to compare with, if there is one. @throws usage ACCOUNTS */
export function selectingAccount(settings: Settings, flags: SelectFlags): string[] {
  if (flags.for !== undefined) return [flags.for];
  if (!flags.diff && !flags.keep && flags['min-stash-bond'] === undefined) return [];
  if (settings.from !== undefined) return [settings.proxyFor ?? settings.from];
  throw usageError('ACCOUNTS', 'No account is named to compare with.', {
    hint: 'Name it with --for, or set "from" in the configuration.',
  });
}

/** @throws usage AMOUNT_* */
export function selectWish(settings: Settings, token: Denomination, flags: SelectFlags): Wish {
  const { validators: config } = settings;
  const amount = (text: string | undefined) => (text === undefined ? null : parseAmount(text, token));
  const part = (text: string | undefined, otherwise: number) =>
    text === undefined ? otherwise : Number(Perbill.parse(text)) / 1e9;
  return {
    keep: flags.keep,
    margin: flags.margin ?? part(config.margin, 0.1),
    max: flags.max ?? config.maxTargets ?? null,
    maxPerOperator: flags['max-per-operator'] ?? config.maxPerOperator ?? 2,
    maxCommission: flags['max-commission'] ?? part(config.maxCommission, 1),
    minNomination: amount(flags['min-nomination'] ?? config.minNomination) ?? 0n,
    minStashBond: amount(flags['min-stash-bond'] ?? config.minStashBond),
    stake: amount(flags.stake),
  };
}
