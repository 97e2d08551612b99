/**
 * From a ledger to the rows of an epoch: wallets sorted so that one that occurs twice shows, a salt for each, ids that
 * commit to them, rows sorted by id. Larger than memory: both orders are made by {@link Sorter}. The same ledger in
 * another order, with the same salts, gives the same bytes.
 *
 *     ledger ─ by wallet, asset, line ─ salt and id ─ by id, asset ─ a snapshot for each asset, and the mapping
 */

import { usageError } from '../errors.js';
import type { Input } from './engine.js';
import { loadHasher } from './hasher.js';
import { copyBytes } from './hex.js';
import { type IdContext, idContext } from './id.js';
import { IdMaker } from './idMaker.js';
import {
  checkAssetNames,
  type LedgerForm,
  LedgerReader,
  type LedgerRow,
  MAX_AMOUNTS,
  SALT_COLUMNS,
  saltField,
  walletField,
} from './ledger.js';
import { LedgerLines } from './ledgerLines.js';
import { MAPPING_HEADER } from './mapping.js';
import { type OnProgress, Pace } from './pace.js';
import { Records } from './records.js';
import { countRepeated } from './salt.js';
import { HEADER } from './scan.js';
import {
  type Cursor,
  compareKeys,
  OUT_BLOCK,
  PREFIX,
  type RunStore,
  readKeyNumber,
  Sorter,
  writeKeyNumber,
} from './sort.js';
import { readTable, rowError, TableReader } from './table.js';

export interface BuildOptions {
  /** Names, each once; their order is that of the sinks. */
  readonly assets: readonly string[];
  readonly context: IdContext;
  /** Uncompressed bytes of the ledger (docs/formats/ledger.md). */
  readonly ledger: Input;
  /** Default: columns have their own names, and amounts are in the smallest unit. */
  readonly form?: LedgerForm;
  /** How much of the ledger was read, 0 to 1, for the remaining time; absent if that is not known. */
  readonly ledgerShare?: () => number;
  /** A table of wallet and salt, for every wallet of the ledger; null: salts are in the ledger, or made. */
  readonly salts: Input | null;
  /** Bytes of memory for sorting. */
  readonly memory: number;
  readonly store: RunStore;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** Where bytes go. They are valid until the returned promise is resolved. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void> | void;
}

export interface BuildSinks {
  /** One for each asset. */
  readonly snapshots: readonly Sink[];
  readonly mapping: Sink;
}

export interface BuiltRows {
  readonly wallets: number;
  /** For each asset. */
  readonly rows: readonly number[];
  readonly salts: 'made' | 'given';
  /** Wallets whose salt another wallet has too: each of their owners can find out the others. */
  readonly repeatedSalts: number;
  /** The last line had no line feed. */
  readonly incomplete: boolean;
}

/** wallet 32 | asset 2 | line 6, then a flag, the salt if there is one, and the amounts. */
const WALLET_KEY = 40;
/** id 32 | asset 2, then wallet 32 | salt 32 | amounts. */
const ID_KEY = 34;
const SALT_KEY = 38;
/** The mapping's lines of a block of records: each is less than twice as long as its record, which has 103 bytes or more. */
const TEXT_BLOCK = 2 * OUT_BLOCK;

/**
 * @throws usage TABLE_*, LEDGER_* (with the line), ASSET, SALT_MISSING, ASSET_EMPTY; what reading and sinks throw
 */
