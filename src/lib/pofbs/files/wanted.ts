/** The line of a wallet: its salt from a file or from the private mapping. */

import { usageError, verificationError } from '../../errors.js';
import { fromHex } from '../gpmp.js';
import { MappingLines } from '../mappingLines.js';
import { type Wanted, wantedBy } from '../proveLine.js';
import type { EpochHeader } from '../types.js';
import { parseWallet } from '../wallet.js';
import { openInput } from './input.js';
import { plainMapping } from './mappingInput.js';
import { readSmallFile } from './small.js';

export interface SaltSource {
  readonly saltFile?: string | undefined;
  readonly mapping?: string | undefined;
  /** Of an age identity, for a sealed mapping. */
  readonly identityFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param text the wallet: SS58 or 0x hex
 * @throws usage WALLET, ADDRESS_*, SALT_NEEDED, SALT, MAPPING, MAPPING_EPOCH, INPUT_*; verification WALLET_NOT_FOUND
 */
export async function wantedByWallet(
  header: EpochHeader,
  text: string,
  options: SaltSource,
): Promise<Wanted> {
  const wallet = parseWallet(text);
  if (options.saltFile === undefined && options.mapping === undefined)
    throw usageError('SALT_NEEDED', 'A wallet’s id follows from the wallet and its salt.', {
      hint: 'Give --salt-file with the salt that the custodian told the user, or --mapping.',
    });
  if (options.saltFile === undefined) return inMapping(header, wallet, options);
  const salt = parseSalt(await readSmallFile(options.saltFile, { what: 'salt', maxBytes: 256 }));
  return wantedBy(header, wallet, salt);
}

/** @throws usage SALT, which does not repeat it */
function parseSalt(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1').trim();
  const salt = /^(?:0x)?[0-9a-f]{64}$/i.test(text) ? fromHex(`0x${text.slice(-64).toLowerCase()}`) : null;
  if (salt !== null) return salt;
  throw usageError('SALT', 'The file does not hold a salt.', {
    hint: 'A salt has 64 hexadecimal digits, and the file nothing else.',
  });
}

async function inMapping(header: EpochHeader, wallet: Uint8Array, options: SaltSource): Promise<Wanted> {
  const input = await openInput(options.mapping ?? '', options.signal ? { signal: options.signal } : {});
  try {
    const lines = new MappingLines(await plainMapping(input, options.identityFile ?? null));
    for (let more = lines.step(); typeof more === 'boolean' ? more : await more; more = lines.step()) {
      if (!lines.hasWallet || !lines.hasSalt || !Buffer.from(lines.row.wallet).equals(wallet)) continue;
      const wanted = wantedBy(header, wallet, lines.row.salt);
      if (Buffer.from(lines.row.id).equals(wanted.id)) return wanted;
      throw usageError(
        'MAPPING_EPOCH',
        `${input.shown} is the mapping of another epoch, or it was changed.`,
        {
          hint: `In epoch ${header.epoch} the wallet has another id than there. Every epoch has a mapping of its own.`,
        },
      );
    }
    if (lines.stopped === null)
      throw verificationError('WALLET_NOT_FOUND', `The wallet is in no line of ${input.shown}.`, {
        hint: `Is it the mapping of epoch ${header.epoch}, and the right wallet?`,
      });
    throw usageError('MAPPING', `${input.shown} is no mapping: ${lines.stopped}.`, {
      hint: 'See docs/formats/mapping.md.',
    });
  } finally {
    await input.close();
  }
}
