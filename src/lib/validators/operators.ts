/** The operators' file: who runs which validator, as somebody has found out and written down. */

import { usageError } from '../errors.js';
import { parseAddress } from '../keys/addresses.js';
import { quoteReadable } from '../numeric/text.js';

const MAX_NAME = 64;

/**
 * One validator a line: its address, white space, the operator's name. Empty lines and what follows a # are left out.
 *
 * @returns operators by address, in the chain's prefix
 * @throws usage OPERATORS_FILE with the line's number
 */
export function parseOperators(text: string, ss58Prefix: number): ReadonlyMap<string, string> {
  const operators = new Map<string, string>();
  text.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#.*$/, '').trim();
    if (line === '') return;
    const bad = (why: string, cause?: unknown) =>
      usageError('OPERATORS_FILE', `Line ${index + 1} of the operators' file: ${why}`, {
        hint: 'Write one validator a line: ADDRESS OPERATOR NAME; # begins a comment.',
        cause,
      });
    const [, account = '', name = ''] = /^(\S+)\s+(.*)$/s.exec(line) ?? [];
    if (name === '') throw bad('an address and a name are needed.');
    if ([...name].length > MAX_NAME) throw bad(`the name has more than ${MAX_NAME} characters.`);
    let address: string;
    try {
      address = parseAddress(account, { ss58Prefix }).address;
    } catch (cause) {
      throw bad(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const known = operators.get(address);
    if (known !== undefined && known !== name)
      throw bad(`${address} has two operators, ${quoteReadable(known, 40)} and ${quoteReadable(name, 40)}.`);
    operators.set(address, name);
  });
  return operators;
}
