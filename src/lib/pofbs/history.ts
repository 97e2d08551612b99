/**
 * A row of epochs: whether each names the one before, none is missing, none was published twice, and time goes forward.
 * Every GPMP is computed from the manifest's fields (gpmp.ts); what a manifest says of its own GPMP is only compared.
 */

import { custodyKey, gpmpOf } from './gpmp.js';
import type { Manifest } from './types.js';
import type { Truth } from './verdict.js';

/** What was found where an epoch was looked for: a manifest, or why there is none that can be read. */
export type EpochSource =
  | { readonly source: string; readonly manifest: Manifest; readonly snapshots?: SnapshotAnswer }
  | { readonly source: string; readonly refused: string };

/** What verifying the snapshot files of an epoch came to. */
export interface SnapshotAnswer {
  /** Null: a file is not there. */
  readonly ok: boolean | null;
  /** What is wrong or missing, or how many rows were read. */
  readonly detail: string;
}

export interface HistoryCheck {
  readonly rule: 'manifests' | 'gpmp' | 'links' | 'gaps' | 'equivocation' | 'time' | 'snapshots';
  readonly answer: Truth;
  /** Each place where it does not hold, or why it was not checked. */
  readonly details: readonly string[];
}

/**
 * How an epoch is tied to the one before: `first` names none; `follows` names the GPMP of the one before; `unchecked`
 * names a GPMP that no epoch here has, because the one before is not here; `broken` names another.
 */
export type Link = 'first' | 'follows' | 'unchecked' | 'broken';

export interface EpochRecord {
  readonly source: string;
  readonly epoch: number;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Computed from the manifest. */
  readonly gpmp: string;
  /** What the manifest says it is. */
  readonly statedGpmp: string;
  readonly prevGpmp: string;
  readonly link: Link;
  readonly assets: readonly AssetTotals[];
  /** Other sources with the same GPMP. */
  readonly copies: readonly string[];
  readonly snapshots: SnapshotAnswer | null;
}

export interface AssetTotals {
  readonly asset: string;
  readonly decimals: number;
  readonly rows: number;
  readonly total: bigint;
  readonly requests: bigint;
}

/** The epochs of one custody account on one chain, ascending; those of one number by their GPMP. */
export interface EpochLine {
  readonly chain: string;
  readonly custody: string;
  readonly epochs: readonly EpochRecord[];
}

export interface HistoryResult {
  /** No check is FALSE. */
  readonly valid: boolean;
  readonly checks: readonly HistoryCheck[];
  readonly lines: readonly EpochLine[];
  readonly refused: readonly { readonly source: string; readonly reason: string }[];
  /** What is odd and breaks no rule. */
  readonly remarks: readonly string[];
  /** Subdirectories without a manifest, and JSON files that are none. */
  readonly skipped: readonly string[];
}

const NO_EPOCH = `0x${'00'.repeat(32)}`;

interface Known {
  readonly source: string;
  readonly manifest: Manifest;
  readonly gpmp: string;
  readonly snapshots: SnapshotAnswer | null;
}

/**
 * @param sources in any order; the result does not depend on it
 * @param skipped where an epoch was looked for and nothing found
 */
export function history(sources: readonly EpochSource[], skipped: readonly string[] = []): HistoryResult {
  const sorted = [...sources].sort((a, b) => compare(a.source, b.source));
  const refused = sorted.flatMap((one) =>
    'refused' in one ? [{ source: one.source, reason: one.refused }] : [],
  );
  const known = sorted.flatMap((one): Known[] =>
    'refused' in one
      ? []
      : [{ ...one, gpmp: gpmpOf(one.manifest, one.manifest.assets), snapshots: one.snapshots ?? null }],
  );
  const lines = linesOf(known);
  const checks = [
    check(
      'manifests',
      refused.map(({ source, reason }) => `${source}: ${reason}`),
    ),
    gpmpCheck(known),
    linkCheck(lines),
    comparison('gaps', lines, gapsOf),
    comparison('equivocation', lines, equivocationsOf),
    comparison('time', lines, timeFaults),
    snapshotCheck(known),
  ];
  return {
    valid: checks.every(({ answer }) => answer !== 'FALSE'),
    checks,
    lines,
    refused,
    remarks: [...copyRemarks(known), ...spellingRemarks(known), ...lines.flatMap(assetRemarks)],
    skipped,
  };
}

