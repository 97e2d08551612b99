/**
 * Partials: what one of several processes found in its shards, as a canonical JSON file, and their joining
 * (docs/formats/partial.md). Everything of a single run can be joined but the file's SHA-256, whose state goes from the
 * first byte to the last; the CID is made of leaves and can.
 */

import { type BursarError, usageError } from '../errors.js';
import { joinParts, type Part, type Summary } from './engine.js';
import type { CidProfile } from './types.js';

/** A part with what it is a part of. */
export interface Partial {
  /** From 1. */
  readonly part: number;
  readonly of: number;
  readonly asset: string;
  readonly file: string;
  /** Digest of the manifest by which the shards were found; null: by counting lines. */
  readonly manifest: string | null;
  readonly profile: CidProfile;
  /** Null if there were fewer shards than parts, and none for this one. */
  readonly content: Part | null;
}

/** Which shards a part has: the first one and how many; the last part that has any also takes what comes after. */
export interface ShardRange {
  readonly first: number;
  readonly count: number;
  readonly last: boolean;
}

/** @param shards of the whole file */
export function shardRange(part: number, of: number, shards: number): ShardRange {
  const each = Math.ceil(shards / of);
  const first = Math.min(shards, (part - 1) * each);
  const end = Math.min(shards, part * each);
  return { first, count: end - first, last: end === shards && first < end };
}

/** `2/5`. @throws usage SHARD */
export function parseShard(text: string): { readonly part: number; readonly of: number } {
  const match = /^([1-9][0-9]{0,6})\/([1-9][0-9]{0,6})$/.exec(text);
  const [part, of] = [Number(match?.[1]), Number(match?.[2])];
  const hint = 'Parts count from 1: 1/4, 2/4, 3/4, 4/4.';
  if (match === null) throw usageError('SHARD', 'Which part of how many is not of the form K/N.', { hint });
  if (part > of)
    throw usageError('SHARD', `There is no part ${part} of ${of}: ${part} is more than ${of}.`, { hint });
  return { part, of };
}

/**
 * The summary of each asset's file from all of its partials.
 * @throws usage PARTS for partials that are missing, double, or of different runs
 */
export function mergePartials(partials: readonly Partial[]): {
  readonly asset: string;
  readonly file: string;
  readonly profile: CidProfile;
  readonly summary: Summary;
}[] {
  const assets = [...new Set(partials.map(({ asset }) => asset))].sort();
  return assets.map((asset) => {
    const own = partials.filter((one) => one.asset === asset).sort((a, b) => a.part - b.part);
    const [first] = own as [Partial];
    for (const one of own) {
      const same = (['of', 'file', 'manifest', 'profile'] as const).every(
        (name) => one[name] === first[name],
      );
      if (!same) throw parts(asset, `part ${one.part} is of another run than part ${first.part}`);
    }
    const wrong = own.findIndex(({ part }, index) => part !== index + 1);
    if (wrong !== -1 || own.length !== first.of) {
      const twice = own.find(({ part }, index) => own[index + 1]?.part === part);
      throw parts(
        asset,
        twice === undefined
          ? `part ${wrong === -1 ? own.length + 1 : wrong + 1} of ${first.of} is missing`
          : `part ${twice.part} is there twice`,
      );
    }
    const contents = own.flatMap(({ content }) => (content === null ? [] : [content]));
    if (contents[0]?.row !== 0) throw parts(asset, 'no part has the beginning of the file');
    const fault = divisionFault(own, contents);
    if (fault !== null) throw parts(asset, fault);
    return { asset, file: first.file, profile: first.profile, summary: joinParts(contents) };
  });
}

/**
 * Every part has as many shards as the first, but for the last one that has any, which may have fewer, and more if the
 * file has more rows than the manifest says; those behind it have none.
 */
function divisionFault(own: readonly Partial[], contents: readonly Part[]): string | null {
  const empty = own.findIndex(({ content }) => content === null);
  const after = own.find(({ part, content }) => empty !== -1 && content !== null && part > empty + 1);
  if (after !== undefined)
    return `part ${empty + 1} says that no shard was left for it, and part ${after.part} has some`;
  const [first] = contents;
  const uneven = contents.findIndex(
    ({ offsets, stopped }, index) =>
      index < contents.length - 1 && stopped === null && offsets.length !== first?.offsets.length,
  );
  return uneven === -1 ? null : `part ${uneven + 1} does not have as many shards as part 1`;
}

const parts = (asset: string, why: string): BursarError =>
  usageError('PARTS', `The parts of ${asset} cannot be joined: ${why}.`, {
    hint: 'Run the missing part again, with the same N for all, and name every part once.',
  });
