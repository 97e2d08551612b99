/** Cuts a stream of bytes into pieces of whole lines, in memory that does not grow, and lets digests see every byte. */

import { type Kernel, makeKernel } from './kernel.js';

/** Bytes in order. */
export interface Input {
  /** Fills `into` from its start and says how many bytes; 0 at the end. @throws what reading throws */
  read(into: Uint8Array): Promise<number>;
}

/** How much is read at once: stays in a processor's cache while it is digested, searched and copied. */
const CHUNK = 262_144;
const LINE_FEED = 0x0a;

export interface Cut {
  /** Bytes of the lines. */
  readonly length: number;
  /** Lines, the unfinished one at the end of the input among them. */
  readonly lines: number;
  /** Nothing is left. */
  readonly ended: boolean;
  /** There is a line that does not fit, and so nothing after it can be cut. */
  readonly full: boolean;
}

export class Cutter {
  /** Place in the input of the next byte that is cut. */
  offset = 0;
  /** Bytes read so far. */
  read = 0;
  readonly #input: Input;
  readonly #kernel: Kernel;
  readonly #tap: (bytes: Uint8Array) => void;
  readonly #buffer: Uint8Array;
  #at = 0;
  #filled = 0;

  /** @param tap sees every byte once, in order, before it is cut */
  constructor(input: Input, kernel: Kernel, tap: (bytes: Uint8Array) => void) {
    this.#input = input;
    this.#kernel = kernel;
    this.#tap = tap;
    this.#buffer = kernel.input.subarray(0, CHUNK);
  }

  /** Copies up to `most` lines to the start of `into`, which has room for as many good ones. */
  async lines(into: Uint8Array, most: number): Promise<Cut> {
    let length = 0;
    let lines = 0;
    /** Whether the last byte copied is a line's last one. */
    let whole = true;
    while (lines < most) {
      if (this.#at === this.#filled && !(await this.#fill())) {
        return { length, lines: lines + (whole ? 0 : 1), ended: true, full: false };
      }
      const after = this.#kernel.exports.find_lines(this.#at, this.#filled, most - lines);
      const found = this.#kernel.state[0] as number;
      // What follows the last line feed belongs to these lines too, unless they are enough.
      const end = lines + found === most ? after : this.#filled;
      const taken = Math.min(end - this.#at, into.length - length);
      into.set(this.#buffer.subarray(this.#at, this.#at + taken), length);
      whole = after === end;
      length += taken;
      this.offset += taken;
      if (taken < end - this.#at) return { length, lines, ended: false, full: true };
      this.#at = end;
      lines += found;
    }
    return { length, lines, ended: false, full: false };
  }

  /** Passes over up to `most` lines, which go to the tap only. */
  async skip(most: number): Promise<{ readonly lines: number; readonly ended: boolean }> {
    let lines = 0;
    while (lines < most) {
      if (this.#at === this.#filled && !(await this.#fill())) return { lines, ended: true };
      const after = this.#kernel.exports.find_lines(this.#at, this.#filled, Math.min(most - lines, CHUNK));
      lines += this.#kernel.state[0] as number;
      const end = lines === most ? after : this.#filled;
      this.offset += end - this.#at;
      this.#at = end;
    }
    return { lines, ended: false };
  }

  /** Whether bytes were read that are not cut yet. */
  get ahead(): boolean {
    return this.#at < this.#filled;
  }

  /** Reads on for the tap only: nothing is cut any more. False at the end of the input. */
  async readAhead(): Promise<boolean> {
    this.#at = 0;
    this.#filled = 0;
    return this.#fill();
  }

  async #fill(): Promise<boolean> {
    const count = await this.#input.read(this.#buffer);
    if (count === 0) return false;
    this.#tap(this.#buffer.subarray(0, count));
    this.read += count;
    this.#at = 0;
    this.#filled = count;
    return true;
  }
}

/** Lines of an input, an unfinished one at its end among them. */
export async function countLines(input: Input): Promise<number> {
  let last = LINE_FEED;
  const cutter = new Cutter(input, makeKernel(), (bytes) => {
    last = bytes.at(-1) as number;
  });
  const { lines } = await cutter.skip(Number.MAX_SAFE_INTEGER);
  return last === LINE_FEED ? lines : lines + 1;
}
