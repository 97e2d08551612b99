/** What whoever verifies knows from elsewhere, from the chain or by hand: the reading of it from text. */

import { usageError } from '../errors.js';
import { DuplicateName, parseJson } from '../json.js';
import { parseAmount, parsePlanck } from '../numeric/amount.js';
import { quote, quoteReadable } from '../numeric/text.js';
import type { Manifest } from './types.js';

/** Requests above zero, by the id's 64 digits. */
export type RequestList = ReadonlyMap<string, bigint>;

/** What was published on chain; what is missing was not given. */
export interface Published {
  readonly gpmp?: string;
  readonly timestamp?: number;
  /** By asset; of a lone asset under the empty name. */
  readonly cids?: ReadonlyMap<string, string>;
}

export interface Given {
  /** The GPMP that the epoch must have. */
  readonly gpmp?: string;
  /** The epoch before: its manifest, or its GPMP. */
  readonly prev?: Manifest | string;
  /** The custody account's balances by asset, in base units. */
  readonly balances?: ReadonlyMap<string, bigint>;
  /** Hash of the block at which the balances were read. */
  readonly balanceBlock?: string;
  readonly published?: Published;
  /** By asset; of a lone asset under the empty name. */
  readonly requests?: ReadonlyMap<string, RequestList>;
}

/** An asset and its decimals, as far as they are known. */
export interface KnownAsset {
  readonly asset: string;
  /** Null without a manifest. */
  readonly decimals: number | null;
}

/**
 * `USDC=12500000planck` (base units) or, where the decimals are known, `USDC=12.5USDC`. A bare number is refused.
 * @throws usage BALANCE, ASSET_UNKNOWN, AMOUNT_…
 */
export function parseBalance(text: string, assets: readonly KnownAsset[]): [asset: string, balance: bigint] {
  const split = text.indexOf('=');
  if (split === -1)
    throw usageError('BALANCE', `${quoteReadable(text, 60)} does not say of which asset it is the balance.`, {
      hint: 'Write ASSET=AMOUNT, such as USDC=12.5USDC, or USDC=12500000planck in base units.',
    });
  const { asset, decimals } = known(text.slice(0, split), assets);
  const amount = text.slice(split + 1);
  if (decimals === null && !/planc?ks?$/i.test(amount))
    throw usageError('BALANCE', `How many decimals ${asset} has is not known without a manifest.`, {
      hint: `Give the balance in base units: ${asset}=12500000planck. Or give the manifest.`,
    });
  return [asset, parseAmount(amount, { symbol: asset, decimals: decimals ?? 0 })];
}

/** @throws usage ASSET_UNKNOWN */
export function known(name: string, assets: readonly KnownAsset[]): KnownAsset {
  const found = assets.find(({ asset }) => asset === name);
  if (found === undefined)
    throw usageError('ASSET_UNKNOWN', `There is no asset ${quoteReadable(name, 40)} here.`, {
      hint: `There ${assets.length === 1 ? 'is' : 'are'}: ${assets.map(({ asset }) => asset).join(', ')}.`,
    });
  return found;
}

/**
 * `{"balances": {"USDC": "12500000"}, "block": "0x…"}`, amounts in base units.
 * @throws usage GIVEN_FORM, ASSET_UNKNOWN, AMOUNT_…
 */
export function parseBalances(
  bytes: Uint8Array,
  assets: readonly KnownAsset[],
): Pick<Given, 'balances' | 'balanceBlock'> {
  const fields = objectOf(bytes, 'balances', ['balances', 'block']);
  const balances = Object.entries(record(fields.balances, 'balances')).map(([name, amount]) => {
    const { asset } = known(name, assets);
    if (typeof amount !== 'string') throw refused('balances', `the balance of ${asset} is no text of digits`);
    return [asset, parsePlanck(amount, 'balance')] as const;
  });
  const block = fields.block === undefined ? {} : { balanceBlock: hash(fields.block, 'balances', 'block') };
  return { balances: new Map(balances), ...block };
}

