/**
 * How a piece of input is repeated in an error: short, on one line, and not at all when it could be a secret that was
 * put in the wrong place. People do type their mnemonic where the name of a key belongs.
 */

import { quoteReadable } from '../numeric/text.js';
import { NOT_SHOWN } from '../shown.js';

const HEX_SECRET = /(?:0x)?[0-9a-f]{64,}/i;
const LIMIT = 64;

/** `text` in quotes with control characters escaped, or a remark that it is not shown. */
export function echo(text: string): string {
  // Two words or more are never a name or an address, and a few words of a mnemonic are too many.
  if (HEX_SECRET.test(text) || /\S\s+\S/u.test(text) || text.includes('//')) return NOT_SHOWN;
  return quoteReadable(text, LIMIT);
}

/** The same for a path, in which a blank is nothing unusual. */
export function echoPath(path: string): string {
  const words = path.split(/\s+/u).length;
  return HEX_SECRET.test(path) || words >= 8 ? NOT_SHOWN : quoteReadable(path, 1024);
}

/** A path as an argument of a shell command that the reader can paste. */
export const shellQuote = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
