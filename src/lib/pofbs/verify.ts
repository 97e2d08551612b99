/**
 * The verdict on an epoch: every rule of rules.ts is TRUE, FALSE, or NOT CHECKED with the reason. Nothing is TRUE by
 * default: what was not given, or could not be judged because something else is broken, is NOT CHECKED.
 */

import { escapeInvisible } from '../shown.js';
import type { Given } from './given.js';
import { toHex } from './gpmp.js';
import { computeGpmp, judgeGiven, judgeGpmp, judgeLink, type ReadSnapshot } from './judgeEpoch.js';
import { FILE_RULES, judgeSnapshot } from './judgeSnapshot.js';
import { RULES, type Rule } from './rules.js';
import type { CidProfile, EpochHeader, Manifest } from './types.js';
import { broken, holds, type Judged, jointly, open, type Truth } from './verdict.js';

export interface RuleVerdict {
  readonly rule: Rule;
  readonly verdict: Truth;
  /** Whether the result depends on it: always, because of what was given, or because it was required. */
  readonly asked: boolean;
  readonly why: string;
}

/** The first rule that is broken: in the order of the file, rules of the whole after those of lines. */
export interface FirstBroken {
  readonly rule: Rule;
  /** Null for a rule of the whole epoch. */
  readonly asset: string | null;
  /** The row's place in the tree, from 0; −1 for the header. Null for a rule of the whole, like the next three. */
  readonly row: number | null;
  /** From 1. */
  readonly line: number | null;
  /** Byte of the uncompressed file. */
  readonly offset: number | null;
  /** The line, escaped and cut. */
  readonly text: string | null;
  readonly why: string;
}

export interface VerifiedAsset {
  readonly asset: string;
  readonly file: string;
  /** Null without a manifest. */
  readonly decimals: number | null;
  /** Lines judged. */
  readonly rows: number;
  readonly bytes: number;
  /** Sums of the rows; null without a tree, like the root. */
  readonly total: bigint | null;
  readonly requests: bigint | null;
  /** 0x hex. */
  readonly root: string | null;
  readonly sha256: string | null;
  readonly cid: string | null;
  /** The custody account's balance, if it was given. */
  readonly balance: bigint | null;
  readonly shards: number;
}

/** The result of `pofbs verify`. */
export interface PofbsVerify {
  /** Every rule that was asked for is TRUE. */
  readonly valid: boolean;
  /** One for every rule, in the order of rules.ts. */
  readonly verdicts: readonly RuleVerdict[];
  readonly first: FirstBroken | null;
  /** Null without a manifest that can be read. */
  readonly epoch: EpochHeader | null;
  readonly gpmp: {
    /** From the rows. */
    readonly computed: string | null;
    /** What the manifest says. */
    readonly claimed: string | null;
    /** What was given. */
    readonly expected: string | null;
  };
  readonly cidProfile: CidProfile;
  readonly assets: readonly VerifiedAsset[];
}

export interface VerifyInput {
  /** The manifest; why it is refused; or null if there is none. */
  readonly manifest: Manifest | { readonly refused: string } | null;
  readonly snapshots: readonly (ReadSnapshot & { readonly file: string })[];
  /** The profile under which CIDs were computed. */
  readonly profile: CidProfile;
  readonly given: Given;
  /** Rules that must be TRUE besides those that are asked for anyway. */
  readonly required: readonly Rule[];
  /** Where a manifest lies that was not given. */
  readonly beside?: string;
  /** The file was read in parts: its SHA-256 cannot be asked for. */
  readonly parts?: boolean;
}

/** Judged of every snapshot, whatever is given. */
const ALWAYS: readonly Rule[] = FILE_RULES;
/** Judged as soon as there is a manifest. */
const WITH_MANIFEST: readonly Rule[] = [
  'E_ROWCOUNT',
  'R_MANIFEST',
  'R_FILE',
  'R_OFFSETS',
  'R_ROOT',
  'R_TOTALS',
  'R_GPMP',
];

/** How a rule that was not judged could be. */
const NEEDS: { readonly [Name in Rule]?: string } = {
  C5: 'no balance was given: --balance ASSET=AMOUNT',
  R_REQUESTS_COVERED: 'no balance was given: --balance ASSET=AMOUNT',
  C7: 'nothing that was published was given: --published FILE',
  R_LINK: 'the epoch before was not given: --prev MANIFEST, or 0x and 64 zeros for the first epoch',
  R_ASSET_BLOCK: 'no block of the balances was given: --balances FILE with a "block"',
  R_REQUEST_LIST: 'the requests on chain were not given: --requests FILE',
};

