/** Offences and slashes of validators that the chain still knows: done, waiting to be applied, waiting to be looked at. */

import type { Chain } from '../chain/types.js';
import { each, readParts } from '../eras/read.js';
import type { Plain } from '../plain.js';
import type { Offence } from './types.js';

interface Known extends Offence {
  readonly address: string;
}

/** Offences by validator, oldest first. The maps of slashes are small, so that they are read whole. */
export async function readOffences(
  chain: Chain,
  addresses: readonly string[],
  at?: string,
): Promise<ReadonlyMap<string, readonly Offence[]>> {
  const found = (
    await Promise.all([
      slashed(chain, at),
      deferred(chain, at),
      queued(chain, at),
      processing(chain, at),
      spans(chain, addresses, at),
    ])
  ).flat();
  const byAddress = new Map<string, Offence[]>();
  for (const { address, ...offence } of found.sort(order)) {
    const known = byAddress.get(address) ?? [];
    // A slash that is deferred is in two maps, and in as many pages as its nominators fill.
    if (!known.some((other) => sameOffence(other, offence))) known.push(offence);
    byAddress.set(address, known);
  }
  return byAddress;
}

/** Whether slashes are kept for longer than an era's other facts: the classic pallet notes a stash's last one for ever. */
export const remembersSlashes = (chain: Pick<Chain, 'hasStorage'>): boolean =>
  chain.hasStorage('Staking', 'SlashingSpans');

const order = (a: Known, b: Known): number =>
  a.era - b.era ||
  STEP[a.kind] - STEP[b.kind] ||
  (a.fraction ?? 0) - (b.fraction ?? 0) ||
  (a.address < b.address ? -1 : a.address > b.address ? 1 : 0);

const STEP: Readonly<Record<Offence['kind'], number>> = { reported: 0, deferred: 1, slashed: 2 };

const sameOffence = (a: Offence, b: Offence): boolean =>
  a.era === b.era && a.kind === b.kind && a.fraction === b.fraction;

async function slashed(chain: Chain, at?: string): Promise<Known[]> {
  if (!chain.hasStorage('Staking', 'ValidatorSlashInEra')) return [];
  const entries = await chain.entries({ pallet: 'Staking', item: 'ValidatorSlashInEra' }, at);
  return entries.map(({ keys, value }) => ({
    address: keys[1] as string,
    era: keys[0] as number,
    kind: 'slashed',
    fraction: (value as readonly [number, bigint])[0],
  }));
}

/**
 * Kept under the era in which they will be applied. staking-async: `SlashDeferDuration` after the offence, by (validator,
 * fraction, page). The classic pallet: one era later still, a list without the fraction.
 */
async function deferred(chain: Chain, at?: string): Promise<Known[]> {
  if (!chain.hasStorage('Staking', 'UnappliedSlashes')) return [];
  const delay = chain.hasConstant('Staking', 'SlashDeferDuration')
    ? Number(chain.constant('Staking', 'SlashDeferDuration'))
    : 0;
  const entries = await chain.entries({ pallet: 'Staking', item: 'UnappliedSlashes' }, at);
  return entries.flatMap(({ keys, value }): Known[] => {
    const key = keys[1] as readonly [string, number, number] | undefined;
    const era = Math.max(0, (keys[0] as number) - delay - (key === undefined ? 1 : 0));
    if (key !== undefined) return [{ address: key[0], era, kind: 'deferred', fraction: key[1] }];
    return (value as unknown as readonly { readonly validator: string }[]).map(({ validator }) => ({
      address: validator,
      era,
      kind: 'deferred',
      fraction: null,
    }));
  });
}

interface OffenceRecord {
  readonly slashFraction: number;
}

async function queued(chain: Chain, at?: string): Promise<Known[]> {
  if (!chain.hasStorage('Staking', 'OffenceQueue')) return [];
  const entries = await chain.entries({ pallet: 'Staking', item: 'OffenceQueue' }, at);
  return entries.map(({ keys, value }) => ({
    address: keys[1] as string,
    era: keys[0] as number,
    kind: 'reported',
    fraction: (value as unknown as OffenceRecord).slashFraction,
  }));
}

async function processing(chain: Chain, at?: string): Promise<Known[]> {
  if (!chain.hasStorage('Staking', 'ProcessingOffence')) return [];
  const [value] = await chain.read([{ pallet: 'Staking', item: 'ProcessingOffence', optional: true }], at);
  if (value === null || value === undefined) return [];
  const [era, address, record] = value as unknown as readonly [number, string, OffenceRecord];
  return [{ address, era, kind: 'reported', fraction: record.slashFraction }];
}

async function spans(chain: Chain, addresses: readonly string[], at?: string): Promise<Known[]> {
  if (!remembersSlashes(chain)) return [];
  const [eras] = await readParts(
    chain,
    [
      each(
        addresses,
        (address) => ({ pallet: 'Staking', item: 'SlashingSpans', keys: [address], optional: true }),
        (value: Plain) => (value as { readonly lastNonzeroSlash: number } | null)?.lastNonzeroSlash ?? 0,
      ),
    ],
    at,
  );
  // 0 stands for never.
  return addresses.flatMap((address, index): Known[] =>
    eras[index]! > 0 ? [{ address, era: eras[index]!, kind: 'slashed', fraction: null }] : [],
  );
}
