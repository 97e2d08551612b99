/** Epochs for tests of what spans several of them: rows of wallets, manifests that follow one another. */
import { gpmpOf, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { makeManifest } from '../../../src/lib/pofbs/manifest.js';
import { leafOf, levelsOf, sha256 } from '../../../src/lib/pofbs/tree.js';
import type { AssetEntry, EpochHeader, Manifest, Row } from '../../../src/lib/pofbs/types.js';
import { csvOf, hash32 } from './snapshots.js';

export const FIRST: EpochHeader = {
  chain: `0x${'11'.repeat(32)}`,
  custody: `0x${'22'.repeat(32)}`,
  epoch: 1,
  prevGpmp: `0x${'00'.repeat(32)}`,
  timestamp: 1_800_000_000,
};

/** What each of some wallets has: total, withdrawable, request. */
export type Balances = Readonly<Record<string, readonly [bigint, bigint, bigint]>>;

export const walletOf = (name: string): Uint8Array => hash32(`wallet ${name}`);
export const saltOf = (name: string, epoch: number): Uint8Array => hash32(`salt ${name} ${epoch}`);

/** The rows of an epoch, ascending by id. */
export function rowsOf(header: EpochHeader, balances: Balances): Row[] {
  const context = idContext(header);
  return Object.entries(balances)
    .map(([name, [total, withdrawable, request]]) => ({
      id: idOf(context, walletOf(name), saltOf(name, header.epoch)),
      total,
      withdrawable,
      request,
    }))
    .sort((a, b) => Buffer.compare(a.id, b.id));
}

/** The mapping of an epoch, as a file. */
export function mappingOf(header: EpochHeader, names: readonly string[]): Uint8Array {
  const context = idContext(header);
  const lines = names.map((name) => {
    const [wallet, salt] = [walletOf(name), saltOf(name, header.epoch)];
    return `${toHex(idOf(context, wallet, salt)).slice(2)},${toHex(wallet)},${toHex(salt)}\n`;
  });
  return new TextEncoder().encode(`id,wallet,salt\n${lines.sort().join('')}`);
}

export function entryOf(asset: string, decimals: number, rows: readonly Row[]): AssetEntry {
  const top = levelsOf(rows.map(leafOf)).at(-1)![0]!;
  const file = csvOf(rows);
  return {
    asset,
    decimals,
    rows: rows.length,
    total: top.total,
    requests: top.requests,
    root: toHex(top.hash),
    file: `${asset}.csv`,
    bytes: file.length,
    sha256: toHex(sha256(file)),
    cid: `bafy${'a'.repeat(55)}`,
    offsets: [30],
  };
}

/** A published epoch of the given assets. */
export function manifestOf(
  header: EpochHeader,
  assets: Readonly<Record<string, Balances>>,
  change: Partial<Manifest> = {},
): Manifest {
  return makeManifest({
    ...header,
    cidProfile: 'unixfs-v1-2025',
    assetBlock: null,
    assets: Object.entries(assets).map(([asset, balances]) => entryOf(asset, 6, rowsOf(header, balances))),
    ...change,
  });
}

/** The header of the epoch that follows. */
export const headerAfter = (manifest: Manifest, change: Partial<EpochHeader> = {}): EpochHeader => ({
  chain: manifest.chain,
  custody: manifest.custody,
  epoch: manifest.epoch + 1,
  prevGpmp: gpmpOf(manifest, manifest.assets),
  timestamp: manifest.timestamp + 1800,
  ...change,
});

/** So many epochs in a row, in which alice's balance grows. */
export function chainOf(count: number): Manifest[] {
  const epochs: Manifest[] = [];
  for (let at = 0; at < count; at++) {
    const before = epochs.at(-1);
    epochs.push(
      manifestOf(before === undefined ? FIRST : headerAfter(before), {
        DOT: { alice: [BigInt(100 + at), 50n, 0n], bob: [7n, 7n, 7n] },
        USDC: { alice: [10n ** 20n, 1n, BigInt(at % 2)] },
      }),
    );
  }
  return epochs;
}

/** Reads bytes in pieces of a size, as a file would come. */
export function inputOf(bytes: Uint8Array, piece = 1 << 16): { read(into: Uint8Array): Promise<number> } {
  let at = 0;
  return {
    read: async (into) => {
      const end = Math.min(bytes.length, at + Math.min(piece, into.length));
      into.set(bytes.subarray(at, end));
      const read = end - at;
      at = end;
      return read;
    },
  };
}
