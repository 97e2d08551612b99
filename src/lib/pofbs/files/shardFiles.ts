/** `pofbs verify --shard` and `pofbs merge` on files: partials written and joined. */

import { basename, dirname, join } from 'node:path';
import { usageError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { assertReplaceable } from '../../replace.js';
import { countLines } from '../cutter.js';
import { judgePart, type Part, type Stretch } from '../engine.js';
import { mergePartials, type Partial, type ShardRange, shardRange } from '../partial.js';
import { MAX_PARTIAL_BYTES, parsePartial, partialBytes } from '../partialFile.js';
import { type Manifest, SHARD_ROWS } from '../types.js';
import type { FirstBroken } from '../verify.js';
import { type PofbsVerify, verify } from '../verify.js';
import { manifestPath, readManifest } from './epochs.js';
import { type GivenFlags, readGiven, requiredRules } from './givenFiles.js';
import { openInput } from './input.js';
import { readSmallFile } from './small.js';
import { findTarget, type TargetFile, type TargetFlags } from './target.js';
import { noPipe, progressOf, saveTree, type Working } from './verifyFiles.js';

/** What `pofbs verify --shard` found in its part; the verdict is the merge's. */
export interface ShardResult {
  readonly part: number;
  readonly of: number;
  readonly asset: string;
  readonly file: string;
  /** Where the partial was written. */
  readonly out: string;
  /** Place of the first row, and how many there are. */
  readonly row: number;
  readonly rows: number;
  /** The first byte and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly shards: number;
  /** The first rule that is broken in this part. */
  readonly first: FirstBroken | null;
  /** Why it was not judged to its end; null if it was. */
  readonly stopped: string | null;
}

export interface ShardFlags extends TargetFlags {
  readonly shard: { readonly part: number; readonly of: number };
  readonly out: string;
}

const PARTIAL = { what: 'partial', begins: /^\{"asset":"[^"]*","content":/ };

/** @throws usage FILE_EXISTS, INPUT_*, SHARD_ASSET; verification R_MANIFEST */
export async function verifyShard(path: string, flags: ShardFlags, working: Working): Promise<ShardResult> {
  noPipe(path);
  await assertReplaceable(flags.out, { ...PARTIAL, shown: quoteReadable(flags.out, 200) });
  const { manifest, files, profile } = await findTarget(path, flags);
  const [file, ...others] = files;
  if (file === undefined || others.length > 0)
    throw usageError(
      'SHARD_ASSET',
      file === undefined
        ? 'The manifest is refused.'
        : 'A part is of one asset, and the manifest has several.',
      {
        hint:
          file === undefined
            ? 'Verify it without --shard to see why.'
            : `Run each part once for each asset: ${files.map(({ asset }) => `--asset ${asset}`).join(', ')}. ` +
              '`bursar pofbs merge` takes the parts of all of them.',
      },
    );
  const { part, of } = flags.shard;
  const shards = await shardsOf(file, working);
  const range = shardRange(part, of, shards);
  const content = range.count === 0 ? null : await readPart(file, range, profile, working);
  const partial: Partial = {
    part,
    of,
    asset: file.asset,
    file: file.entry?.file ?? file.asset,
    manifest: manifest === null || 'refused' in manifest ? null : manifest.digest,
    profile,
    content,
  };
  await writePartial(flags.out, partial);
  return resultOf(partial, flags.out);
}

/** Makes the directory if it is missing, as `pofbs prove --out` does. @throws usage OUTPUT_WRITE, OUTPUT_KIND */
async function writePartial(out: string, partial: Partial): Promise<void> {
  const { openStaging } = await import('./output.js');
  const staging = openStaging(dirname(out));
  try {
    const file = staging.create(basename(out), 'public');
    file.write(partialBytes(partial));
    file.finish();
    staging.publish([basename(out)], []);
  } finally {
    staging.discard();
  }
}

/** From the manifest; without one, by counting lines. */
async function shardsOf({ path, entry }: TargetFile, working: Working): Promise<number> {
  if (entry !== null) return Math.ceil(entry.rows / SHARD_ROWS);
  const input = await openInput(path, { what: 'snapshot', ...signalOf(working) });
  try {
    return Math.max(1, Math.ceil(((await countLines(input)) - 1) / SHARD_ROWS));
  } finally {
    await input.close();
  }
}

async function readPart(
  { path, entry }: TargetFile,
  { first, count, last }: ShardRange,
  profile: Partial['profile'],
  working: Working,
): Promise<Part> {
  const begin = entry?.offsets[first];
  const whole = await openInput(path, { what: 'snapshot', ...signalOf(working) });
  const seek = whole.packing === 'plain' && first > 0 && begin !== undefined;
  const input = seek ? await openInput(path, { offset: begin - 1, ...signalOf(working) }) : whole;
  const stretch: Stretch = {
    row: first * SHARD_ROWS,
    rows: last ? Number.MAX_SAFE_INTEGER : count * SHARD_ROWS,
    ...(seek ? { offset: begin } : {}),
  };
  try {
    const { threads } = working;
    const options = {
      profiles: [profile],
      onProgress: progressOf(`verifying shards ${first} to ${first + count - 1}`, input, working),
      ...(threads === undefined ? {} : { threads }),
      ...signalOf(working),
    };
    return await judgePart(input, options, stretch);
  } finally {
    await input.close();
    await whole.close();
  }
}

const signalOf = ({ signal }: Working) => (signal === undefined ? {} : { signal });

function resultOf({ content, part, of, asset, file }: Partial, out: string): ShardResult {
  const earliest = content?.findings.earliest ?? null;
  return {
    part,
    of,
    asset,
    file,
    out,
    row: content?.row ?? 0,
    rows: content?.rows ?? 0,
    from: content?.from ?? 0,
    to: content?.to ?? 0,
    shards: content?.offsets.length ?? 0,
    first:
      earliest === null
        ? null
        : { ...earliest, asset, why: `line ${earliest.line.toLocaleString('en')} of the file` },
    stopped: content?.stopped ?? null,
  };
}

export interface MergeFlags extends GivenFlags {
  readonly manifest?: string | undefined;
  readonly asset?: string | undefined;
  readonly require?: readonly string[] | undefined;
  readonly strict?: boolean;
  /** A directory for the saved trees. */
  readonly saveTree?: string | undefined;
}

/** Joins partials and judges what they come to. @throws usage INPUT_*, PARTIAL, PARTS; verification R_MANIFEST */
export async function mergeFiles(paths: readonly string[], flags: MergeFlags): Promise<PofbsVerify> {
  const required = requiredRules(flags.require, flags.strict === true);
  const partials: Partial[] = [];
  for (const path of paths)
    partials.push(parsePartial(await readSmallFile(path, { what: 'partial', maxBytes: MAX_PARTIAL_BYTES })));
  const manifest = flags.manifest === undefined ? null : await readManifest(manifestPath(flags.manifest));
  const merged = mergePartials(partials);
  if (manifest !== null) matchManifest(manifest, partials, flags.asset);
  const assets = manifest?.assets ?? merged.map(({ asset }) => ({ asset, decimals: null }));
  const given = await readGiven(flags, assets);
  const snapshots = merged.map(({ asset, file, summary }) => ({
    asset,
    file,
    summary,
    entry: manifest?.assets.find((entry) => entry.asset === asset) ?? null,
  }));
  const profile = manifest?.cidProfile ?? (merged[0] as (typeof merged)[0]).profile;
  const result = verify({ manifest, snapshots, profile, given, required, parts: true });
  if (flags.saveTree !== undefined)
    for (const { file, summary } of snapshots) await saveTree(join(flags.saveTree, `${file}.tree`), summary);
  return result;
}

/** The parts were made by this manifest, and all of its assets are there. */
function matchManifest(manifest: Manifest, partials: readonly Partial[], asset: string | undefined): void {
  const refuse = (why: string, hint: string) => usageError('PARTS', why, { hint });
  for (const one of partials) {
    if (!manifest.assets.some((entry) => entry.asset === one.asset))
      throw refuse(
        `The manifest has no asset ${one.asset}.`,
        'Give the manifest that the parts were made with.',
      );
    const entry = manifest.assets.find((each) => each.asset === one.asset);
    if (one.profile !== manifest.cidProfile || (one.manifest !== null && one.file !== entry?.file))
      throw refuse(
        `Part ${one.part} of ${one.asset} is of another file or CID profile than the manifest names.`,
        'Give the manifest that the parts were made with, or run the parts again with --manifest.',
      );
    if (one.manifest !== null && one.manifest !== manifest.digest)
      throw refuse(
        `Part ${one.part} of ${one.asset} was made with another manifest.`,
        'Give that manifest, or run the parts again.',
      );
  }
  const absent = manifest.assets.find(
    (entry) => (asset ?? entry.asset) === entry.asset && !partials.some((one) => one.asset === entry.asset),
  );
  if (absent !== undefined)
    throw refuse(`There is no part of the asset ${absent.asset}.`, 'Name its parts too, or choose --asset.');
}
