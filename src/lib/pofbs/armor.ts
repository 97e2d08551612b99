/**
 * ASCII armor of age files (https://c2sp.org/age, "ASCII armor"), decoded as a stream: age-encryption decodes a whole text in
 * memory, and a sealed mapping of a million users has 270 MB. Strict as age is: lines of 64 digits, a last one that may
 * be shorter, canonical base64, and nothing behind the end but white space.
 */

import { type BursarError, usageError } from '../errors.js';
import { fromChunks } from './chunks.js';
import type { Input } from './engine.js';

const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----';
const END = '-----END AGE ENCRYPTED FILE-----';
const LINE = 64;
const BLOCK = 1 << 16;

/** White space may come before the armor. */
export const isArmored = (beginning: Uint8Array): boolean =>
  Buffer.from(beginning).toString('latin1').trimStart().startsWith(BEGIN);

/** The bytes in an armored file. @throws usage SEALED_BROKEN while it is read */
export const unarmored = (input: Input): Input => fromChunks(decoded(input));

async function* decoded(input: Input): AsyncGenerator<Uint8Array> {
  let begun = false;
  let short = false;
  let ended = false;
  for await (const lines of linesOf(input)) {
    let digits = '';
    for (const line of lines) {
      if (!begun && line === BEGIN) begun = true;
      else if (!begun || ended) {
        if (line.trim() !== '') throw broken();
      } else if (line === END) ended = true;
      else if (short || line.length > LINE || line.length % 4 !== 0 || line === '') throw broken();
      else {
        short = line.length < LINE || line.endsWith('=');
        digits += line;
      }
    }
    if (digits === '') continue;
    const bytes = Buffer.from(digits, 'base64');
    // Node passes over what is no digit, and over bits that are left over.
    if (bytes.toString('base64') !== digits) throw broken();
    yield bytes;
  }
  if (!ended) throw broken();
}

/** The lines of a text, many at once, without their ends. */
async function* linesOf(input: Input): AsyncGenerator<string[]> {
  const block = new Uint8Array(BLOCK);
  let rest = '';
  for (let count = await input.read(block); count > 0; count = await input.read(block)) {
    const lines = (rest + Buffer.from(block.subarray(0, count)).toString('latin1')).split('\n');
    rest = lines.pop() as string;
    if (rest.length > BLOCK) throw broken();
    yield lines.map(withoutReturn);
  }
  yield [withoutReturn(rest)];
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

const broken = (): BursarError =>
  usageError('SEALED_BROKEN', 'The armor of the sealed mapping is damaged or cut off.', {
    hint: 'Get it again from where it was published, from its BEGIN line to its END line.',
  });
