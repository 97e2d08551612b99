/** Of a mapping's lines: whether their ids ascend, and whether they follow from wallet and salt. */

import type { Hasher } from './hasher.js';
import { type IdContext, idContext } from './id.js';
import { IdBatch } from './idBatch.js';
import type { MappingLines } from './mappingLines.js';
import type { MappingFault } from './mapRules.js';
import type { Records } from './records.js';
import { compareKeys } from './sort.js';

export const UNOPENED = 'has an id that does not follow from its wallet and salt';

/** Whether ids ascend. */
export class IdOrder {
  readonly #before = new Uint8Array(32);
  #begun = false;

  /** The last id; null if there was none. */
  get before(): Uint8Array | null {
    return this.#begun ? this.#before : null;
  }

  /** The kernel's lines were in order, so many of them. */
  set({ bytes, exports }: Records, lines: number): void {
    const at = exports.lines() + 96 * (lines - 1);
    this.#before.set(bytes.subarray(at, at + 32));
    this.#begun = true;
  }

  next(id: Uint8Array): string | null {
    const order = this.#begun ? compareKeys(this.#before, 0, id, 0, 32) : -1;
    this.#begun = true;
    this.#before.set(id);
    if (order < 0) return null;
    return order === 0 ? 'has the id of the row before' : 'has an id below that of the row before';
  }
}

/** Recomputes ids, many at a time. */
export class Openings {
  readonly #batch: IdBatch;
  readonly #stated: Uint8Array;
  readonly #lines: Float64Array;
  readonly #offsets: Float64Array;
  readonly #onFault: (fault: MappingFault) => void;
  readonly #hashInto: Hasher['hashInto'];
  /** Address of the context. */
  readonly #context: number;

  constructor(
    context: IdContext,
    hasher: Hasher,
    readonly records: Records,
    onFault: (fault: MappingFault) => void,
  ) {
    this.#hashInto = hasher.hashInto;
    this.#context = records.reserve(32);
    records.bytes.set(idContext(context), this.#context);
    this.#batch = new IdBatch(idContext(context), hasher);
    this.#stated = new Uint8Array(32 * this.#batch.capacity);
    this.#lines = new Float64Array(this.#batch.capacity);
    this.#offsets = new Float64Array(this.#batch.capacity);
    this.#onFault = onFault;
  }

  /** Judges the first of the kernel's lines. */
  takeLines(count: number, onFault: (line: number) => void): void {
    // Those before them come first.
    this.finish();
    const { exports, bytes } = this.records;
    const slots = (at: number, width: number) => bytes.subarray(at + width, at + width * (count + 1));
    exports.open_lines(count);
    this.#hashInto(slots(exports.openings(), 64), slots(exports.commitments(), 32));
    exports.fill_id_blocks(this.#context, count);
    this.#hashInto(slots(exports.id_blocks(), 64), slots(exports.ids(), 32));
    for (let line = 0; ; line++) {
      line = exports.find_unopened(line, count);
      if (line === count) return;
      onFault(line);
    }
  }

  add({ row, line, offset }: MappingLines): void {
    const { count } = this.#batch;
    this.#stated.set(row.id, 32 * count);
    this.#lines[count] = line;
    this.#offsets[count] = offset;
    this.#batch.add(row.wallet, 0, row.salt);
    if (this.#batch.full) this.finish();
  }

  finish(): void {
    const { ids, count } = this.#batch;
    if (count === 0) return;
    this.#batch.compute();
    for (let index = 0; index < count; index++) {
      if (compareKeys(ids, 32 * index, this.#stated, 32 * index, 32) === 0) continue;
      this.#onFault({
        file: 'mapping',
        line: this.#lines[index] as number,
        offset: this.#offsets[index] as number,
        id: idText(this.#stated.subarray(32 * index, 32 * index + 32)),
        why: UNOPENED,
      });
    }
    this.#batch.clear();
  }
}

export const idText = (id: Uint8Array): string => Buffer.from(id).toString('hex');
