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
import { copyBytes, writeHex32 } from './hex.js';
import { type IdContext, idContext } from './id.js';
import { IdBatch } from './idBatch.js';
import {
  checkAssetNames,
  LedgerReader,
  type LedgerRow,
  MAX_AMOUNTS,
  SALT_COLUMNS,
  saltField,
  walletField,
} from './ledger.js';
import { MAPPING_HEADER, MAPPING_ROW_BYTES, writeMappingRow } from './mapping.js';
import { type OnProgress, Pace } from './pace.js';
import { countRepeated, FreshSalts } from './salt.js';
import { HEADER } from './scan.js';
import { type Cursor, compareKeys, type RunStore, readKeyNumber, Sorter, writeKeyNumber } from './sort.js';
import { readTable, rowError, TableReader } from './table.js';

export interface BuildOptions {
  /** Names, each once; their order is that of the sinks. */
  readonly assets: readonly string[];
  readonly context: IdContext;
  /** Uncompressed bytes of the ledger (docs/formats/ledger.md). */
  readonly ledger: Input;
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

/** Rows between two pauses. */
const STEP = 16_384;
/** wallet 32 | asset 2 | line 6, then a flag, the salt if there is one, and the amounts. */
const WALLET_KEY = 40;
/** id 32 | asset 2, then wallet 32 | salt 32 | amounts. */
const ID_KEY = 34;
const SALT_KEY = 38;
const WAITING_BYTES = 3 + MAX_AMOUNTS;
const WRITE_BLOCK = 1 << 20;

/**
 * @throws usage TABLE_*, LEDGER_* (with the line), ASSET, SALT_MISSING, ASSET_EMPTY; what reading and sinks throw
 */
export async function buildRows(options: BuildOptions, sinks: BuildSinks): Promise<BuiltRows> {
  checkAssetNames(options.assets);
  const memory = Math.floor(options.memory / (options.salts === null ? 2 : 3));
  const sorter = (keyLength: number) => new Sorter({ keyLength, memory, store: options.store });
  const sorters: Sorter[] = [];
  const made = (keyLength: number) => {
    const one = sorter(keyLength);
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
  const reader = new LedgerReader(options.assets, (row) => byWallet.add(record, walletRecord(row, record)));
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
  const batch = new IdBatch(idContext(options.context), await loadHasher());
  const waiting = new Waiting(byId, batch, options.assets.length);
  const rows = byWallet.sorted();
  const saltOf = salts === null ? null : new SaltFinder(salts.sorted());
  const fresh = new FreshSalts();
  const before = new Uint8Array(WALLET_KEY);
  const salt = new Uint8Array(32);
  let wallets = 0;
  let done = 0;
  while (rows.next()) {
    const { bytes, start, end } = rows;
    const saltLength = bytes[start + WALLET_KEY] === 1 ? 32 : 0;
    const amounts = start + WALLET_KEY + 1 + saltLength;
    if (done > 0 && compareKeys(bytes, start, before, 0, 32) === 0) {
      refuseRepeated(options.assets, bytes, start, before, saltLength === 0 ? null : salt);
    } else {
      if (batch.full) waiting.flush();
      if (saltOf !== null) saltOf.find(bytes, start, salt);
      else if (saltLength === 0) fresh.next(salt);
      else copyBytes(salt, 0, bytes, start + WALLET_KEY + 1, amounts);
      batch.add(bytes, start, salt);
      bySalt?.add(salt, 32);
      wallets++;
    }
    copyBytes(before, 0, bytes, start, start + WALLET_KEY);
    waiting.add(bytes, start + 32, amounts, end);
    done++;
    if (done % STEP === 0) await pace.pause(done, done / byWallet.count);
  }
  waiting.flush();
  return wallets;
}

/** The rows of a batch of wallets, which become records once the ids are known. */
class Waiting {
  readonly #record = new Uint8Array(ID_KEY + 64 + MAX_AMOUNTS);
  /** For each row: asset 2, length of the amounts 1, amounts. */
  readonly #rows: Uint8Array;
  readonly #owners: Int32Array;
  #count = 0;

  constructor(
    readonly byId: Sorter,
    readonly batch: IdBatch,
    assets: number,
  ) {
    this.#rows = new Uint8Array(WAITING_BYTES * batch.capacity * assets);
    this.#owners = new Int32Array(batch.capacity * assets);
  }

  /** A row of the batch's last wallet. */
  add(bytes: Uint8Array, asset: number, start: number, end: number): void {
    const rows = this.#rows;
    let at = copyBytes(rows, WAITING_BYTES * this.#count, bytes, asset, asset + 2);
    rows[at++] = end - start;
    copyBytes(rows, at, bytes, start, end);
    this.#owners[this.#count++] = this.batch.count - 1;
  }

  flush(): void {
    const { batch } = this;
    const [rows, record] = [this.#rows, this.#record];
    batch.compute();
    for (let index = 0; index < this.#count; index++) {
      const owner = this.#owners[index] as number;
      const row = WAITING_BYTES * index;
      let at = copyBytes(record, 0, batch.ids, 32 * owner, 32 * owner + 32);
      at = copyBytes(record, at, rows, row, row + 2);
      at = copyBytes(record, at, batch.openings, 64 * owner, 64 * owner + 64);
      this.byId.add(record, copyBytes(record, at, rows, row + 3, row + 3 + (rows[row + 2] as number)));
    }
    this.#count = 0;
    batch.clear();
  }
}

/** A wallet that occurs again: in another asset with the same salt, or not at all. */
function refuseRepeated(
  assets: readonly string[],
  bytes: Uint8Array,
  start: number,
  before: Uint8Array,
  salt: Uint8Array | null,
): void {
  const line = readKeyNumber(bytes, start + 34);
  const other = readKeyNumber(before, 34);
  if (compareKeys(bytes, start + 32, before, 32, 2) === 0) {
    const asset = assets[((before[32] as number) << 8) | (before[33] as number)];
    const of = assets.length === 1 ? '' : ` in the asset ${asset}`;
    throw rowError(
      'ledger',
      line,
      'LEDGER_REPEATED',
      `its wallet stands on line ${other} too${of}`,
      'Add the rows of a wallet up to one. Two addresses of one account are the same wallet.',
      {
        other,
        rule: 'C6',
      },
    );
  }
  if (salt !== null && compareKeys(bytes, start + WALLET_KEY + 1, salt, 0, 32) !== 0)
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
  const snapshots = sinks.snapshots.map((sink) => new BlockWriter(sink));
  const mapping = new BlockWriter(sinks.mapping);
  for (const snapshot of snapshots) snapshot.text(`${HEADER}\n`);
  mapping.text(MAPPING_HEADER);
  const rows = options.assets.map(() => 0);
  const before = new Uint8Array(32);
  let done = 0;
  const records = byId.sorted();
  while (records.next()) {
    const { bytes, start, end } = records;
    const asset = ((bytes[start + 32] as number) << 8) | (bytes[start + 33] as number);
    const snapshot = snapshots[asset] as BlockWriter;
    if (snapshot.full) await snapshot.flush();
    const { block } = snapshot;
    let at = writeHex32(block, snapshot.used, bytes, start);
    block[at++] = 44;
    at = copyBytes(block, at, bytes, start + ID_KEY + 64, end);
    block[at++] = 10;
    snapshot.used = at;
    rows[asset] = (rows[asset] as number) + 1;
    if (done === 0 || compareKeys(bytes, start, before, 0, 32) !== 0) {
      if (mapping.full) await mapping.flush();
      writeMappingRow(mapping.block, mapping.used, bytes, start, start + ID_KEY);
      mapping.used += MAPPING_ROW_BYTES;
      copyBytes(before, 0, bytes, start, start + 32);
    }
    done++;
    if (done % STEP === 0) await pace.pause(done, done / byId.count);
  }
  for (const writer of [...snapshots, mapping]) await writer.flush();
  return rows;
}

/** Gathers rows into blocks. */
class BlockWriter {
  readonly block = new Uint8Array(WRITE_BLOCK);
  used = 0;

  constructor(readonly sink: Sink) {}

  /** Whether there may be no room for another row. */
  get full(): boolean {
    return this.used > WRITE_BLOCK - 512;
  }

  text(text: string): void {
    this.used += new TextEncoder().encodeInto(text, this.block.subarray(this.used)).written;
  }

  async flush(): Promise<void> {
    await this.sink.write(this.block.subarray(0, this.used));
    this.used = 0;
  }
}
