/** Judging a piece of a snapshot: whole lines, their rules, and the subtree of their rows. */

import { BatchHasher, type Level } from './batch.js';
import { type BorderLine, type Findings, noFindings, note, noteUnjudged } from './findings.js';
import { Fold } from './fold.js';
import type { Hasher } from './hasher.js';
import { KERNEL_RULES, type Kernel, makeKernel } from './kernel.js';
import type { Group } from './savedTree.js';
import { judgeLine, LONGEST_LINE, MAX_LINE, showLine, type Violation } from './scan.js';
import type { SumNode } from './types.js';

/** Most rows of a piece, and most bytes that lines of {@link MAX_LINE} bytes need. */
export const PIECE_ROWS = 8192;
export const PIECE_BYTES = PIECE_ROWS * MAX_LINE;

/** Whole lines of a file, at most {@link PIECE_ROWS}. Only the file's last line may lack its line feed. */
export interface Piece {
  /** At most {@link PIECE_BYTES}. */
  readonly bytes: Uint8Array;
  /** Place of its first line among the rows, from 0. */
  readonly row: number;
  /** Place of its first byte in the file. */
  readonly offset: number;
}

/** Plain data: crosses threads. */
export interface JudgedPiece {
  /** Lines judged, whatever is in them. */
  readonly rows: number;
  /** Those among them that are no rows. */
  readonly malformed: number;
  /** Root of the rows' subtree, as high as they need; null if a line is no row. */
  readonly node: SumNode | null;
  /** Its batches of rows, each as high as its rows need; none if a line is no row. */
  readonly groups: readonly Group[];
  /** The first line with an id; null if none has one. */
  readonly first: BorderLine | null;
  /** The last id. */
  readonly lastId: Uint8Array | null;
  readonly findings: Findings;
  /** Why lines after these were not judged; null if they were. */
  readonly stopped: string | null;
  /** If asked for: of every row with a request its id and the request, 16 bytes in little endian. */
  readonly requests?: Uint8Array;
}

export interface PieceOptions {
  /** Collects {@link JudgedPiece.requests}. */
  readonly requests?: boolean;
  /** Called with the levels of each batch of rows, and its place in the piece. */
  readonly onLevel?: (level: Level, batch: number) => void;
}

/** Judges pieces one after another in buffers of its own. */
export class PieceJudge {
  readonly #hasher: BatchHasher;

  constructor(
    hasher: Hasher,
    readonly kernel: Kernel = makeKernel(),
  ) {
    this.#hasher = new BatchHasher(this.kernel, hasher);
  }

  judge(piece: Piece, options: PieceOptions = {}): JudgedPiece {
    return new Judgement(this.kernel, this.#hasher, piece, options).run();
  }
}

/** One piece's judgement. */
class Judgement {
  readonly #findings = noFindings();
  readonly #requests: Uint8Array[] = [];
  readonly #fold: Fold;
  readonly #groups: Group[] = [];
  #rows = 0;
  #malformed = 0;
  #first: BorderLine | null = null;
  #stopped: string | null = null;

  constructor(
    readonly kernel: Kernel,
    readonly hasher: BatchHasher,
    readonly piece: Piece,
    readonly options: PieceOptions,
  ) {
    this.#fold = new Fold(kernel.rows);
  }

