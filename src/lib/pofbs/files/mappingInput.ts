/**
 * The plain bytes of a mapping: sealed or not, in ASCII armor or not. What is no mapping at all is a usage error here: a
 * download that went wrong is not a custodian's fault, and says nothing about the epoch.
 */

import { type BursarError, usageError } from '../../errors.js';
import { readPrivateFile } from '../../keys/private-file.js';
import { isArmored, unarmored } from '../armor.js';
import { ARTIFACTS, artifactOfHeader, isWebPage } from '../artifact.js';
import type { Input } from '../engine.js';
import { MAPPING_HEADER } from '../mapping.js';
import { keyLines, SEALED_MAGIC, unseal } from '../seal.js';

/** More than the first line of anything that is known. */
const BEGINNING = 1024;

/**
 * @param identityFile of an age identity, readable by its owner alone; null if none is given
 * @throws usage SEALED, IDENTITY, SEALED_FOR_OTHERS, SEALED_BROKEN; MAPPING for what does not begin with a mapping's first
 *   line; precondition KEY_FILE_MODE
 */
export async function plainMapping(input: Input, identityFile: string | null): Promise<Input> {
  const [beginning, whole] = await peek(input);
  const armored = isArmored(beginning);
  const sealed = armored || startsWith(beginning, SEALED_MAGIC);
  const plain = sealed ? await opened(armored ? unarmored(whole) : whole, identityFile) : whole;
  return await checked(plain);
}

async function opened(sealed: Input, identityFile: string | null): Promise<Input> {
  if (identityFile === null)
    throw usageError('SEALED', 'The mapping is sealed.', {
      hint: 'Give the file of your age identity with --identity-file.',
    });
  const rule = { what: 'identity file', maxBytes: 1 << 16, links: 'follow' } as const;
  const { bytes } = await readPrivateFile(identityFile, rule);
  try {
    return await unseal(keyLines(bytes.toString('utf8')), sealed);
  } finally {
    bytes.fill(0);
  }
}

/** @throws usage MAPPING */
async function checked(plain: Input): Promise<Input> {
  const [beginning, whole] = await peek(plain);
  if (startsWith(beginning, new TextEncoder().encode(MAPPING_HEADER))) return whole;
  throw noMapping(whyNot(beginning));
}

const noMapping = (why: string): BursarError =>
  usageError('MAPPING', `This is no mapping: ${why}.`, {
    hint: 'Get it again as the custodian made it, byte for byte: nothing was checked, and nothing is said about the epoch. Its form is in docs/formats/mapping.md.',
  });

/** A clause. Nothing of the file is repeated: its lines are private. */
function whyNot(beginning: Uint8Array): string {
  const text = Buffer.from(beginning).toString('latin1');
  const [line = ''] = text.split('\n');
  if (text === '') return 'it is empty';
  if (isWebPage(beginning)) return `it is ${ARTIFACTS['web page'].is}, not the file itself`;
  if (text.startsWith('\u00ef\u00bb\u00bf'))
    return 'it begins with a byte order mark, which an editor put there';
  if (/^(?:\u00ff\u00fe|\u00fe\u00ff)/.test(text)) return 'it is in UTF-16, as an editor saved it';
  if (/^[0-9a-f]{64},/.test(line)) return `its first line, ${MAPPING_HEADER.trimEnd()}, is missing`;
  if (line === `${MAPPING_HEADER.trimEnd()}\r`) return 'its lines end as on Windows, as an editor saved it';
  const other = artifactOfHeader(line);
  if (other !== null && other !== 'mapping') return `it is ${ARTIFACTS[other].is}`;
  return `its first line is not ${MAPPING_HEADER.trimEnd()}`;
}

const startsWith = (bytes: Uint8Array, start: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, start.length)).equals(start);

/** The beginning of an input, and the input with it put back in front. */
async function peek(input: Input): Promise<[Uint8Array, Input]> {
  const head = new Uint8Array(BEGINNING);
  let filled = 0;
  while (filled < head.length) {
    const read = await input.read(head.subarray(filled));
    if (read === 0) break;
    filled += read;
  }
  let left = head.subarray(0, filled);
  const whole: Input = {
    async read(into) {
      if (left.length === 0) return await input.read(into);
      const part = left.subarray(0, into.length);
      into.set(part);
      left = left.subarray(part.length);
      return part.length;
    },
  };
  return [head.subarray(0, filled), whole];
}
