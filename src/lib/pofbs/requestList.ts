/** The requests of the snapshots against those on chain, wallet by wallet. */

import type { Input } from './engine.js';
import { copyBytes } from './hex.js';
import { AssetColumn, checkAmount, REQUEST_COLUMNS, walletField } from './ledger.js';
import type { MappingFault } from './mapRules.js';
import type { Pace } from './pace.js';
import type { Rows } from './rows.js';
import { type Cursor, compareKeys, type RunStore, readKeyNumber, Sorter, writeKeyNumber } from './sort.js';
import { readTable, rowError, TableReader } from './table.js';

/** wallet 32 | asset 2, the number of the line 6, then the digits of the request. */
const KEY = 40;
const PLACE = 34;
const STEP = 16_384;

/** Requests above zero, by wallet and asset. */
class Requests {
  readonly sorter: Sorter;
  readonly #record = new Uint8Array(KEY + 39);

  constructor(memory: number, store: RunStore) {
    this.sorter = new Sorter({ keyLength: KEY, memory, store });
  }

  add(wallet: Uint8Array, asset: number, line: number, bytes: Uint8Array, start: number, end: number): void {
    if (end - start === 1 && bytes[start] === 48) return;
    const record = this.#record;
    copyBytes(record, 0, wallet, 0, 32);
    record[32] = asset >> 8;
    record[33] = asset & 0xff;
    writeKeyNumber(record, PLACE, line);
    this.sorter.add(record, copyBytes(record, KEY, bytes, start, end));
  }
}

export class RequestComparison {
  readonly #snapshots: Requests;
  readonly #list: Requests;

  constructor(memory: number, store: RunStore) {
    this.#snapshots = new Requests(Math.floor(memory / 2), store);
    this.#list = new Requests(Math.floor(memory / 2), store);
  }

  /** The request of a snapshot's row, whose wallet stands in a line of the mapping. */
  addRow(wallet: Uint8Array, asset: number, line: number, { bytes, starts, ends }: Rows): void {
    this.#snapshots.add(wallet, asset, line, bytes, starts[2], ends[2]);
  }

  /** The same of the digits `bytes[start … end)`. */
  addRequest(
    wallet: Uint8Array,
    asset: number,
    line: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    this.#snapshots.add(wallet, asset, line, bytes, start, end);
  }

  /**
   * Reads the list from the chain. @param assets what its column `asset` may say; of one alone it needs none
   * @throws usage TABLE_*, LEDGER_WALLET, LEDGER_AMOUNT, LEDGER_NEGATIVE, LEDGER_RANGE, LEDGER_ASSET
   */
  async readList(input: Input, assets: readonly string[], pace: Pace): Promise<void> {
    const { what } = REQUEST_COLUMNS;
    const column = new AssetColumn(what, assets);
    const wallet = new Uint8Array(32);
    const table = new TableReader(REQUEST_COLUMNS, (fields) => {
      walletField(what, fields, 0, wallet);
      checkAmount(what, fields, 1, 'request');
      const asset = column.read(fields, 2);
      const [start, end] = [fields.start[1] as number, fields.end[1] as number];
      this.#list.add(wallet, asset, fields.line, fields.bytes, start, end);
    });
    await readTable(input, table, pace);
  }

  /** @throws usage LEDGER_REPEATED for a wallet that occurs twice in the list */
  async compare(assets: readonly string[], pace: Pace, note: (fault: MappingFault) => void): Promise<void> {
    const ours = this.#snapshots.sorter.sorted();
    const theirs = unique(this.#list.sorter.sorted());
    const fault = (file: string, cursor: Cursor, why: string) =>
      note({ file, line: readKeyNumber(cursor.bytes, cursor.start + PLACE), offset: null, id: null, why });
    let [left, right] = [ours.next(), theirs.next()];
    for (let done = 1; left || right; done++) {
      const order = !left ? 1 : !right ? -1 : keyOrder(ours, theirs);
      const asset = assets[assetOf(order > 0 ? theirs : ours)] ?? '';
      const of = assets.length === 1 ? '' : ` in ${asset}`;
      if (order < 0)
        fault('mapping', ours, `has a wallet that requests ${digits(ours)}${of}, and nothing on chain`);
      else if (order > 0)
        fault('requests', theirs, `has a request of ${digits(theirs)}${of} that is in no snapshot`);
      else if (digits(ours) !== digits(theirs))
        fault(
          'mapping',
          ours,
          `has a wallet that requests ${digits(ours)}${of}, and ${digits(theirs)} on chain`,
        );
      if (order <= 0) left = ours.next();
      if (order >= 0) right = theirs.next();
      if (done % STEP === 0) await pace.pause(done);
    }
  }

  discard(): void {
    this.#snapshots.sorter.discard();
    this.#list.sorter.discard();
  }
}

/** The same records, each key once. @throws usage LEDGER_REPEATED */
function unique(cursor: Cursor): Cursor {
  const before = new Uint8Array(KEY);
  let begun = false;
  return {
    get bytes() {
      return cursor.bytes;
    },
    get start() {
      return cursor.start;
    },
    get end() {
      return cursor.end;
    },
    next() {
      if (!cursor.next()) return false;
      const { bytes, start } = cursor;
      if (begun && compareKeys(bytes, start, before, 0, PLACE) === 0) {
        const other = readKeyNumber(before, PLACE);
        throw rowError(
          REQUEST_COLUMNS.what,
          readKeyNumber(bytes, start + PLACE),
          'LEDGER_REPEATED',
          `its wallet stands on line ${other} too`,
          'Add the requests of a wallet up to one.',
          { other },
        );
      }
      copyBytes(before, 0, bytes, start, start + KEY);
      begun = true;
      return true;
    },
  };
}

const keyOrder = (a: Cursor, b: Cursor): number => compareKeys(a.bytes, a.start, b.bytes, b.start, PLACE);

const assetOf = ({ bytes, start }: Cursor): number =>
  ((bytes[start + 32] as number) << 8) | (bytes[start + 33] as number);

const digits = ({ bytes, start, end }: Cursor): string =>
  String.fromCharCode(...bytes.subarray(start + KEY, end));
