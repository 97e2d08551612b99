/** A snapshot beside the mapping: both ascend by id, so they are compared row by row. */

import { BursarError, EXIT } from '../errors.js';
import type { Rows } from './rows.js';

const ID_DIGITS = 64;

export class Join {
  /** Whether the snapshot stands at a row. */
  more = true;
  /** Whether its row was taken, and a step must follow. */
  behind = false;
  readonly #onBroken: (error: BursarError) => void;

  /** @param onBroken told when the snapshot breaks a rule of form or order; no row comes after that */
  constructor(
    readonly name: string,
    readonly rows: Rows,
    onBroken: (error: BursarError) => void,
  ) {
    this.#onBroken = onBroken;
  }

  /** Goes to the next row; a promise only where bytes must be read. */
  step(): Promise<void> | null {
    this.behind = false;
    try {
      const step = this.rows.step();
      if (typeof step === 'boolean') {
        this.more = step;
        return null;
      }
      return step.then(
        (more) => {
          this.more = more;
        },
        (error) => this.#end(error),
      );
    } catch (error) {
      this.#end(error);
      return null;
    }
  }

  /** Order of this row's id and one of 64 digits at `start`: negative if this one is smaller. */
  compare(digits: Uint8Array, start: number): number {
    const { bytes, id } = this.rows;
    for (let index = 0; index < ID_DIGITS; index++) {
      const difference = (bytes[id + index] as number) - (digits[start + index] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #end(error: unknown): void {
    this.more = false;
    if (!(error instanceof BursarError) || error.exit !== EXIT.verificationFalse) throw error;
    this.#onBroken(error);
  }
}
