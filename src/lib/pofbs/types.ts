/**
 * The words of Proof-of-Balance-Sheet: a custodian publishes, each epoch, what it owes to everybody under pseudonymous
 * ids, and anyone recomputes the one hash (the GPMP) that binds it all. Formats: docs/formats/.
 */

/** One line of a public snapshot. Amounts are in the asset's smallest unit, 0 … 2^128 − 1. */
export interface Row {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** What the custodian owes to this user. */
  readonly total: bigint;
  /** The part that the user may take out, before this epoch's request is deducted. */
  readonly withdrawable: bigint;
  /** What the user asks to take out in this epoch. */
  readonly request: bigint;
}

/** A node of the Merkle-sum tree: its hash, and the sums of everything below it. */
export interface SumNode {
  /** 32 bytes. */
  readonly hash: Uint8Array;
  /** Sum of totals, below 2^256. */
  readonly total: bigint;
  /** Sum of requests, below 2^256. */
  readonly requests: bigint;
}

/** What an epoch is bound to, whatever its assets. */
export interface EpochHeader {
  /** Genesis hash of the chain on which the custody account is, 0x hex of 32 bytes. */
  readonly chain: string;
  /** The custody account, 0x hex of 32 bytes (an account id) or 20 (a contract's address). */
  readonly custody: string;
  /** 0 … 2^53 − 1. */
  readonly epoch: number;
  /** The GPMP of the epoch before, 0x hex of 32 bytes; 32 zero bytes in the first one. */
  readonly prevGpmp: string;
  /** Unix seconds at which the liabilities were true. */
  readonly timestamp: number;
}

/** What the tree of one asset comes to. */
export interface AssetSummary {
  /** 1 to 32 characters: letters, digits, `.`, `_`, `-`; begins with a letter or digit. */
  readonly asset: string;
  /** Decimal places of one unit of the asset, 0 … 38. */
  readonly decimals: number;
  readonly rows: number;
  readonly total: bigint;
  readonly requests: bigint;
  /** Root hash, 0x hex of 32 bytes. */
  readonly root: string;
}

/** How a file's CID was made: the parameters that change it (see cid.ts). */
export type CidProfile = 'unixfs-v0-2015' | 'unixfs-v1-2025';

/** One asset of a manifest: its summary, and the file that it was computed from. */
export interface AssetEntry extends AssetSummary {
  /** Name of the snapshot file beside the manifest, without a directory. Its bytes are the uncompressed ones. */
  readonly file: string;
  readonly bytes: number;
  /** 0x hex. */
  readonly sha256: string;
  readonly cid: string;
  /** Byte at which every 65,536th row begins, from row 0; ascending. Lets shards be read side by side. */
  readonly offsets: readonly number[];
}

/** The public statement of an epoch. Its bytes are canonical JSON and a newline. */
export interface Manifest extends EpochHeader {
  readonly format: 'pofbs.manifest/1';
  /** Assets ascending by name. */
  readonly assets: readonly AssetEntry[];
  readonly cidProfile: CidProfile;
  /** What `withdrawable` means: the balance before this epoch's request is deducted. */
  readonly withdrawableBasis: 'before-request';
  /** The finalized block at which the custody account's balances count, or null where no chain is involved. */
  readonly assetBlock: { readonly hash: string; readonly number: number } | null;
  /** 0x hex of 32 bytes; see gpmp.ts. */
  readonly gpmp: string;
  /** SHA-256 of this manifest's canonical JSON without this field. */
  readonly digest: string;
}

/** Rows of a shard: an aligned subtree of 2^16 leaves. */
export const SHARD_ROWS = 65_536;
/** Most rows of one snapshot, so that sums cannot leave 256 bits. */
export const MAX_ROWS = 2 ** 40;