export async function buildRows(options: BuildOptions, sinks: BuildSinks): Promise<BuiltRows> {
  checkAssetNames(options.assets);
  const memory = Math.floor(options.memory / (options.salts === null ? 2 : 3));
  const records = new Records();
  const sorters: Sorter[] = [];
  const made = (keyLength: number) => {
    const one = new Sorter({ keyLength, memory, store: options.store, records });
    sorters.push(one);
    return one;
  };
  try {
    const byWallet = made(WALLET_KEY);
    const ledger = await readLedger(options, byWallet);
    const salts = options.salts === null ? null : made(SALT_KEY);
    if (salts !== null) await readSalts(options, salts, ledger.hasSalts);
    const given = salts !== null || ledger.hasSalts;
    const bySalt = given ? made(32) : null;
    const byId = made(ID_KEY);
    const wallets = await assignIds(options, byWallet, salts, bySalt, byId);
    byWallet.discard();
    salts?.discard();
    const rows = await writeRows(options, byId, sinks);
    const empty = options.assets.find((_, asset) => rows[asset] === 0);
    if (empty !== undefined)
      throw usageError('ASSET_EMPTY', `The ledger has no row for the asset ${empty}.`, {
        hint: 'A snapshot has at least one row: leave the asset out, or give its rows.',
      });
    return {
      wallets,
      rows,
      salts: given ? 'given' : 'made',
      repeatedSalts: bySalt === null ? 0 : await countRepeated(bySalt, paceOf(options, 'comparing salts')),
      incomplete: ledger.incomplete,
    };
  } finally {
    for (const one of sorters) one.discard();
  }
}

const paceOf = ({ onProgress, signal }: BuildOptions, doing: string): Pace =>
  new Pace(doing, onProgress, signal);

interface ReadLedger {
  readonly hasSalts: boolean;
  readonly incomplete: boolean;
}

async function readLedger(options: BuildOptions, byWallet: Sorter): Promise<ReadLedger> {
  const record = new Uint8Array(WALLET_KEY + 1 + 32 + MAX_AMOUNTS);
  const reader = new LedgerReader(
    options.assets,
    (row) => byWallet.add(record, walletRecord(row, record)),
    (row) => new LedgerLines(byWallet, options.assets, row),
    options.form,
  );
  const complete = await readTable(
    options.ledger,
    reader.table,
    paceOf(options, 'reading the ledger'),
    options.ledgerShare,
  );
  return { hasSalts: reader.row.hasSalt, incomplete: !complete };
}

function walletRecord(row: LedgerRow, record: Uint8Array): number {
  let at = copyBytes(record, 0, row.wallet, 0, 32);
  record[at++] = row.asset >> 8;
  record[at++] = row.asset & 0xff;
  at = writeKeyNumber(record, at, row.line);
  record[at++] = row.hasSalt ? 1 : 0;
  if (row.hasSalt) at = copyBytes(record, at, row.salt, 0, 32);
  return copyBytes(record, at, row.amounts, 0, row.amountsLength);
}

async function readSalts(options: BuildOptions, sorter: Sorter, alreadyGiven: boolean): Promise<void> {
  if (alreadyGiven)
    throw usageError('SALTS_TWICE', 'There are salts in the ledger, and a file of salts.', {
      hint: 'Give them in one place.',
    });
  const record = new Uint8Array(SALT_KEY + 32);
  const wallet = record.subarray(0, 32);
  const salt = record.subarray(SALT_KEY);
  const table = new TableReader(SALT_COLUMNS, (fields) => {
    walletField('salts', fields, 0, wallet);
    saltField('salts', fields, 1, salt);
    writeKeyNumber(record, 32, fields.line);
    sorter.add(record, record.length);
  });
  await readTable(options.salts as Input, table, paceOf(options, 'reading the salts'));
}

/** @returns the number of wallets */
async function assignIds(
  options: BuildOptions,
  byWallet: Sorter,
  salts: Sorter | null,
  bySalt: Sorter | null,
  byId: Sorter,
): Promise<number> {
  const pace = paceOf(options, 'making ids');
  const ids = new IdMaker(byWallet.records, idContext(options.context), await loadHasher());
  const saltOf = salts === null ? null : new SaltFinder(salts.sorted());
  const rows = byWallet.blocks();
  let wallets = 0;
  while (rows.next()) {
    for (let from = rows.at; from < rows.end; ) {
      if (saltOf !== null) findSalts(ids, saltOf, from, rows.end);
      const taken = ids.take(from, rows.end);
      if (taken.wrong !== null) refuseRepeated(options.assets, ids, taken.to, taken.wrong);
      if (bySalt !== null) ids.eachSalt((salt) => bySalt.add(salt, 32));
      ids.emit(from, taken.to, byId);
      wallets += ids.wallets;
      from = taken.to;
    }
    await pace.pause(byId.count, byId.count / byWallet.count);
  }
  return wallets;
}

