/**
 * The rules of a snapshot as docs/formats/snapshot.md tells them, judged byte by byte: the first one that a file breaks.
 * Nothing is shared with the library, nor with the other reading of that document in test/lib/pofbs/naive.ts.
 */

const HEADER = Buffer.from('id,total,withdrawable,request');
const MOST = 2n ** 128n - 1n;
const isDigit = (code: number | undefined) => code !== undefined && code >= 48 && code <= 57;

/** The name of the rule; null for a file that may be published. */
export function firstBroken(file: Uint8Array): string | null {
  if (file[0] === 0xef && file[1] === 0xbb && file[2] === 0xbf) return 'E_BOM';
  const end = file.indexOf(10);
  const header = end === -1 ? file : file.subarray(0, end);
  if (header.includes(13)) return 'E_LINE_ENDING';
  if (end === -1 && file.length > 0) return 'E_FINAL_NEWLINE';
  if (!Buffer.from(header).equals(HEADER)) return 'E_HEADER';
  let before = '';
  let rows = 0;
  for (let from = end + 1; from < file.length; rows++) {
    const feed = file.indexOf(10, from);
    const rule = rowRule(file.subarray(from, feed === -1 ? file.length : feed), feed !== -1, before);
    if (rule !== null) return rule;
    before = Buffer.from(file.subarray(from, from + 64)).toString('latin1');
    from = feed + 1;
  }
  return rows === 0 ? 'E_EMPTY' : null;
}

function rowRule(line: Uint8Array, complete: boolean, before: string): string | null {
  if (line.includes(13)) return 'E_LINE_ENDING';
  if (!complete) return 'E_FINAL_NEWLINE';
  if (line.length === 0) return 'E_BLANK_LINE';
  if (line.includes(34)) return 'E_QUOTE';
  const commas: number[] = [];
  for (const [at, code] of line.entries()) if (code === 44) commas.push(at);
  if (commas.length !== 3) return 'E_COLUMNS';
  const [one, two, three] = commas as [number, number, number];
  if (one !== 64) return 'E_ID_SYNTAX';
  for (const code of line.subarray(0, 64))
    if (!isDigit(code) && !(code >= 97 && code <= 102)) return 'E_ID_SYNTAX';
  const amounts: bigint[] = [];
  for (const [column, [from, to]] of [
    [one, two],
    [two, three],
    [three, line.length],
  ].entries()) {
    const amount = amountRule(line.subarray((from as number) + 1, to), column);
    if (typeof amount === 'string') return amount;
    amounts.push(amount);
  }
  const id = Buffer.from(line.subarray(0, 64)).toString('latin1');
  if (id === before) return 'C6';
  if (id < before) return 'E_ORDER';
  const [total, withdrawable, request] = amounts as [bigint, bigint, bigint];
  if (request > withdrawable) return 'C4';
  return withdrawable > total ? 'C4b' : null;
}

function amountRule(text: Uint8Array, column: number): bigint | string {
  const negative = text[0] === 45;
  const digits = negative ? text.subarray(1) : text;
  if (digits.length === 0) return 'E_AMOUNT_SYNTAX';
  let value = 0n;
  for (const code of digits) {
    if (!isDigit(code)) return 'E_AMOUNT_SYNTAX';
    if (value <= MOST) value = value * 10n + BigInt(code - 48);
  }
  if (negative) return `C${column + 1}`;
  if (digits[0] === 48 && digits.length > 1) return 'E_AMOUNT_NONCANONICAL';
  return value > MOST ? 'E_AMOUNT_RANGE' : value;
}
