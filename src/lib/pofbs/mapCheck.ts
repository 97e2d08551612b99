/**
 * The mapping of an epoch against its snapshots: the same rows, ids that open, wallets that are written in one way and
 * occur once, and the requests that are on chain (docs/formats/mapping.md). All files are read once, side by side; only
 * wallets, salts and requests are sorted again, on disk if they are many.
 */

import type { BursarError } from '../errors.js';
import type { Input } from './engine.js';
import { type Hasher, loadHasher } from './hasher.js';
import { copyBytes, writeHex32 } from './hex.js';
import type { IdContext } from './id.js';
import { Join } from './mapJoin.js';
import { IdOrder, idText, Openings, UNOPENED } from './mapOpenings.js';
import { MappingLines } from './mappingLines.js';
import {
  type MappingFault,
  MappingFaults,
  type MappingRule,
  type MappingVerdict,
  type Unjudged,
} from './mapRules.js';
import { type OnProgress, Pace } from './pace.js';
import { Records } from './records.js';
import { RequestComparison } from './requestList.js';
import type { Rows } from './rows.js';
import { countRepeated } from './salt.js';
import { compareKeys, type RunStore, readKeyNumber, Sorter, writeKeyNumber } from './sort.js';

export interface CheckedSnapshot {
  /** For messages. */
  readonly name: string;
  /** Not read from yet. */
  readonly rows: Rows;
  /** What makes the file another one than the manifest's, or null: asked at the end. Null without a manifest. */
  readonly mismatch: (() => Promise<string | null>) | null;
}

export interface MapCheckOptions {
  /** Plain bytes. */
  readonly mapping: Input;
  readonly snapshots: readonly CheckedSnapshot[];
  /** From the manifest; null: openings are not checked. */
  readonly context: IdContext | null;
  /** The requests on chain, a table of wallet, request and, if there are several assets, asset. */
  readonly requests: Input | null;
  /** Names of the snapshots' assets in their order: what that table calls them. */
  readonly assets: readonly string[];
  /** For the remaining time; null if it is not known. */
  readonly expectedRows: number | null;
  /** Bytes of memory for sorting. */
  readonly memory: number;
  readonly store: RunStore;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface MapCheck {
  /** All rules are TRUE but those whose files were not given. */
  readonly valid: boolean;
  readonly verdicts: readonly MappingVerdict[];
  /** Rows of the mapping. */
  readonly wallets: number;
  readonly snapshots: readonly { readonly name: string; readonly rows: number }[];
  /** Wallets whose salt another wallet has too: no rule, but each of their owners can find out the others. */
  readonly repeatedSalts: number;
}

const STEP = 16_384;
/** After a batch of fewer lines than this so many are taken one by one: reading a batch has its price. */
const FEW_LINES = 64;
/** wallet 32 | number of the line 6. */
const WALLET_KEY = 38;

/**
 * Judges a mapping.
 * @throws usage TABLE_*, LEDGER_* for a table of requests that cannot be read; what reading throws
 */
export async function checkMapping(options: MapCheckOptions): Promise<MapCheck> {
  const check = new Check(options, await loadHasher());
  try {
    return await check.run();
  } finally {
    check.discard();
  }
}

class Check {
  readonly #options: MapCheckOptions;
  readonly #faults = new MappingFaults();
  readonly #lines: MappingLines;
  readonly #joins: readonly Join[];
  readonly #wallets: Sorter;
  readonly #salts: Sorter;
  readonly #requests: RequestComparison | null;
  readonly #openings: Openings | null;
  #rows = 0;
  /** Lines of which an id, a wallet, anything could not be read. */
  readonly #unread = { id: 0, wallet: 0, line: 0 };
  /** Why ids are no longer compared; null as long as they are. */
  #apart: string | null = null;

