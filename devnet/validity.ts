/** What the runtime says of a transaction, and how a Substrate node words it as a JSON-RPC error. */

import { type Hex, Reader, toHex } from './bytes.js';

/** A JSON-RPC error as it goes over the wire. */
export class RpcFault extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
    this.name = 'RpcFault';
  }
}

/** `sp_runtime`'s ValidTransaction. */
export interface ValidTransaction {
  readonly priority: bigint;
  readonly requires: readonly Hex[];
  readonly provides: readonly Hex[];
  /** Blocks. */
  readonly longevity: bigint;
}

/** `sp_runtime`'s TransactionValidityError, by the index of its variants. */
export interface ValidityError {
  readonly kind: 'invalid' | 'unknown';
  readonly variant: number;
  /** Of the Custom variant. */
  readonly custom?: number;
}

export const FUTURE = 2;
export const EXHAUSTS_RESOURCES = 6;
const CUSTOM_INVALID = 7;
const CUSTOM_UNKNOWN = 2;

/** `InvalidTransaction` in the order of its variants, in the words of a node's answer. */
const INVALID = [
  'Transaction call is not expected',
  'Inability to pay some fees (e.g. account balance too low)',
  'Transaction will be valid in the future',
  'Transaction is outdated',
  'Transaction has a bad signature',
  'Transaction has an ancient birth block',
  'Transaction would exhaust the block limits',
  'InvalidTransaction custom error',
  'A call was labelled as mandatory, but resulted in an Error.',
  'Transaction dispatch is mandatory; transactions must not be validated.',
  'Invalid signing address',
  'The implicit data was unable to be calculated',
  'The transaction extension did not authorize any origin',
] as const;

const UNKNOWN = ['CannotLookup', 'NoUnsignedValidator', 'Custom'] as const;

/** Decode `Result<ValidTransaction, TransactionValidityError>`. */
export function decodeValidity(bytes: Uint8Array): ValidTransaction | ValidityError {
  const reader = new Reader(bytes);
  if (reader.u8() !== 0) return decodeValidityError(reader);
  const priority = reader.unsigned(8);
  const tags = (): Hex[] =>
    Array.from({ length: Number(reader.compact()) }, () => toHex(reader.byteVector()));
  return { priority, requires: tags(), provides: tags(), longevity: reader.unsigned(8) };
}

export function decodeValidityError(reader: Reader): ValidityError {
  const kind = reader.u8() === 0 ? 'invalid' : 'unknown';
  const variant = reader.u8();
  const isCustom = variant === (kind === 'invalid' ? CUSTOM_INVALID : CUSTOM_UNKNOWN);
  return isCustom ? { kind, variant, custom: reader.u8() } : { kind, variant };
}

/** Decode `ApplyExtrinsicResult`: undefined if the extrinsic was included, whatever its dispatch said. */
export function decodeApplied(bytes: Uint8Array): ValidityError | undefined {
  const reader = new Reader(bytes);
  return reader.u8() === 0 ? undefined : decodeValidityError(reader);
}

export const isError = (validity: ValidTransaction | ValidityError): validity is ValidityError =>
  'variant' in validity;

/** The error with which a node refuses a submission: codes 1010 and 1011. */
export function validityFault(error: ValidityError): RpcFault {
  if (error.kind === 'unknown') {
    const name = UNKNOWN[error.variant] ?? `variant ${error.variant}`;
    return new RpcFault(
      1011,
      'Unknown Transaction Validity',
      error.custom === undefined ? name : `${name}(${error.custom})`,
    );
  }
  const words = INVALID[error.variant] ?? `variant ${error.variant}`;
  return new RpcFault(
    1010,
    'Invalid Transaction',
    error.custom === undefined ? words : `Custom error: ${error.custom}`,
  );
}
