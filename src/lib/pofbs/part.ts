/**
 * What a stretch of a snapshot comes to: the whole of it, or whole shards. One thread reads, cuts pieces and takes the
 * digests of the file; the pieces are judged side by side (pool.ts) and their results taken in order.
 */

import { createHash } from 'node:crypto';
import { type Leaf, LeafHasher, PROFILES } from './cid.js';
import { Cutter, type Input } from './cutter.js';
import { addFindings, type BorderLine, type Findings, judgeBorder, noFindings, note } from './findings.js';
import { Fold } from './fold.js';
import { toHex } from './gpmp.js';
import { makeKernel } from './kernel.js';
import { type JudgedPiece, PIECE_ROWS } from './piece.js';
import { defaultThreads, Pool } from './pool.js';
import type { Group } from './savedTree.js';
import { judgeHeader, LONGEST_LINE } from './scan.js';
import { type CidProfile, SHARD_ROWS, type SumNode } from './types.js';

export interface PartOptions {
  /** Rows of a shard, a power of two. Default 65,536, as the formats say. */
  readonly shardRows?: number;
  /** Threads, the calling one among them. Default: one a processor, at most 8; a short input needs no other. */
  readonly threads?: number;
  /** Profiles to compute the CID under. Default: unixfs-v1-2025. */
  readonly profiles?: readonly CidProfile[];
  /** Collects ids and amounts of all requests. */
  readonly requests?: boolean;
  /** Called about twice a second. */
  readonly onProgress?: (progress: Progress) => void;
  readonly signal?: AbortSignal;
}

/** Where a stretch begins and ends. Without `offset` the input begins with the file. */
export interface Stretch {
  /** Rows before it: a multiple of a shard's. */
  readonly row: number;
  /** Most rows in it: a multiple of a shard's. */
  readonly rows: number;
  /** Byte at which it is said to begin. The input then begins with the byte before, which must be a line feed. */
  readonly offset?: number;
}

export interface Progress {
  /** Lines cut so far. */
  readonly rows: number;
  /** Bytes read so far. */
  readonly bytes: number;
}

/** What a stretch comes to. */
export interface Part {
  /** Rows before it. */
  readonly row: number;
  /** Its lines. */
  readonly rows: number;
  /** Its first byte and the one after its last. */
  readonly from: number;
  readonly to: number;
  /** Whether the file ends with it. */
  readonly ended: boolean;
  /** Byte at which each of its shards begins. */
  readonly offsets: readonly number[];
  /** Roots of its shards; a short one is as high as its rows need. Empty if a line is no row. */
  readonly shards: readonly SumNode[];
  /** Its first line with an id. */
  readonly first: BorderLine | null;
  readonly lastId: Uint8Array | null;
  readonly findings: Findings;
  /** Why it was not judged to its end; null if it was. */
  readonly stopped: string | null;
  /** The leaves of the chunks that begin in it, and the first one's place. */
  readonly leaves: {
    readonly [Profile in CidProfile]?: { readonly first: number; readonly leaves: readonly Leaf[] };
  };
  /** Of the whole file; null if this is not all of it. */
  readonly sha256: string | null;
  /** Its groups of rows, a short one as high as its rows need: what a saved tree is made of. Not in the file of a partial. */
  readonly groups?: readonly Group[];
  /** If asked for: of every row with a request its id and the request, 16 bytes in little endian. */
  readonly requests?: readonly Uint8Array[];
}

/** A file with more lines than this that are no rows is not judged further. */
const MOST_MALFORMED = 65_536;
const PROGRESS_MS = 500;
const WHOLE: Stretch = { row: 0, rows: Number.MAX_SAFE_INTEGER };

/**
 * Reads the input from its start to the end of the stretch.
 * @throws what reading throws, and the signal's reason
 */
