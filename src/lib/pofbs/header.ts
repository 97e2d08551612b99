/** What an epoch is bound to, from what a custodian types and from the manifest of the epoch before. */

import { BursarError, usageError } from '../errors.js';
import { decodeSs58 } from '../keys/ss58.js';
import { quoteReadable } from '../numeric/text.js';
import { fromHex, gpmpOf, sameCustody, toHex } from './gpmp.js';
import { ASSET_FLAG, type AssetGiven } from './ledger.js';
import type { EpochHeader, Manifest } from './types.js';

/** The GPMP before the first epoch. */
export const NO_EPOCH = `0x${'00'.repeat(32)}`;

/** What is given; the epoch and what it follows may come from the manifest before. */
export interface HeaderGiven {
  readonly chain: string;
  readonly custody: string;
  readonly epoch: number | null;
  /** The epoch before: its manifest, its GPMP, or null if there is none. */
  readonly prev: Manifest | string | null;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly assets: readonly AssetGiven[];
}

/**
 * The header of an epoch. With the manifest of the epoch before, everything that must follow from it is held against it.
 * @throws usage EPOCH_MISSING, EPOCH_ORDER, PREV_GPMP, PREV_CHAIN, PREV_TIME, PREV_DECIMALS
 */
export function headerOf({ chain, custody, epoch, prev, timestamp, assets }: HeaderGiven): EpochHeader {
  if (prev === null || typeof prev === 'string') {
    if (epoch === null)
      throw usageError('EPOCH_MISSING', 'The number of the epoch is not known.', {
        hint: 'Give --epoch, or --prev with the manifest of the epoch before.',
      });
    return { chain, custody, epoch, prevGpmp: prev ?? NO_EPOCH, timestamp };
  }
  const next = prev.epoch + 1;
  const refuse = (code: string, why: string, hint: string) => usageError(code, why, { hint });
  const prevGpmp = gpmpOf(prev, prev.assets);
  if (prevGpmp !== prev.gpmp)
    throw refuse(
      'PREV_GPMP',
      `The manifest before says that its GPMP is ${prev.gpmp}; it comes to ${prevGpmp}.`,
      'Find out what was published, and give that GPMP or its manifest.',
    );
  if (epoch !== null && epoch !== next)
    throw refuse(
      'EPOCH_ORDER',
      `Epoch ${epoch} does not follow epoch ${prev.epoch} of the manifest before.`,
      `Leave --epoch out, or give ${next}.`,
    );
  for (const [name, given, before, same] of [
    ['chain', chain, prev.chain, chain === prev.chain],
    ['custody account', custody, prev.custody, sameCustody(custody, prev.custody)],
  ]) {
    if (!same)
      throw refuse(
        'PREV_CHAIN',
        `The ${name} is ${given}, and in the epoch before it was ${before}.`,
        'Give the manifest of the epoch before of this very custody account.',
      );
  }
  if (timestamp <= prev.timestamp)
    throw refuse(
      'PREV_TIME',
      `The time ${iso(timestamp)} is not after that of the epoch before, ${iso(prev.timestamp)}.`,
      'Give the time at which these balances were true.',
    );
  for (const { asset, decimals } of assets) {
    const before = prev.assets.find((one) => one.asset === asset);
    if (before !== undefined && before.decimals !== decimals)
      throw refuse(
        'PREV_DECIMALS',
        `${asset} has ${decimals} decimals here, and ${before.decimals} in the epoch before.`,
        'An asset keeps its decimals; name another one otherwise.',
      );
  }
  return { chain, custody, epoch: next, prevGpmp, timestamp };
}

/** What is odd about a header and breaks no rule. */
export function headerWarnings(header: EpochHeader, { prev, assets }: HeaderGiven, now: number): string[] {
  const warnings: string[] = [];
  if (header.prevGpmp === NO_EPOCH && header.epoch > 0)
    warnings.push(
      `Epoch ${header.epoch} names no epoch before it. If there is one, build again with --prev: a history with a gap does not verify.`,
    );
  if (header.timestamp > now + 900)
    warnings.push(`The time of the balances, ${iso(header.timestamp)}, is in the future.`);
  if (prev !== null && typeof prev !== 'string') {
    const gone = prev.assets.filter(({ asset }) => !assets.some((one) => one.asset === asset));
    if (gone.length > 0)
      warnings.push(
        `In the epoch before, but not in this one: ${gone.map(({ asset }) => asset).join(', ')}.`,
      );
  }
  return warnings;
}