/** Looks up the salts of the wallets that the next batch may take. */
function findSalts(ids: IdMaker, salts: SaltFinder, from: number, to: number): void {
  ids.eachNewWallet(from, to, (bytes, start, into) => salts.find(bytes, start, into));
}

/** A wallet that occurs again: in another asset with the same salt, or not at all. */
function refuseRepeated(
  assets: readonly string[],
  ids: IdMaker,
  at: number,
  wrong: 'repeated' | 'otherSalt',
): never {
  const { bytes } = ids.records;
  const asset = ((bytes[at + PREFIX + 32] as number) << 8) | (bytes[at + PREFIX + 33] as number);
  const line = readKeyNumber(bytes, at + PREFIX + 34);
  const other = ids.lineBefore();
  if (wrong === 'repeated')
    throw rowError(
      'ledger',
      line,
      'LEDGER_REPEATED',
      `its wallet stands on line ${other} too${assets.length === 1 ? '' : ` in the asset ${assets[asset]}`}`,
      'Add the rows of a wallet up to one. Two addresses of one account are the same wallet.',
      { other, rule: 'C6' },
    );
  throw rowError(
    'ledger',
    line,
    'LEDGER_SALT',
    `its salt is not that of line ${other}, of the same wallet`,
    'A wallet has one salt for all assets.',
    { other },
  );
}

/** Looks salts up for wallets that are asked for in ascending order. */
class SaltFinder {
  #more: boolean;

  constructor(readonly cursor: Cursor) {
    this.#more = cursor.next();
  }

  /** @throws usage SALT_MISSING; LEDGER_SALT for a wallet with two salts */
  find(row: Uint8Array, start: number, into: Uint8Array): void {
    const { cursor } = this;
    while (this.#more && compareKeys(cursor.bytes, cursor.start, row, start, 32) < 0)
      this.#more = cursor.next();
    if (!this.#more || compareKeys(cursor.bytes, cursor.start, row, start, 32) !== 0)
      throw rowError(
        'ledger',
        readKeyNumber(row, start + 34),
        'SALT_MISSING',
        'the file of salts has none for its wallet',
        'Give a salt for every wallet, or leave the file out to have all salts made.',
      );
    copyBytes(into, 0, cursor.bytes, cursor.start + SALT_KEY, cursor.end);
    const first = readKeyNumber(cursor.bytes, cursor.start + 32);
    this.#more = cursor.next();
    if (this.#more && compareKeys(cursor.bytes, cursor.start, row, start, 32) === 0) {
      const line = readKeyNumber(cursor.bytes, cursor.start + 32);
      throw rowError(
        'salts',
        line,
        'LEDGER_SALT',
        `its wallet stands on line ${first} too`,
        'A wallet has one salt.',
        { other: first },
      );
    }
  }
}

/** @returns rows of each asset */
async function writeRows(options: BuildOptions, byId: Sorter, sinks: BuildSinks): Promise<number[]> {
  const pace = paceOf(options, 'writing rows');
  const { records } = byId;
  const { exports } = records;
  const text = records.reserve(TEXT_BLOCK);
  const put = (sink: Sink, at: number) => sink.write(records.bytes.subarray(text, text + at));
  const utf8 = new TextEncoder();
  for (const snapshot of sinks.snapshots) await snapshot.write(utf8.encode(`${HEADER}\n`));
  await sinks.mapping.write(utf8.encode(MAPPING_HEADER));
  const rows = options.assets.map(() => 0);
  const blocks = byId.blocks();
  let done = 0;
  while (blocks.next()) {
    for (const [asset, snapshot] of sinks.snapshots.entries()) {
      exports.write_rows(blocks.at, 0, blocks.end - blocks.at, asset, text);
      rows[asset] = (rows[asset] as number) + records.count;
      done += records.count;
      await put(snapshot, records.at);
    }
    exports.write_mapping(blocks.at, 0, blocks.end - blocks.at, text);
    await put(sinks.mapping, records.at);
    await pace.pause(done, done / byId.count);
  }
  return rows;
}
