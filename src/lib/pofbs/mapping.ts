/**
 * The private mapping of an epoch: which id is whose (docs/formats/mapping.md). One row for each wallet of any asset,
 * ascending by id, all rows of one length:
 *
 *     id,wallet,salt
 *     <64 digits>,0x<64 digits>,0x<64 digits>
 */

import { readHex32 } from './hex.js';

export const MAPPING_HEADER = 'id,wallet,salt\n';
/** A row with its line feed. */
export const MAPPING_ROW_BYTES = 64 + 1 + 66 + 1 + 66 + 1;
const WALLET_AT = 65;
const SALT_AT = 132;

/** A row as it is read: 32 bytes each. */
export interface MappingRow {
  readonly id: Uint8Array;
  readonly wallet: Uint8Array;
  readonly salt: Uint8Array;
}

/** Reads a line without its line feed into `row`. @returns whether it is of the one form that a row has */
export function readMappingRow(bytes: Uint8Array, start: number, end: number, row: MappingRow): boolean {
  return (
    end - start === MAPPING_ROW_BYTES - 1 &&
    hexField(bytes, start + WALLET_AT) &&
    hexField(bytes, start + SALT_AT) &&
    readHex32(bytes, start, row.id) &&
    readHex32(bytes, start + WALLET_AT + 2, row.wallet) &&
    readHex32(bytes, start + SALT_AT + 2, row.salt)
  );
}

/** `,0x` before the digits. */
const hexField = (bytes: Uint8Array, at: number): boolean =>
  bytes[at - 1] === 44 && bytes[at] === 48 && bytes[at + 1] === 120;