/** `2026-11-20T12:00:00Z`. */
export const iso = (seconds: number): string =>
  Math.abs(seconds) <= 8.64e12
    ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
    : String(seconds);

/**
 * Unix seconds of `1795176000`, `2026-11-20T12:00:00Z` (or with another offset), or `now`.
 * @param now Unix seconds
 * @throws usage TIMESTAMP
 */
export function parseTimestamp(text: string, now: number): number {
  const bad = (why: string) =>
    usageError('TIMESTAMP', `${quoteReadable(text, 40)} is not a time: ${why}.`, {
      hint: 'Write Unix seconds, an ISO time with its zone such as 2026-11-20T12:00:00Z, or now.',
    });
  if (text === 'now') return now;
  if (/^[0-9]+$/.test(text)) {
    if (text.length >= 12) throw bad('it has milliseconds, or more digits than seconds have');
    return Number(text);
  }
  const form = /^(\d{4})-(\d\d)-(\d\d)[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)$/.exec(text);
  if (form === null)
    throw bad(/^\d{4}-\d\d-\d\d/.test(text) ? 'it has no hour or no zone' : 'it is of no known form');
  const value = Date.parse(text.replace(' ', 'T'));
  const [, year, month, day] = form.map(Number) as [number, number, number, number];
  // Date.parse takes the 31st of April for the 1st of May.
  if (Number.isNaN(value) || day > new Date(Date.UTC(year, month, 0)).getUTCDate())
    throw bad('there is no such day or hour');
  if (value < 0) throw bad('it is before 1970');
  return Math.floor(value / 1000);
}

/**
 * A custody account as 0x hex: an SS58 address, 32 bytes of hex, or a contract's address of 20 bytes.
 * @throws usage CUSTODY, ADDRESS_FORMAT, ADDRESS_LENGTH, ADDRESS_CHECKSUM
 */
export function parseCustody(text: string): string {
  if (!/^0x/i.test(text)) {
    try {
      return toHex(decodeSs58(text).accountId);
    } catch (error) {
      if (!(error instanceof BursarError)) throw error;
      // A name would do where keys are at hand, but not in a header.
      throw usageError(error.code, error.message, {
        hint: 'Give an SS58 address, or 0x and 64 or 40 hexadecimal digits; names of keys are not taken here.',
        cause: error,
      });
    }
  }
  const hex = text.toLowerCase();
  if ([20, 32].includes(fromHex(hex)?.length ?? 0)) return hex;
  throw usageError(
    'CUSTODY',
    'The custody account is not 0x hex of 32 bytes (an account) or 20 (a contract).',
    {
      hint: 'Give an SS58 address, or 0x and 64 or 40 hexadecimal digits.',
    },
  );
}

/**
 * Bytes of `256MB`, `2GB`: units of 1024.
 * @throws usage MEMORY, below 16 MB as well
 */
export function parseMemory(text: string): number {
  const form = /^(\d{1,7})\s*(MB|MiB|M|GB|GiB|G)$/i.exec(text);
  const bytes = Number(form?.[1]) * (/^G/i.test(form?.[2] ?? '') ? 2 ** 30 : 2 ** 20);
  if (Number.isNaN(bytes) || bytes < 16 * 2 ** 20 || bytes > 2 ** 40)
    throw usageError('MEMORY', `${quoteReadable(text, 20)} is not an amount of memory from 16MB up.`, {
      hint: 'Write a whole number with its unit: 256MB, 2GB.',
    });
  return bytes;
}

/**
 * The assets of `USDC:6` or, with `decimals` for those that name none, `USDC`.
 * @throws usage ASSET, DECIMALS
 */
export function parseAssets(texts: readonly string[], decimals: number | null): AssetGiven[] {
  return texts.map((text) => {
    const [, asset = '', own] = ASSET_FLAG.exec(text) ?? [];
    const given = own === undefined ? decimals : Number(own);
    if (asset === '') throw badAsset(text);
    if (given === null)
      throw usageError('DECIMALS', `The decimals of ${asset} are not known.`, {
        hint: `Give --decimals, or --asset ${asset}:6 where assets have different ones.`,
      });
    if (given > 38)
      throw usageError('DECIMALS', `${asset} cannot have ${given} decimals: 38 are the most.`, {
        hint: 'Give the decimal places of one unit of the asset.',
      });
    return { asset, decimals: given };
  });
}

const badAsset = (text: string): BursarError =>
  usageError('ASSET', `${quoteReadable(text, 40)} is not the name of an asset.`, {
    hint: 'Write --asset USDC --decimals 6, or --asset USDC:6.',
  });