/**
 * `{"gpmp": "0x…", "timestamp": 1700000000, "cid": "bafy…"}`; of several assets `"cids": {"USDC": "bafy…", …}`.
 * @throws usage GIVEN_FORM, ASSET_UNKNOWN
 */
export function parsePublished(bytes: Uint8Array, assets: readonly KnownAsset[]): Published {
  const what = 'published summary';
  const fields = objectOf(bytes, what, ['gpmp', 'timestamp', 'cid', 'cids']);
  if (Object.keys(fields).length === 0) throw refused(what, 'it says nothing');
  const { timestamp, cid } = fields;
  if (timestamp !== undefined && !(Number.isSafeInteger(timestamp) && (timestamp as number) >= 0))
    throw refused(what, '"timestamp" is no whole number of seconds');
  if (cid !== undefined && assets.length !== 1)
    throw refused(what, '"cid" does not say of which asset it is: write "cids"');
  const cids = fields.cids === undefined ? [] : Object.entries(record(fields.cids, what));
  if (cid !== undefined) cids.push([(assets[0] as KnownAsset).asset, cid]);
  const texts = cids.map(([name, text]) => {
    if (typeof text !== 'string') throw refused(what, 'a CID is no text');
    return [known(name, assets).asset, text] as const;
  });
  return {
    ...(fields.gpmp === undefined ? {} : { gpmp: hash(fields.gpmp, what, 'gpmp') }),
    ...(timestamp === undefined ? {} : { timestamp: timestamp as number }),
    ...(texts.length === 0 ? {} : { cids: new Map(texts) }),
  };
}

const REQUESTS_HEADER = 'id,request';

/**
 * The requests that are on chain: CSV with the header `id,request`. Requests of 0 are none.
 * @throws usage REQUESTS_FORM, with the line
 */
export function parseRequestList(bytes: Uint8Array): RequestList {
  const lines = new TextDecoder('latin1').decode(bytes).split('\n');
  if (lines.at(-1) === '') lines.pop();
  const wrong = (line: number, why: string) =>
    usageError('REQUESTS_FORM', `Line ${line} of the requests: ${why}.`, {
      hint: `Each line is an id of 64 lower-case hexadecimal digits, a comma, and a whole number; the first one is ${REQUESTS_HEADER}.`,
    });
  if (lines[0] !== REQUESTS_HEADER) throw wrong(1, `it is not ${REQUESTS_HEADER}`);
  const list = new Map<string, bigint>();
  for (let index = 1; index < lines.length; index++) {
    const match = /^([0-9a-f]{64}),(0|[1-9][0-9]{0,38})$/.exec(lines[index] as string);
    if (match === null) throw wrong(index + 1, `${quote(lines[index] as string, 100)} is not id,request`);
    const [, id, request] = match as unknown as [string, string, string];
    if (list.has(id)) throw wrong(index + 1, 'its id has occurred before');
    list.set(id, BigInt(request));
  }
  for (const [id, request] of list) if (request === 0n) list.delete(id);
  return list;
}

type Fields = Readonly<Record<string, unknown>>;

function objectOf(bytes: Uint8Array, what: string, names: readonly string[]): Fields {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    if (cause instanceof DuplicateName)
      throw refused(what, `${quoteReadable(cause.member, 40)} is there twice in one object`, cause);
    throw refused(what, 'it is not JSON in UTF-8', cause);
  }
  const fields = record(value, what);
  const unknown = Object.keys(fields).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw refused(what, `${quoteReadable(unknown, 40)} is none of its fields, ${names.join(', ')}`);
  return fields;
}

function record(value: unknown, what: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw refused(what, 'there is no object where one must be');
  return value as Fields;
}

function hash(value: unknown, what: string, name: string): string {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value))
    throw refused(what, `"${name}" is not 0x and 64 lower-case hexadecimal digits`);
  return value;
}

const refused = (what: string, why: string, cause?: unknown) =>
  usageError('GIVEN_FORM', `The file of the ${what} cannot be used: ${why}.`, {
    hint: 'See `bursar pofbs verify --help` for its form.',
    ...(cause === undefined ? {} : { cause }),
  });
