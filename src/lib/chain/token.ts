/**
 * How the chain's native amounts and addresses are written, and on whose word: a wrong number of decimals plans a
 * hundredfold of what was asked for.
 */

import { isIndex, oddAnswer } from './answers.js';
import type { Token } from './types.js';

/** On whose word a value stands: the configuration's, the metadata's, or only the endpoint's; or nobody gives it. */
export type TokenSource = 'config' | 'metadata' | 'endpoint' | 'nobody';

/** For each value of a token, on whose word it stands. */
export type TokenSources = { readonly [K in 'symbol' | 'decimals' | 'ss58Prefix']: TokenSource };

/** What an endpoint claims in `system_properties` about the first of its tokens; what it leaves out is absent. */
export interface TokenClaims {
  readonly symbol?: string;
  readonly decimals?: number;
  readonly ss58Prefix?: number;
}

/** More decimals than a balance of 128 bits has digits make no sense. */
const MOST_DECIMALS = 38;
const LARGEST_PREFIX = 16_383;

/**
 * Reads the answer to `system_properties`. Chains with several tokens list the native one first.
 * @throws unreachable ENDPOINT_ANSWER for values that no chain has
 */
export function tokenClaims(endpoint: string, properties: unknown): TokenClaims {
  const all = (properties !== null && typeof properties === 'object' ? properties : {}) as Record<
    string,
    unknown
  >;
  const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value) ?? undefined;
  const [symbol, decimals, ss58Prefix] = [
    first(all.tokenSymbol),
    first(all.tokenDecimals),
    first(all.ss58Format),
  ];
  const isOdd =
    (symbol !== undefined && typeof symbol !== 'string') ||
    (decimals !== undefined && !(isIndex(decimals) && decimals <= MOST_DECIMALS)) ||
    (ss58Prefix !== undefined && !(isIndex(ss58Prefix) && ss58Prefix <= LARGEST_PREFIX));
  if (isOdd) throw oddAnswer(endpoint, 'properties of its token');
  return {
    ...(symbol === undefined || symbol === '' ? {} : { symbol: symbol as string }),
    ...(decimals === undefined ? {} : { decimals: decimals as number }),
    ...(ss58Prefix === undefined ? {} : { ss58Prefix: ss58Prefix as number }),
  };
}

/** What is configured stands; the address prefix is then the metadata's constant; the endpoint's word comes last. */
export interface TokenWords {
  readonly config: Partial<Token>;
  /** The constant `System.SS58Prefix`, where the chain has it. */
  readonly constant: number | null;
  readonly claims: TokenClaims;
}

/**
 * The token that amounts and addresses are written with. Without a number of decimals, amounts are in base units: the
 * token is then `planck`, and `undenominated` names the symbol that cannot be used.
 */
export function chooseToken({ config, constant, claims }: TokenWords): {
  readonly token: Token;
  readonly sources: TokenSources;
} {
  const symbol = config.symbol ?? claims.symbol;
  const decimals = config.decimals ?? claims.decimals;
  const ss58Prefix = config.ss58Prefix ?? constant ?? claims.ss58Prefix ?? 42;
  const of = (key: keyof TokenClaims): TokenSource =>
    config[key] !== undefined ? 'config' : claims[key] !== undefined ? 'endpoint' : 'nobody';
  const prefixOf = config.ss58Prefix === undefined && constant !== null ? 'metadata' : of('ss58Prefix');
  return {
    token:
      decimals === undefined
        ? { symbol: 'planck', decimals: 0, ss58Prefix, undenominated: symbol ?? 'its token' }
        : { symbol: symbol ?? 'UNIT', decimals, ss58Prefix },
    sources: { symbol: of('symbol'), decimals: of('decimals'), ss58Prefix: prefixOf },
  };
}
