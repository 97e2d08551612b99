/** The rules of an epoch as a whole, and those that need what was given from elsewhere. */

import { assetAmount } from './amountText.js';
import { sameCid } from './cidText.js';
import type { Summary } from './engine.js';
import type { Given, KnownAsset, RequestList } from './given.js';
import { gpmpOf, sameCustody, toHex } from './gpmp.js';
import { countOf } from './judgeSnapshot.js';
import type { AssetEntry, CidProfile, Manifest } from './types.js';
import { broken, holds, type Judged, open, unless, type Verdicts } from './verdict.js';

/** A snapshot that was read. */
export interface ReadSnapshot {
  readonly asset: string;
  readonly entry: AssetEntry | null;
  readonly summary: Summary;
}

/** The GPMP from what was read; of assets that were not, from what the manifest says. Null without a tree. */
export function computeGpmp(manifest: Manifest, snapshots: readonly ReadSnapshot[]): string | null {
  if (snapshots.some(({ summary }) => summary.root === null)) return null;
  const assets = manifest.assets.map((entry) => {
    const read = snapshots.find(({ asset }) => asset === entry.asset);
    if (read === undefined || read.summary.root === null) return entry;
    const { total, requests, hash } = read.summary.root;
    return { ...entry, rows: read.summary.rows, total, requests, root: toHex(hash) };
  });
  return gpmpOf(manifest, assets);
}

export function judgeGpmp(
  manifest: Manifest,
  snapshots: readonly ReadSnapshot[],
  expected: readonly string[],
): Judged {
  const said = gpmpOf(manifest, manifest.assets);
  if (said !== manifest.gpmp)
    return broken(`the manifest’s own fields come to ${said}, and it says ${manifest.gpmp}`);
  const other = expected.find((gpmp) => gpmp !== manifest.gpmp);
  if (other !== undefined) return broken(`${other} was expected, and the manifest says ${manifest.gpmp}`);
  const computed = computeGpmp(manifest, snapshots);
  if (computed === null) return open('there is no tree: a line is no row, or there is none');
  if (computed !== manifest.gpmp)
    return broken(`the rows come to ${computed}, the manifest says ${manifest.gpmp}`);
  const unread = manifest.assets.length - snapshots.length;
  const others = unread === 0 ? '' : `; the manifest’s word was taken for ${countOf(unread, 'other asset')}`;
  return holds(
    expected.length > 0
      ? `recomputed, and the one that was expected${others}`
      : `recomputed, and the one of the manifest; give --gpmp to compare it with the one on chain${others}`,
  );
}

export function judgeLink(manifest: Manifest, prev: Manifest | string): Judged {
  if (typeof prev === 'string')
    return unless(
      manifest.prevGpmp === prev ? null : `it names ${manifest.prevGpmp}, and ${prev} was given`,
      'it names the GPMP that was given; the number of that epoch was not compared',
    );
  const own = gpmpOf(prev, prev.assets);
  if (own !== prev.gpmp)
    return broken(`the manifest before says that its GPMP is ${prev.gpmp}; it comes to ${own}`);
  if (manifest.prevGpmp !== prev.gpmp)
    return broken(`it names ${manifest.prevGpmp}, and that of the epoch before is ${prev.gpmp}`);
  if (manifest.epoch !== prev.epoch + 1)
    return broken(`epoch ${manifest.epoch} does not follow epoch ${prev.epoch}`);
  if (manifest.chain !== prev.chain || !sameCustody(manifest.custody, prev.custody))
    return broken('the epoch before is of another chain or custody account');
  return unless(
    manifest.timestamp > prev.timestamp ? null : 'its timestamp is not after that of the epoch before',
    `it follows epoch ${prev.epoch}`,
  );
}

