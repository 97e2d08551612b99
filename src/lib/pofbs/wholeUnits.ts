/** Amounts of a ledger in whole units of the asset, `1.5`, turned into its smallest units digit by digit. */

const [ZERO, NINE, POINT] = [48, 57, 46];
/** More digits than any amount has are refused before they are turned. */
const MOST = 80;

export class WholeUnits {
  /** The amounts that were turned. */
  readonly bytes = new Uint8Array(3 * (MOST + 38));
  #used = 0;

  /** Begins a row. */
  clear(): void {
    this.#used = 0;
  }

  /**
   * Turns the amount in `text[start … end)`; the result is behind what was turned before.
   * @returns where it begins and ends, or why it is none
   */
  turn(
    text: Uint8Array,
    start: number,
    end: number,
    decimals: number,
  ): { readonly start: number; readonly end: number } | 'form' | 'digits' {
    const point = text.subarray(start, end).indexOf(POINT);
    const wholeEnd = point === -1 ? end : start + point;
    let fractionEnd = end;
    // Zeros at the end change nothing.
    while (point !== -1 && fractionEnd > wholeEnd + 1 && text[fractionEnd - 1] === ZERO) fractionEnd--;
    if (end - start > MOST || wholeEnd === start || (point !== -1 && end === wholeEnd + 1)) return 'form';
    if (!isDigits(text, start, wholeEnd) || !isDigits(text, wholeEnd + 1, end)) return 'form';
    if (wholeEnd - start > 1 && text[start] === ZERO) return 'form';
    const fraction = point === -1 ? 0 : fractionEnd - wholeEnd - 1;
    if (fraction > decimals) return 'digits';
    const begin = this.#used;
    const put = (digit: number) => {
      // No leading zeros but a lone one.
      if (this.#used === begin + 1 && this.bytes[begin] === ZERO) this.#used = begin;
      this.bytes[this.#used++] = digit;
    };
    for (let at = start; at < wholeEnd; at++) put(text[at] as number);
    for (let place = 0; place < decimals; place++)
      put(place < fraction ? (text[wholeEnd + 1 + place] as number) : ZERO);
    return { start: begin, end: this.#used };
  }
}

function isDigits(text: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++)
    if ((text[at] as number) < ZERO || (text[at] as number) > NINE) return false;
  return true;
}
