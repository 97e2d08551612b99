/** Long loops: lets the process hear Ctrl-C now and then, and tells how far the work is. */

/** A sentence about what is being done, for the person who waits. */
export type OnProgress = (message: string) => void;

const INTERVAL_MS = 500;

export class Pace {
  readonly #began = performance.now();
  #told = 0;

  /**
   * @param doing `reading the ledger`
   * @param signal stops the loop with its reason
   */
  constructor(
    readonly doing: string,
    readonly onProgress: OnProgress | undefined,
    readonly signal: AbortSignal | undefined,
  ) {
    onProgress?.(doing);
  }

  /**
   * To be awaited every few thousand rows.
   * @param rows rows done
   * @param share how much of the work that is, 0 to 1; unknown if absent
   */
  async pause(rows: number, share?: number): Promise<void> {
    await new Promise(setImmediate);
    this.signal?.throwIfAborted();
    const now = performance.now();
    if (now - this.#told < INTERVAL_MS || rows === 0) return;
    this.#told = now;
    const seconds = (now - this.#began) / 1000;
    const parts = [
      `${rows.toLocaleString('en')} rows`,
      `${Math.round(rows / seconds).toLocaleString('en')} rows/s`,
    ];
    if (share !== undefined && share > 0) {
      parts.push(`${Math.floor(100 * share)} %`);
      if (seconds > 2) parts.push(`about ${Math.ceil((seconds * (1 - share)) / share)} s left`);
    }
    this.onProgress?.(`${this.doing}: ${parts.join(', ')}`);
  }
}
