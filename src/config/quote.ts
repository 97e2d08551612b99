/**
 * How a piece of the user's input is repeated in a message: short, on one line, unable to steer a terminal, and not
 * at all when it could be a secret that was put in the wrong place.
 */

import { quoteReadable } from '../lib/numeric/text.js';
import { NOT_SHOWN } from '../lib/shown.js';

/** 32 bytes of hex are a seed as often as they are a hash. */
const HEX_KEY = /[0-9a-f]{64}/i;
/** Mnemonics have 12 words or more; one that was cut, or mistyped, is still a secret. */
const MANY_WORDS = /^\s*(\S+\s+){7,}\S/;
/** A mnemonic as it is written, perhaps with a derivation path behind it. */
const MNEMONIC = /^\s*([a-z]{3,8}\s+){11}(([a-z]{3,8}\s+){3}){0,4}[a-z]{3,8}\s*(\/.*)?$/i;

/** Whether a text is, in all likelihood, a secret: a key in hex, a mnemonic. */
export const looksLikeSecret = (text: string): boolean =>
  /^(0x)?([0-9a-f]{64}|[0-9a-f]{128})$/i.test(text.trim()) || MNEMONIC.test(text);

/** Whether there could be a secret in it; then it is better not repeated. */
const couldHoldSecret = (text: string): boolean =>
  HEX_KEY.test(text) || MANY_WORDS.test(text.slice(0, 1_000));

/** `text` in quotes, at most `limit` characters of it. */
export function quoteInput(text: string, limit = 60): string {
  if (couldHoldSecret(text)) return NOT_SHOWN;
  return quoteReadable(text, limit);
}
