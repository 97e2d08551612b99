/** Numbers and times for a reader. */

import type { AssetSummary } from '../../lib/pofbs/types.js';

export const grouped = (digits: string): string => digits.replace(/(?<=[0-9])(?=(?:[0-9]{3})+$)/g, ',');

/** `1 line`, `2,000 lines` */
export const count = (number: number, noun: string): string =>
  `${grouped(String(number))} ${noun}${number === 1 ? '' : 's'}`;

/** `12,345.678 USDC` */
export function amount(value: bigint, { decimals, asset }: Pick<AssetSummary, 'decimals' | 'asset'>): string {
  const digits = String(value).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  const fraction = digits.slice(point).replace(/0+$/, '');
  return `${grouped(digits.slice(0, point))}${fraction === '' ? '' : `.${fraction}`} ${asset}`;
}

/** Unix seconds in the reader's own zone and, as the custodian has it, in UTC. */
export function when(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return 'an unknown time';
  const utc = `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const local = date.toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'short' });
  return `${local} (your local time; ${utc})`;
}
