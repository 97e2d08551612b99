/** Amounts for a person. */

import { formatDecimal } from '../numeric/decimal.js';

/**
 * Exact, thousands grouped: `1,600.5 USDC`.
 * @param decimals null where they are not known: the amount is shown in base units then
 */
export const assetAmount = (
  units: bigint,
  { asset, decimals }: { readonly asset: string; readonly decimals: number | null },
): string =>
  decimals === null
    ? `${units.toLocaleString('en')} base units of ${asset}`
    : `${formatDecimal(units, decimals, { grouping: ',' })} ${asset}`;