function linesOf(known: readonly Known[]): EpochLine[] {
  const groups = [...groupBy(known, ({ manifest }) => `${manifest.chain} ${custodyKey(manifest.custody)}`)];
  return groups
    .sort(([a], [b]) => compare(a, b))
    .map(([, group]) => {
      const byEpoch = groupBy(group, ({ manifest }) => manifest.epoch);
      const numbers = [...byEpoch.keys()].sort((a, b) => a - b);
      const [earliest = 0] = numbers;
      const { chain } = (group[0] as Known).manifest;
      // Of an address of 20 bytes and the same padded to 32 the shorter one is meant.
      const [custody = ''] = [...new Set(group.map(({ manifest }) => manifest.custody))].sort(
        (one, other) => one.length - other.length,
      );
      const epochs = numbers.flatMap((epoch) => {
        const before = byEpoch.get(epoch - 1) ?? [];
        return sameGpmp(byEpoch.get(epoch) ?? []).map(([one, copies]) => ({
          ...recordOf(one, linkOf(one.manifest, before, earliest)),
          copies: copies.map(({ source }) => source),
        }));
      });
      return { chain, custody, epochs };
    });
}

/** Sources with one GPMP are one epoch, under the first name; ascending by GPMP. */
function sameGpmp(same: readonly Known[]): (readonly [Known, readonly Known[]])[] {
  return [...groupBy(same, ({ gpmp }) => gpmp)]
    .sort(([a], [b]) => compare(a, b))
    .map(([, [one, ...copies]]) => [one as Known, copies] as const);
}

function recordOf({ source, manifest, gpmp, snapshots }: Known, link: Link): Omit<EpochRecord, 'copies'> {
  const { epoch, timestamp, prevGpmp, assets } = manifest;
  return {
    source,
    epoch,
    timestamp,
    gpmp,
    statedGpmp: manifest.gpmp,
    prevGpmp,
    link,
    assets: assets.map(totalsOf),
    snapshots,
  };
}

function linkOf({ epoch, prevGpmp }: Manifest, before: readonly Known[], earliest: number): Link {
  if (before.some(({ gpmp }) => gpmp === prevGpmp)) return 'follows';
  if (before.length > 0) return 'broken';
  // Nobody comes before epoch 0, and an epoch that others come before is not the first.
  if (prevGpmp === NO_EPOCH) return epoch === earliest ? 'first' : 'broken';
  return epoch === 0 ? 'broken' : 'unchecked';
}

function gpmpCheck(known: readonly Known[]): HistoryCheck {
  if (known.length === 0)
    return { rule: 'gpmp', answer: 'NOT CHECKED', details: ['no manifest can be read'] };
  return check(
    'gpmp',
    known
      .filter(({ manifest, gpmp }) => manifest.gpmp !== gpmp)
      .map(({ source, manifest, gpmp }) => `${source} says ${manifest.gpmp}, but its fields give ${gpmp}`),
  );
}

function linkCheck(lines: readonly EpochLine[]): HistoryCheck {
  const all = lines.flatMap(({ epochs }) => epochs);
  const broken = all.filter(({ link }) => link === 'broken');
  const unchecked = all.filter(({ link }) => link === 'unchecked');
  const followed = all.some(({ link }) => link === 'follows');
  const left = unchecked.map(
    ({ source, epoch }) => `${source}: epoch ${epoch - 1}, which it follows, is not here`,
  );
  if (broken.length > 0)
    return check(
      'links',
      broken.map(({ source, epoch, prevGpmp }) =>
        prevGpmp === NO_EPOCH
          ? `${source} says that epoch ${epoch} is the first one, but earlier ones are here`
          : epoch === 0
            ? `${source} is epoch 0 and names an epoch before it, ${prevGpmp}`
            : `${source} names ${prevGpmp}, which is not the GPMP of epoch ${epoch - 1}`,
      ),
    );
  return {
    rule: 'links',
    answer: followed ? 'TRUE' : 'NOT CHECKED',
    details: followed ? left : [...left, ...ALONE],
  };
}

const ALONE = ['there are no two epochs in a row'];

function gapsOf({ epochs }: EpochLine): string[] {
  return epochs.flatMap(({ epoch }, index) => {
    const before = epochs[index - 1]?.epoch ?? epoch;
    if (epoch - before <= 1) return [];
    return [
      epoch - before === 2
        ? `epoch ${before + 1} is missing`
        : `epochs ${before + 1} to ${epoch - 1} are missing`,
    ];
  });
}

