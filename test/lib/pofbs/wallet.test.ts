/** The fast reader of wallets against the reader of single addresses. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSs58, encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { parseWallet } from '../../../src/lib/pofbs/wallet.js';

const accounts = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  // Zeros in front are where base58 is odd.
  fc
    .tuple(fc.integer({ min: 1, max: 32 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    .map(([zeros, bytes]) => bytes.map((byte, index) => (index < zeros ? 0 : byte))),
);
const prefixes = fc
  .oneof(
    fc.constantFrom(0, 2, 42, 63, 64, 127, 128, 255, 256, 2032, 16_383),
    fc.integer({ min: 0, max: 16_383 }),
  )
  .filter((prefix) => prefix !== 46 && prefix !== 47);

/** What a text is as a wallet by the slow reader; null if it is none. */
function slow(text: string): string | null {
  try {
    return Buffer.from(decodeSs58(text).accountId).toString('hex');
  } catch {
    return null;
  }
}

function fast(text: string): string | null {
  try {
    return Buffer.from(parseWallet(text)).toString('hex');
  } catch {
    return null;
  }
}

describe('wallets', () => {
  it('of any network are the account that they are of', () => {
    fc.assert(
      fc.property(accounts, prefixes, (account, prefix) => {
        const hex = Buffer.from(account).toString('hex');
        expect(fast(encodeSs58(account, prefix))).toBe(hex);
        expect(fast(`0x${hex}`)).toBe(hex);
        expect(fast(`0x${hex.toUpperCase()}`)).toBe(hex);
      }),
      { numRuns: 2000 },
    );
  });

  it('are refused with a changed, lost or added letter whenever the slow reader refuses them', () => {
    const letter = fc.constantFrom(...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl -é');
    fc.assert(
      fc.property(
        accounts,
        prefixes,
        fc.nat(60),
        letter,
        fc.constantFrom(0, 1),
        (account, prefix, at, one, cut) => {
          const text = encodeSs58(account, prefix);
          const changed = text.slice(0, at) + one + text.slice(at + cut);
          expect(fast(changed)).toBe(slow(changed));
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('say what is wrong with them', () => {
    const message = (text: string) => {
      try {
        parseWallet(text);
        return 'accepted';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(message('')).toMatch(/is empty/);
    expect(message('ab'.repeat(32))).toMatch(/no 0x in front/);
    expect(message('0xabcd')).toMatch(/not 0x and 64 hexadecimal digits/);
    expect(message(' 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY')).toMatch(/blanks/);
    expect(message('5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ')).toMatch(/wrong checksum/);
    expect(message('5Grwva')).not.toBe('accepted');
    // A contract's address is 20 bytes: no account id.
    expect(message(`0x${'11'.repeat(20)}`)).toMatch(/not 0x and 64/);
  });
});