  constructor(options: MapCheckOptions, hasher: Hasher) {
    const { memory, store, context, requests, mapping } = options;
    const share = Math.floor(memory / (requests === null ? 2 : 3));
    this.#options = options;
    const records = new Records();
    this.#lines = new MappingLines(mapping, records);
    for (const { rows } of options.snapshots) rows.attach(records);
    this.#joins = options.snapshots.map(
      ({ name, rows }) => new Join(name, rows, (error) => this.#brokenSnapshot(name, error)),
    );
    this.#wallets = new Sorter({ keyLength: WALLET_KEY, memory: share, store, records });
    this.#salts = new Sorter({ keyLength: 32, memory: share, store, records });
    this.#requests = requests === null ? null : new RequestComparison(share, store);
    this.#openings =
      context === null
        ? null
        : new Openings(context, hasher, records, (fault) => this.#faults.note('M_OPENING', fault));
  }

  async run(): Promise<MapCheck> {
    const { requests, assets, snapshots } = this.#options;
    if (requests !== null)
      await this.#requests?.readList(requests, assets, this.#pace('reading the requests'));
    await this.#compareIds();
    this.#openings?.finish();
    for (const { name, mismatch } of snapshots) {
      const why = mismatch === null ? null : await mismatch();
      if (why !== null) this.#faults.note('R_FILE', { file: name, line: null, offset: null, id: null, why });
    }
    await this.#compareWallets();
    const repeatedSalts = await countRepeated(this.#salts, this.#pace('comparing salts'));
    if (this.#apart === null) {
      const note = (fault: MappingFault) => this.#faults.note('R_REQUEST_LIST', fault);
      await this.#requests?.compare(assets, this.#pace('comparing requests'), note);
    }
    return {
      ...this.#faults.judge(this.#unjudged()),
      wallets: this.#rows,
      snapshots: this.#joins.map(({ name, rows }) => ({ name, rows: rows.count })),
      repeatedSalts,
    };
  }

  discard(): void {
    this.#wallets.discard();
    this.#salts.discard();
    this.#requests?.discard();
  }

  #pace(doing: string): Pace {
    return new Pace(doing, this.#options.onProgress, this.#options.signal);
  }

  /** One pass over the mapping, with the snapshots beside it. */
  async #compareIds(): Promise<void> {
    const lines = this.#lines;
    const joins = this.#joins;
    const pace = this.#pace('comparing ids');
    const digits = new Uint8Array(64);
    const order = new IdOrder();
    for (const join of joins) await join.step();
    let slow = 0;
    for (;;) {
      // Lines and rows that agree, many at a time; what stops them is judged line by line.
      const taken = slow > 0 ? 0 : this.#takeBatch(order);
      for (const join of joins) if (join.behind) await join.step();
      if (taken > 0) await this.#tell(pace);
      slow = slow > 0 ? slow - 1 : taken < FEW_LINES ? FEW_LINES : 0;
      if (slow === 0) continue;
      const step = lines.step();
      if (!(typeof step === 'boolean' ? step : await step)) break;
      this.#rows++;
      this.#takeLine();
      if (lines.hasId) {
        const fault = order.next(lines.row.id);
        if (fault !== null) {
          this.#lineFault('M_ORDER', fault);
          this.#apart ??= 'the rows of the mapping are not in order';
        }
        writeHex32(digits, 0, lines.row.id, 0);
      }
      // Written out, not called: a promise for every row would cost more than all the rest.
      let found = this.#apart !== null;
      for (let asset = 0; asset < joins.length && this.#apart === null; asset++) {
        const join = joins[asset] as Join;
        let difference = join.more ? join.compare(digits, 0) : 1;
        while (difference < 0) {
          this.#missing(join);
          const step = join.step();
          if (step !== null) await step;
          difference = join.more ? join.compare(digits, 0) : 1;
        }
        if (difference > 0) continue;
        found = true;
        if (lines.hasWallet) this.#requests?.addRow(lines.row.wallet, asset, lines.line, join.rows);
        const step = join.step();
        if (step !== null) await step;
      }
      if (!found && this.#apart === null) this.#lineFault('M_ROWS', 'has an id that is in no snapshot');
      if (this.#rows % STEP === 0) await this.#tell(pace);
    }
    this.#endOfMapping();
    for (const join of joins)
      while (join.more && this.#apart === null) {
        this.#missing(join);
        await join.step();
      }
    // What seemed to be missing may stand where it could not be found.
    if (this.#apart !== null) this.#faults.forget('M_ROWS');
  }

  async #tell(pace: Pace): Promise<void> {
    const { expectedRows } = this.#options;
    await pace.pause(this.#rows, expectedRows === null ? undefined : Math.min(1, this.#rows / expectedRows));
  }

  /**
   * Takes lines of the mapping that are good, as long as no snapshot has a row between them that is in no line: what the
   * loop of {@link #compareIds} does with each of them.
   * @returns how many
   */
  #takeBatch(order: IdOrder): number {
    if (this.#apart !== null) return 0;
    const lines = this.#lines;
    const { records } = this.#wallets;
    let count = lines.peek(order.before);
    if (count === 0) return 0;
    const found = records.exports.found();
    records.bytes.fill(0, found, found + count);
    const standing = this.#joins.filter(({ more }) => more);
    for (const { rows } of standing) count = Math.min(count, rows.match(count));
    if (count === 0) return 0;
    for (const [asset, join] of this.#joins.entries()) {
      if (!join.more) continue;
      // The last of them may have come to fewer lines than the others.
      if (standing.length > 1) join.rows.match(count);
      if (this.#requests !== null) this.#addRequests(this.#requests, asset, join.rows, lines.line + 1);
      join.behind = join.rows.takeMatched();
    }
    for (let at = found; ; at++) {
      at = records.bytes.subarray(0, found + count).indexOf(0, at);
      if (at === -1) break;
      this.#faultAt('M_ROWS', at - found, 'has an id that is in no snapshot');
    }
    this.#addLines(count);
    this.#openings?.takeLines(count, (line) => this.#faultAt('M_OPENING', line, UNOPENED));
    order.set(records, count);
    lines.advance(count);
    this.#rows += count;
    return count;
  }

  #addRequests(requests: RequestComparison, asset: number, { bytes }: Rows, first: number): void {
    const { records } = this.#wallets;
    const { more } = records.rows;
    const [hits, lines] = [records.exports.hits() >> 2, records.exports.lines()];
    for (let hit = 0; hit < more; hit++) {
      const [line = 0, start = 0, end = 0] = records.words.subarray(hits + 3 * hit, hits + 3 * hit + 3);
      const at = lines + 96 * line + 32;
      requests.addRequest(records.bytes.subarray(at, at + 32), asset, first + line, bytes, start, end);
    }
  }

  #addLines(count: number): void {
    const { exports } = this.#wallets.records;
    for (let from = 0; from < count; ) {
      exports.add_lines(this.#wallets.handle, this.#salts.handle, from, count, this.#lines.line + 1);
      from = this.#wallets.records.count;
      if (from === count) return;
      this.#wallets.spill();
      this.#salts.spill();
    }
  }

  /** A fault of one of the kernel's lines, which are not taken yet. */
  #faultAt(rule: MappingRule, line: number, why: string): void {
    const { bytes, exports } = this.#wallets.records;
    const at = exports.lines() + 96 * line;
    this.#faults.note(rule, {
      file: 'mapping',
      line: this.#lines.line + 1 + line,
      offset: this.#lines.offsetOf(line + 1),
      id: idText(bytes.subarray(at, at + 32)),
      why,
    });
  }

  /** Judges the form of a line, and keeps what later comparisons need. */
  #takeLine(): void {
    const lines = this.#lines;
    const { row, fault } = lines;
    if (fault !== null) this.#lineFault(fault.rule, fault.why);
    if (!lines.hasId) {
      this.#unread.id++;
      this.#apart ??= 'a line of the mapping has no id that can be read';
    }
    if (lines.hasWallet) this.#addWallet(row.wallet, lines.line);
    else this.#unread.wallet++;
    if (lines.hasSalt) this.#salts.add(row.salt, 32);
    if (lines.hasId && lines.hasWallet && lines.hasSalt) this.#openings?.add(lines);
    else this.#unread.line++;
  }