export async function judgePart(
  input: Input,
  options: PartOptions = {},
  stretch: Stretch = WHOLE,
): Promise<Part> {
  const run = new Run(input, options, stretch);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #shardRows: number;
  readonly #pieceRows: number;
  readonly #cutter: Cutter;
  readonly #digests: Digests;
  readonly #findings = noFindings();
  readonly #offsets: number[] = [];
  readonly #groups: Group[] = [];
  readonly #shards: SumNode[] = [];
  readonly #requests: Uint8Array[] = [];
  /** Pieces that are judged, or were and wait for one before them. */
  readonly #pieces: Waiting[] = [];
  #pool: Pool | undefined;
  #shard: Fold;
  /** Lines cut, and lines judged. */
  #cut = 0;
  #judged = 0;
  #malformed = 0;
  #first: BorderLine | null = null;
  #lastId: Uint8Array | null = null;
  #stopped: string | null = null;
  #told = performance.now();

  constructor(
    readonly input: Input,
    readonly options: PartOptions,
    readonly stretch: Stretch,
  ) {
    this.#shardRows = options.shardRows ?? SHARD_ROWS;
    this.#pieceRows = Math.min(PIECE_ROWS, this.#shardRows);
    this.#digests = new Digests(options.profiles ?? ['unixfs-v1-2025'], stretch.offset ?? 0);
    this.#cutter = new Cutter(input, makeKernel(), (bytes) => this.#digests.update(bytes));
    this.#shard = new Fold(this.#pieceRows);
  }

  async run(): Promise<Part> {
    const { row, rows: most, offset } = this.stretch;
    let ended = offset === undefined ? await this.#start() : await this.#startAt(offset);
    const from = this.#cutter.offset;
    const pool = await Pool.make(this.options.threads ?? defaultThreads(), {
      requests: this.options.requests === true,
    });
    this.#pool = pool;
    while (!ended && this.#stopped === null && this.#cut < most) {
      this.options.signal?.throwIfAborted();
      const { slot, bytes } = await pool.slot();
      const start = this.#cutter.offset;
      const cut = await this.#cutter.lines(bytes, Math.min(this.#pieceRows, most - this.#cut));
      ended = cut.ended || cut.full;
      if (!ended) pool.start();
      if (cut.lines > 0 || cut.full) {
        if (this.#cut % this.#shardRows === 0) this.#offsets.push(start);
        this.#queue(pool.judge({ slot, length: cut.length, row: row + this.#cut, offset: start }));
      } else pool.free(slot);
      this.#cut += cut.lines;
      this.#takeJudged();
      this.#tell();
    }
    for (const { promise } of [...this.#pieces]) {
      if (this.#stopped !== null) break;
      await promise;
      this.#takeJudged();
    }
    if (this.#judged % this.#shardRows > 0) this.#closeShard();
    if (this.#stopped === null) ended = await this.#digests.complete(this.#cutter, this.#cutter.offset);
    return this.#part(from, ended);
  }

  async close(): Promise<void> {
    await this.#pool?.close();
  }

  /** Takes the header, and passes over the rows before the stretch. True if nothing is left. */
  async #start(): Promise<boolean> {
    const buffer = new Uint8Array(LONGEST_LINE);
    const { length, ended, full } = await this.#cutter.lines(buffer, 1);
    const judged = judgeHeader(buffer.subarray(0, length), !ended);
    // Whoever begins further down leaves the header to the one who begins with it.
    if (this.stretch.row === 0) for (const violation of judged) note(this.#findings, violation);
    if (full) this.#stopped = `the first line is longer than ${LONGEST_LINE.toLocaleString('en')} bytes`;
    if (ended || full) return true;
    return (await this.#cutter.skip(this.stretch.row)).ended;
  }

  async #startAt(offset: number): Promise<boolean> {
    this.#cutter.offset = offset - 1;
    const { lines, ended } = await this.#cutter.skip(1);
    if (lines === 1 && this.#cutter.offset === offset) return false;
    this.#stopped = ended
      ? `the file ends before byte ${offset}, where a shard is said to begin`
      : `byte ${offset}, where a shard is said to begin, is not the beginning of a line`;
    return true;
  }

  #queue(promise: Promise<JudgedPiece>): void {
    const piece: Waiting = { promise, judged: null };
    this.#pieces.push(piece);
    promise.then(
      (judged) => {
        piece.judged = judged;
      },
      (error: Error) => {
        piece.judged = error;
      },
    );
  }

  /** Takes the results that are there, in the order of the file. */
  #takeJudged(): void {
    for (let next = this.#pieces[0]?.judged ?? null; next !== null; next = this.#pieces[0]?.judged ?? null) {
      if (next instanceof Error) throw next;
      this.#pieces.shift();
      this.#take(next);
      if (this.#stopped !== null) return;
    }
  }

  #take(piece: JudgedPiece): void {
    if (piece.first !== null && this.#lastId !== null) judgeBorder(piece.findings, this.#lastId, piece.first);
    addFindings(this.#findings, piece.findings);
    this.#first ??= piece.first;
    this.#lastId = piece.lastId ?? this.#lastId;
    this.#malformed += piece.malformed;
    this.#judged += piece.rows;
    this.#stopped = piece.stopped;
    if (piece.requests !== undefined && piece.requests.length > 0) this.#requests.push(piece.requests);
    if (this.#malformed > MOST_MALFORMED)
      this.#stopped ??= `more than ${MOST_MALFORMED.toLocaleString('en')} lines are no rows`;
    this.#groups.push(...piece.groups);
    if (piece.node !== null) this.#shard.push(piece.node, piece.rows);
    if (this.#judged % this.#shardRows === 0) this.#closeShard();
  }

  #closeShard(): void {
    const root = this.#malformed === 0 ? this.#shard.finish() : null;
    if (root !== null) this.#shards.push(root.node);
    this.#shard = new Fold(this.#pieceRows);
  }

  #tell(): void {
    const now = performance.now();
    if (this.options.onProgress === undefined || now - this.#told < PROGRESS_MS) return;
    this.#told = now;
    this.options.onProgress({ rows: this.#cut, bytes: this.#cutter.read });
  }

  #part(from: number, ended: boolean): Part {
    const complete = ended && this.#stopped === null && this.stretch.row === 0;
    return {
      row: this.stretch.row,
      rows: this.#judged,
      from: this.stretch.row === 0 ? 0 : from,
      to: this.#cutter.offset,
      ended: ended && this.#stopped === null,
      offsets: this.#offsets,
      shards: this.#malformed === 0 ? this.#shards : [],
      groups: this.#malformed === 0 ? this.#groups : [],
      first: this.#first,
      lastId: this.#lastId,
      findings: this.#findings,
      stopped: this.#stopped,
      leaves: this.#digests.leaves(this.stretch.row === 0 ? 0 : from, this.#cutter.offset),
      sha256: complete ? this.#digests.sha256() : null,
      ...(this.options.requests === true ? { requests: this.#requests } : {}),
    };
  }
}

interface Waiting {
  readonly promise: Promise<JudgedPiece>;
  judged: JudgedPiece | Error | null;
}

/** Digests of the bytes as they are read: of the file, and of its chunks. */
class Digests {
  readonly #file = createHash('sha256');
  readonly #chunks: {
    profile: CidProfile;
    hasher: LeafHasher;
    first: number;
    leaves: Leaf[];
    skip: number;
  }[];
  #position: number;

  /** @param offset place of the first byte that is read, plus one unless it is 0 */
  constructor(profiles: readonly CidProfile[], offset: number) {
    this.#position = Math.max(0, offset - 1);
    this.#chunks = profiles.map((profile) => {
      const leaves: Leaf[] = [];
      const first = Math.ceil(this.#position / PROFILES[profile].chunk);
      const skip = first * PROFILES[profile].chunk - this.#position;
      return { profile, hasher: new LeafHasher(profile, (leaf) => leaves.push(leaf)), first, leaves, skip };
    });
  }

  update(bytes: Uint8Array): void {
    this.#file.update(bytes);
    for (const chunk of this.#chunks) {
      const skipped = Math.min(chunk.skip, bytes.length);
      chunk.skip -= skipped;
      chunk.hasher.update(bytes.subarray(skipped));
    }
    this.#position += bytes.length;
  }

  /** Reads on until every chunk that begins before `end` is complete. True if the file ends at `end`. */
  async complete(cutter: Cutter, end: number): Promise<boolean> {
    const missing = () =>
      this.#chunks.some(
        ({ profile, first, leaves }) => (first + leaves.length) * PROFILES[profile].chunk < end,
      );
    let more = cutter.ahead;
    while (!more || missing()) {
      if (!(await cutter.readAhead())) {
        for (const { hasher } of this.#chunks) hasher.finish();
        break;
      }
      more = true;
    }
    return !more;
  }

  /** The leaves of the chunks that begin in bytes `from` … `to`. */
  leaves(from: number, to: number): Part['leaves'] {
    return Object.fromEntries(
      this.#chunks.map(({ profile, first, leaves }) => {
        const { chunk } = PROFILES[profile];
        const start = Math.max(first, Math.ceil(from / chunk));
        return [
          profile,
          { first: start, leaves: leaves.slice(start - first, Math.ceil(to / chunk) - first) },
        ];
      }),
    );
  }

  sha256(): string {
    return toHex(this.#file.digest());
  }
}