export function verify(input: VerifyInput): PofbsVerify {
  const { snapshots, given, profile } = input;
  const manifest = readable(input.manifest);
  const byAsset = snapshots.map((one) => ({
    asset: one.asset,
    verdicts: {
      ...judgeSnapshot(one.summary, one.entry === null ? null : { entry: one.entry, profile }),
      ...judgeGiven(one, manifest, profile, given),
    },
  }));
  const whole = judgeWhole(input, manifest);
  const asked = askedFor(input);
  const verdicts = (Object.keys(RULES) as Rule[]).map((rule): RuleVerdict => {
    const each = byAsset.flatMap(({ asset, verdicts: all }) => {
      const judged = all[rule];
      return judged === undefined ? [] : [{ asset, ...judged }];
    });
    const judged = whole[rule] ?? (each.length > 0 ? jointly(each) : open(notJudged(rule, input)));
    return { rule, ...judged, asked: asked.has(rule) };
  });
  return {
    // What was not asked for may stay open, and may not be FALSE: R_FILE of a file that was read in parts.
    valid: verdicts.every(
      ({ asked: counts, verdict }) => verdict === 'TRUE' || (!counts && verdict !== 'FALSE'),
    ),
    verdicts,
    first: firstBroken(input, verdicts),
    epoch: manifest === null ? null : headerOf(manifest),
    gpmp: {
      computed: manifest === null || snapshots.length === 0 ? null : computeGpmp(manifest, snapshots),
      claimed: manifest?.gpmp ?? null,
      expected: given.gpmp ?? given.published?.gpmp ?? null,
    },
    cidProfile: profile,
    assets: snapshots.map((one) => verifiedAsset(one, profile, given)),
  };
}

/** The rules that the result depends on. */
export function askedFor({ manifest, given, required, parts }: VerifyInput): ReadonlySet<Rule> {
  const asked = new Set<Rule>([...ALWAYS, ...(manifest === null ? [] : WITH_MANIFEST)]);
  if (parts === true) asked.delete('R_FILE');
  const { published } = given;
  const add = (was: unknown, ...rules: Rule[]) => {
    if (was !== undefined) for (const rule of rules) asked.add(rule);
  };
  add(given.gpmp ?? published?.gpmp, 'R_GPMP');
  add(given.prev, 'R_LINK');
  add(given.balances, 'C5', 'R_REQUESTS_COVERED');
  add(given.balanceBlock, 'R_ASSET_BLOCK');
  add(given.requests, 'R_REQUEST_LIST');
  add(published?.timestamp ?? published?.cids, 'C7');
  add(required, ...required);
  return asked;
}

const readable = (manifest: VerifyInput['manifest']): Manifest | null =>
  manifest === null || 'refused' in manifest ? null : manifest;

function judgeWhole(
  { manifest: given, snapshots, given: { gpmp, prev, published } }: VerifyInput,
  manifest: Manifest | null,
) {
  const expected = [gpmp, published?.gpmp].filter((one) => one !== undefined);
  const judged: { [Name in Rule]?: Judged } = {};
  if (given !== null)
    judged.R_MANIFEST =
      manifest === null ? broken((given as { refused: string }).refused) : holds('its digest holds');
  if (manifest !== null) judged.R_GPMP = judgeGpmp(manifest, snapshots, expected);
  if (manifest !== null && prev !== undefined) judged.R_LINK = judgeLink(manifest, prev);
  return judged;
}

function notJudged(rule: Rule, { manifest, beside, snapshots }: VerifyInput): string {
  if (manifest !== null && 'refused' in manifest) return 'the manifest is refused';
  const needed = NEEDS[rule];
  if (manifest === null && (needed === undefined || rule === 'R_LINK'))
    return `not given: --manifest ${beside === undefined ? 'FILE' : `${escapeInvisible(beside)}, which lies beside the snapshot`}`;
  return needed ?? (snapshots.length === 0 ? 'no snapshot was read' : 'it was not judged');
}

function firstBroken({ snapshots }: VerifyInput, verdicts: readonly RuleVerdict[]): FirstBroken | null {
  for (const { asset, summary } of snapshots) {
    const { earliest } = summary.findings;
    const why = verdicts.find(({ rule }) => rule === earliest?.rule)?.why ?? '';
    if (earliest !== null) return { ...earliest, asset, why };
  }
  const whole = verdicts.find(({ verdict }) => verdict === 'FALSE');
  if (whole === undefined) return null;
  return { rule: whole.rule, asset: null, row: null, line: null, offset: null, text: null, why: whole.why };
}

const headerOf = ({ chain, custody, epoch, prevGpmp, timestamp }: Manifest): EpochHeader => ({
  chain,
  custody,
  epoch,
  prevGpmp,
  timestamp,
});

function verifiedAsset(
  { asset, file, entry, summary }: VerifyInput['snapshots'][number],
  profile: CidProfile,
  { balances }: Given,
): VerifiedAsset {
  const { root } = summary;
  return {
    asset,
    file,
    decimals: entry?.decimals ?? null,
    rows: summary.rows,
    bytes: summary.bytes,
    total: root?.total ?? null,
    requests: root?.requests ?? null,
    root: root === null ? null : toHex(root.hash),
    sha256: summary.sha256,
    cid: summary.cids[profile] ?? null,
    balance: balances?.get(asset) ?? null,
    shards: summary.offsets.length,
  };
}