  readonly #walletRecord = new Uint8Array(WALLET_KEY);

  #addWallet(wallet: Uint8Array, line: number): void {
    copyBytes(this.#walletRecord, 0, wallet, 0, 32);
    writeKeyNumber(this.#walletRecord, 32, line);
    this.#wallets.add(this.#walletRecord, WALLET_KEY);
  }

  #endOfMapping(): void {
    const { stopped, line } = this.#lines;
    const why = stopped ?? (this.#rows === 0 ? 'there is no row behind it' : null);
    if (why === null) return;
    this.#faults.note('M_FORM', { file: 'mapping', line, offset: null, id: null, why });
    this.#apart ??= 'the mapping could not be read to its end';
  }

  /** A fault of the line that was read last. */
  #lineFault(rule: MappingRule, why: string): void {
    const { line, offset, row, hasId } = this.#lines;
    this.#faults.note(rule, { file: 'mapping', line, offset, id: hasId ? idText(row.id) : null, why });
  }

  #missing({ name, rows }: Join): void {
    this.#faults.note('M_ROWS', {
      file: name,
      line: rows.count + 1,
      offset: null,
      id: rows.idText(),
      why: 'has an id that the mapping does not have',
    });
  }

  #brokenSnapshot(file: string, { message, details }: BursarError): void {
    const { line = null, offset = null } = (details ?? {}) as { line?: number; offset?: number };
    this.#faults.note('M_SNAPSHOT', { file, line, offset, id: null, why: message });
    this.#apart ??= 'a snapshot breaks a rule of form or order';
  }

  async #compareWallets(): Promise<void> {
    const pace = this.#pace('comparing wallets');
    const wallets = this.#wallets.sorted();
    const before = new Uint8Array(WALLET_KEY);
    for (let done = 0; wallets.next(); done++) {
      const { bytes, start } = wallets;
      if (done > 0 && compareKeys(bytes, start, before, 0, 32) === 0) {
        const why = `has the wallet of line ${readKeyNumber(before, 32)}`;
        const line = readKeyNumber(bytes, start + 32);
        this.#faults.note('M_UNIQUE', { file: 'mapping', line, offset: null, id: null, why });
      }
      copyBytes(before, 0, bytes, start, start + WALLET_KEY);
      if (done % STEP === 0) await pace.pause(done, done / this.#wallets.count);
    }
  }

  /** What keeps a rule without faults from being TRUE. */
  #unjudged(): { readonly [Rule in MappingRule]?: Unjudged | null } {
    const { context, requests, snapshots } = this.#options;
    const failed = (reason: string | null): Unjudged | null =>
      reason === null ? null : { reason, absent: false };
    const noManifest: Unjudged = { reason: 'no manifest was given', absent: true };
    const cut = this.#lines.stopped === null ? null : 'the mapping could not be read to its end';
    const unread = (count: number, what: string) =>
      failed(cut ?? (count > 0 ? `a line has no ${what} that can be read` : null));
    return {
      M_ORDER: unread(this.#unread.id, 'id'),
      M_WALLET: unread(this.#unread.wallet, 'wallet'),
      M_UNIQUE: unread(this.#unread.wallet, 'wallet'),
      M_OPENING: context === null ? noManifest : unread(this.#unread.line, 'id, wallet and salt'),
      M_SNAPSHOT: failed(this.#apart === null ? null : 'they were not read to their end'),
      M_ROWS: failed(this.#apart),
      R_FILE: snapshots.some(({ mismatch }) => mismatch === null) ? noManifest : null,
      R_REQUEST_LIST:
        requests === null
          ? { reason: 'no list of requests was given', absent: true }
          : (failed(this.#apart) ?? unread(this.#unread.wallet, 'wallet')),
    };
  }
}