function equivocationsOf({ epochs }: EpochLine): string[] {
  return [...groupBy(epochs, ({ epoch }) => epoch)].flatMap(([epoch, same]) => {
    if (same.length < 2) return [];
    const times = same.length === 2 ? 'twice' : `${same.length} times`;
    const where = same.map(({ source, gpmp }) => `${source} (${gpmp})`).join(', ');
    return [`epoch ${epoch} was published ${times} with different content: ${where}`];
  });
}

function timeFaults({ epochs }: EpochLine): string[] {
  const numbers = [...groupBy(epochs, ({ epoch }) => epoch).values()];
  return numbers.slice(1).flatMap((now, index) => {
    const before = numbers[index] as readonly EpochRecord[];
    return now.flatMap((one) => {
      const late = before.find(({ timestamp }) => timestamp >= one.timestamp);
      if (late === undefined) return [];
      const [what, other] = [one, late].map(
        ({ epoch, timestamp }) => `epoch ${epoch} (${timeText(timestamp)})`,
      );
      return [`${what} is not later than ${other}`];
    });
  });
}

function snapshotCheck(known: readonly Known[]): HistoryCheck {
  const of = (ok: boolean | null) =>
    known.flatMap(({ source, snapshots }) =>
      snapshots?.ok === ok ? [`${source}: ${snapshots.detail}`] : [],
    );
  const wrong = of(false);
  if (wrong.length > 0) return check('snapshots', wrong);
  const unread = known.some(({ snapshots }) => snapshots === null);
  const missing = of(null);
  if (!unread && missing.length === 0 && known.length > 0) return check('snapshots', []);
  const details = missing.length > 0 ? missing : ['the snapshot files were not read'];
  return { rule: 'snapshots', answer: 'NOT CHECKED', details };
}

const check = (rule: HistoryCheck['rule'], faults: readonly string[]): HistoryCheck => ({
  rule,
  answer: faults.length === 0 ? 'TRUE' : 'FALSE',
  details: faults,
});

/** A check that compares epochs: where there is one epoch, or none, it says nothing. */
function comparison(
  rule: HistoryCheck['rule'],
  lines: readonly EpochLine[],
  faultsOf: (line: EpochLine) => string[],
): HistoryCheck {
  if (lines.some(({ epochs }) => epochs.length > 1)) return check(rule, lines.flatMap(faultsOf));
  return { rule, answer: 'NOT CHECKED', details: ['there are no two epochs of one custody account'] };
}

/** What the GPMP does not bind may differ between two manifests of one GPMP: file names, CIDs, the assets' block. */
function copyRemarks(known: readonly Known[]): string[] {
  return [...groupBy(known, ({ gpmp }) => gpmp).values()].flatMap(([one, ...copies]) =>
    copies.map(({ source, manifest }) =>
      manifest.digest === one?.manifest.digest
        ? `${source} is a copy of ${one.source}`
        : `${source} has the GPMP of ${one?.source}, but differs in what the GPMP does not bind (files, CIDs or the block of the assets)`,
    ),
  );
}

/** A custody account in two spellings is one: what is published under the one counts for the other. */
function spellingRemarks(known: readonly Known[]): string[] {
  const custodies = new Set(known.map(({ manifest }) => manifest.custody));
  const short = new Set([...custodies].filter(({ length }) => length === 42).map(custodyKey));
  return known
    .filter(({ manifest: { custody } }) => short.has(custody))
    .map(
      ({ source }) =>
        `${source} writes the custody account with 12 zero bytes behind its 20: it is the same account`,
    );
}

function assetRemarks({ epochs }: EpochLine): string[] {
  return epochs.slice(1).flatMap((one, index) => {
    const before = epochs[index] as EpochRecord;
    return before.assets.flatMap(({ asset, decimals }) => {
      const now = one.assets.find((other) => other.asset === asset);
      if (now === undefined) return [`${asset} is in epoch ${before.epoch} and not in epoch ${one.epoch}`];
      return now.decimals === decimals
        ? []
        : [
            `${asset} has ${decimals} decimals in epoch ${before.epoch} and ${now.decimals} in epoch ${one.epoch}`,
          ];
    });
  });
}

/** Without what else an asset of a manifest has. */
export const totalsOf = ({ asset, decimals, rows, total, requests }: AssetTotals): AssetTotals => ({
  asset,
  decimals,
  rows,
  total,
  requests,
});

/** Unix seconds as text; a manifest may hold more seconds than a date. */
export function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? `second ${seconds}`
    : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