/** What one asset's numbers are compared with. */
export function judgeGiven(
  { asset, entry, summary }: ReadSnapshot,
  manifest: Manifest | null,
  profile: CidProfile,
  given: Given,
): Verdicts {
  const { balances, requests, published } = given;
  const unit = { asset, decimals: entry?.decimals ?? null };
  return {
    ...(balances === undefined ? {} : judgeBalance(unit, summary, balances.get(asset))),
    ...(given.balanceBlock === undefined ? {} : { R_ASSET_BLOCK: judgeBlock(manifest, given.balanceBlock) }),
    ...(requests === undefined ? {} : { R_REQUEST_LIST: judgeRequests(unit, summary, requests.get(asset)) }),
    ...(published === undefined
      ? {}
      : { C7: judgePublished(asset, summary.cids[profile], manifest, published) }),
  };
}

function judgeBalance(unit: KnownAsset, { root, stopped }: Summary, balance: bigint | undefined): Verdicts {
  const both = (judged: Judged): Verdicts => ({ C5: judged, R_REQUESTS_COVERED: judged });
  if (balance === undefined) return both(open('its balance was not given'));
  if (root === null) return both(open(stopped ?? 'there are no sums: a line is no row, or there is none'));
  const held = assetAmount(balance, unit);
  const covers = (sum: bigint): Judged =>
    unless(
      balance >= sum ? null : `it holds ${held}, ${assetAmount(sum - balance, unit)} too little`,
      `it holds ${held}, ${assetAmount(balance - sum, unit)} more than needed`,
    );
  return { C5: covers(root.total), R_REQUESTS_COVERED: covers(root.requests) };
}

function judgeBlock(manifest: Manifest | null, block: string): Judged {
  if (manifest === null) return open('no manifest was given that names a block');
  if (manifest.assetBlock === null) return open('the manifest names no block');
  return unless(
    manifest.assetBlock.hash === block
      ? null
      : `balances are of block ${block}, the manifest names ${manifest.assetBlock.hash}`,
    'as the file of the balances says; no chain was asked',
  );
}

function judgePublished(
  asset: string,
  cid: string | undefined,
  manifest: Manifest | null,
  published: NonNullable<Given['published']>,
): Judged {
  const expected = published.cids?.get(asset);
  if (expected !== undefined && cid !== undefined && !sameCid(cid, expected))
    return broken(`the file’s CID is ${cid}, and ${expected} was published`);
  const { timestamp } = published;
  if (manifest !== null && timestamp !== undefined && manifest.timestamp !== timestamp)
    return broken(`the timestamp is ${manifest.timestamp}, and ${timestamp} was published`);
  if (expected === undefined) return open('no CID was published');
  if (timestamp === undefined) return open('no timestamp was published');
  if (cid === undefined) return open('the file was not read to its end');
  if (manifest === null)
    return open('the CID is the one that was published; without a manifest there is no timestamp');
  return holds('both are those that were published');
}

function judgeRequests(unit: KnownAsset, summary: Summary, list: RequestList | undefined): Judged {
  if (list === undefined) return open('its requests were not given');
  if (summary.root === null || summary.requests === undefined)
    return open(summary.stopped ?? 'a line is no row');
  const missing = new Map(list);
  for (const chunk of summary.requests) {
    for (let at = 0; at < chunk.length; at += 48) {
      const id = Buffer.from(chunk.buffer, chunk.byteOffset + at, 32).toString('hex');
      const request = readLe16(chunk, at + 32);
      const onChain = list.get(id);
      if (onChain === undefined)
        return broken(`row ${id} requests ${assetAmount(request, unit)}, and on chain there is no request`);
      if (onChain !== request)
        return broken(
          `row ${id} requests ${assetAmount(request, unit)}, and on chain it is ${assetAmount(onChain, unit)}`,
        );
      missing.delete(id);
    }
  }
  const [left] = missing.keys();
  return unless(
    left === undefined ? null : `the request of ${left} on chain is not in the file`,
    countOf(list.size, 'request'),
  );
}

function readLe16(bytes: Uint8Array, at: number): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 16);
  return (view.getBigUint64(8, true) << 64n) | view.getBigUint64(0, true);
}
