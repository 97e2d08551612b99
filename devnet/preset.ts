/** What a preset is, and how its genesis is described: a patch of the runtime's own default genesis configuration. */

import type { NamedAccount } from './accounts.js';

/** One unit of the development chain's token in planck. */
export const UNIT = 10_000_000_000n;

/** Unix milliseconds of genesis: 2026-01-01T00:00:00Z. The chain's clock runs on its own from here, 6 s a block. */
export const GENESIS_TIME = 1_767_225_600_000;
export const BLOCK_MS = 6_000;

/** JSON in which an amount is a bigint and becomes a JSON number of any size. */
export type GenesisJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly GenesisJson[]
  | { readonly [key: string]: GenesisJson };

/** A call in the first blocks, by the metadata's names in camelCase; it is dispatched by root. */
export interface PreludeCall {
  /** Block that includes it. */
  readonly block: number;
  readonly pallet: string;
  readonly call: string;
  readonly args: readonly unknown[];
  /** Dispatched as this account (address) instead of root. */
  readonly as?: string;
}

/**
 * Blocks that are part of a preset, for what a genesis configuration cannot say: that a validator was active before it was
 * chilled, that one was slashed, that a page was paid. They are sealed once, signed by an ed25519 key (whose signatures
 * are the same each time), and cached with the genesis state.
 */
export interface Prelude {
  readonly blocks: number;
  readonly calls: readonly PreludeCall[];
}

/** A runtime that is committed here. */
export interface RuntimeChoice {
  /** Below devnet/runtime. */
  readonly folder: string;
  readonly specName: string;
}

/** Today's Asset Hub; and what relay chains were until staking left them. */
export const RUNTIMES = {
  assetHub: { folder: '.', specName: 'bursar-devnet' },
  classic: { folder: 'classic', specName: 'bursar-classic' },
} as const satisfies { readonly [name: string]: RuntimeChoice };

export interface Preset {
  readonly name: string;
  readonly about: string;
  readonly runtime: RuntimeChoice;
  accounts(): Promise<NamedAccount[]>;
  patch(accounts: readonly NamedAccount[]): Promise<GenesisJson>;
  prelude?(accounts: readonly NamedAccount[]): Promise<Prelude>;
  /** Real eras of which the history is copied to earlier eras; see history.ts. */
  readonly copiedHistory?: { readonly realEras: number; readonly copiedEras: number };
}

/** JSON text of a genesis configuration; the same value gives the same text. */
export function genesisText(value: GenesisJson): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(genesisText).join(',')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}:${genesisText(item)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}

/** The patch laid over the default: objects are merged, everything else is replaced. */
export function merged(base: GenesisJson, patch: GenesisJson): GenesisJson {
  const plain = (v: GenesisJson): v is { readonly [key: string]: GenesisJson } =>
    v !== null && typeof v === 'object' && !Array.isArray(v);
  if (!plain(base) || !plain(patch)) return patch;
  const result: { [key: string]: GenesisJson } = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const below = base[key];
    result[key] = below === undefined ? value : merged(below, value);
  }
  return result;
}

/** Deterministic numbers for seeded populations (mulberry32): 0 ≤ x < 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
