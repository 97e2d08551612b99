/** What is given besides the snapshot, from flags and small files. */

import { usageError } from '../../errors.js';
import {
  type Given,
  type KnownAsset,
  known,
  parseBalance,
  parseBalances,
  parsePublished,
  parseRequestList,
} from '../given.js';
import { gpmpText } from '../gpmp.js';
import { RULES, type Rule } from '../rules.js';
import type { Manifest } from '../types.js';
import { manifestPath, readManifest } from './epochs.js';
import { readSmallFile } from './small.js';

export interface GivenFlags {
  /** 0x hex. */
  readonly gpmp?: string | undefined;
  /** A manifest's path, a directory with one, or a GPMP. */
  readonly prev?: string | undefined;
  /** `ASSET=AMOUNT` each. */
  readonly balance?: readonly string[] | undefined;
  readonly balances?: string | undefined;
  /** `FILE` or `ASSET=FILE` each. */
  readonly requests?: readonly string[] | undefined;
  readonly published?: string | undefined;
}

const SMALL = 1 << 20;
const MAX_REQUESTS = 1 << 29;

/** @throws usage INPUT_*, BALANCE, ASSET_UNKNOWN, AMOUNT_*, GIVEN_FORM, REQUESTS_*; verification R_MANIFEST of --prev */
export async function readGiven(flags: GivenFlags, assets: readonly KnownAsset[]): Promise<Given> {
  const small = (path: string, what: string) => readSmallFile(path, { what, maxBytes: SMALL });
  const fromFile =
    flags.balances === undefined
      ? {}
      : parseBalances(await small(flags.balances, 'file of balances'), assets);
  const balances = new Map(fromFile.balances);
  for (const text of flags.balance ?? []) {
    const [asset, balance] = parseBalance(text, assets);
    if (balances.has(asset))
      throw usageError('BALANCE', `The balance of ${asset} is given twice.`, { hint: 'Give it once.' });
    balances.set(asset, balance);
  }
  return {
    ...(flags.gpmp === undefined ? {} : { gpmp: flags.gpmp }),
    ...(flags.prev === undefined ? {} : { prev: await epochBefore(flags.prev) }),
    ...fromFile,
    ...(balances.size === 0 ? {} : { balances }),
    ...(flags.published === undefined
      ? {}
      : { published: parsePublished(await small(flags.published, 'published summary'), assets) }),
    ...(flags.requests === undefined ? {} : { requests: await readRequests(flags.requests, assets) }),
  };
}

async function epochBefore(text: string): Promise<Manifest | string> {
  const gpmp = gpmpText(text);
  return gpmp ?? (await readManifest(manifestPath(text)));
}

async function readRequests(
  texts: readonly string[],
  assets: readonly KnownAsset[],
): Promise<Given['requests']> {
  const lists = new Map<string, ReturnType<typeof parseRequestList>>();
  for (const text of texts) {
    const name = text.slice(0, Math.max(0, text.indexOf('=')));
    const named = assets.some(({ asset }) => asset === name);
    if (!named && assets.length !== 1)
      throw usageError('REQUESTS_FORM', 'It is not said of which asset the requests are.', {
        hint: 'Write --requests ASSET=FILE, once for each asset.',
      });
    const { asset } = named ? known(name, assets) : (assets[0] as KnownAsset);
    const path = named ? text.slice(name.length + 1) : text;
    lists.set(
      asset,
      parseRequestList(await readSmallFile(path, { what: 'list of requests', maxBytes: MAX_REQUESTS })),
    );
  }
  return lists;
}

/** Rules from `--require C5,C7`, or all of them. @throws usage RULE_UNKNOWN */
export function requiredRules(texts: readonly string[] | undefined, strict: boolean): Rule[] {
  const all = Object.keys(RULES) as Rule[];
  if (strict) return all;
  return (texts ?? []).map((text) => {
    const rule = all.find((one) => one.toLowerCase() === text.toLowerCase());
    if (rule === undefined)
      throw usageError('RULE_UNKNOWN', 'There is no such rule to require.', {
        hint: `Rules: ${all.join(', ')}.`,
      });
    return rule;
  });
}