  run(): JudgedPiece {
    const { kernel, piece } = this;
    const end = piece.bytes.length;
    kernel.input.set(piece.bytes);
    kernel.state[1] = 0;
    for (let at = 0, room = 0; at < end && this.#stopped === null; at = kernel.state[0] as number) {
      // Batches are aligned: after a line that is no row the rest of its batch is read, for its rules only.
      room = kernel.rows - (this.#rows % kernel.rows);
      const rows = kernel.exports.fill(at, end, room);
      if (rows > 0) this.#good(at, rows);
      if (rows < room && (kernel.state[0] as number) < end) this.#bad(kernel.state[0] as number);
    }
    return {
      rows: this.#rows,
      malformed: this.#malformed,
      node: this.#malformed > 0 ? null : (this.#fold.finish()?.node ?? null),
      groups: this.#malformed > 0 ? [] : this.#groups,
      first: this.#first,
      lastId: kernel.state[1] === 1 ? kernel.lastId.slice() : null,
      findings: this.#findings,
      stopped: this.#stopped,
      ...(this.options.requests === true ? { requests: new Uint8Array(Buffer.concat(this.#requests)) } : {}),
    };
  }

  /** Lines that the kernel has read. */
  #good(at: number, rows: number): void {
    const { state, leaves } = this.kernel;
    this.#first ??= { ...this.#place(this.#rows, at), id: leaves.slice(0, 32) };
    const violations: [Violation, number][] = [];
    for (const [index, rule] of KERNEL_RULES.entries()) {
      const [count, row, start] = state.subarray(2 + 3 * index) as unknown as [number, number, number];
      if (count > 0) violations.push([{ rule, ...this.#place(this.#rows + row, start) }, count]);
    }
    // Stable: on one line the order of judgement stays.
    violations.sort(([a], [b]) => a.row - b.row);
    for (const [violation, count] of violations) note(this.#findings, violation, count);
    if (this.options.requests === true) this.#collect(rows);
    if (this.#malformed === 0) {
      const batch = Math.floor(this.#rows / this.kernel.rows);
      const { onLevel } = this.options;
      const watch = onLevel === undefined ? undefined : (level: Level) => onLevel(level, batch);
      const root = this.hasher.root(rows, watch);
      this.#fold.push(root, rows);
      this.#groups.push({ offset: this.piece.offset + at, root });
    }
    this.#rows += rows;
  }

  /** A line that the kernel has left. */
  #bad(at: number): void {
    const { state, input, lastId } = this.kernel;
    const end = this.piece.bytes.length;
    const feed = input.subarray(at, Math.min(at + LONGEST_LINE, end)).indexOf(10);
    const long = feed === -1 && end - at > LONGEST_LINE;
    // So many bytes have no room in a piece only if lines before this one are too long: they are what the file is refused for.
    if (feed === -1 && !long && end === PIECE_BYTES) {
      this.#stopped = `lines up to ${this.#rows + this.piece.row + 1} are too long`;
      return;
    }
    const line = input.subarray(at, feed !== -1 ? at + feed : Math.min(at + LONGEST_LINE, end));
    const judged = judgeLine(line, feed !== -1 || long, state[1] === 1 ? lastId : null);
    if (judged.amounts !== null) throw new Error('The kernel leaves a line that breaks no rule.');
    const place = this.#place(this.#rows, at);
    for (const rule of judged.broken) note(this.#findings, { rule, ...place });
    for (const rule of judged.unjudged) noteUnjudged(this.#findings, rule);
    if (judged.id !== null) {
      this.#first ??= { ...place, id: judged.id };
      lastId.set(judged.id);
      state[1] = 1;
    }
    this.#malformed++;
    this.#rows++;
    if (long) this.#stopped = `line ${place.line} is longer than ${LONGEST_LINE.toLocaleString('en')} bytes`;
    state[0] = at + line.length + 1;
  }

  #place(row: number, at: number) {
    const { bytes, row: from, offset } = this.piece;
    const feed = bytes.subarray(at, at + MAX_LINE).indexOf(10);
    const text = showLine(bytes.subarray(at, at + (feed === -1 ? MAX_LINE : feed)));
    return { row: from + row, line: from + row + 2, offset: offset + at, text };
  }

  #collect(rows: number): void {
    const { leaves } = this.kernel;
    const words = new BigUint64Array(leaves.buffer, leaves.byteOffset, 16 * rows);
    for (let row = 0; row < rows; row++) {
      if (words[16 * row + 12] === 0n && words[16 * row + 13] === 0n) continue;
      this.#requests.push(
        leaves.slice(128 * row, 128 * row + 32),
        leaves.slice(128 * row + 96, 128 * row + 112),
      );
    }
  }
}
