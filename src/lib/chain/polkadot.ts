/**
 * The one door to @polkadot/*: the build makes a single minified module of it (dist/vendor/polkadot.js), so that a
 * command which needs a chain loads one file instead of a thousand, and a command which does not loads none.
 * Everything else in src/ writes `await import('#polkadot')`.
 */

export { Keyring } from '@polkadot/keyring';
export { createPair } from '@polkadot/keyring/pair';
export {
  BTreeSet,
  Compact,
  decorateConstants,
  decorateExtrinsics,
  decorateStorage,
  Enum,
  GenericCall,
  GenericEvent,
  Metadata,
  Null,
  Option,
  Raw,
  StorageKey,
  Struct,
  Tuple,
  TypeRegistry,
  unwrapStorageType,
  Vec,
} from '@polkadot/types';
export { AbstractArray, AbstractInt, bool as Bool, CodecMap, CodecSet, Text } from '@polkadot/types-codec';
export {
  bnToBn,
  compactFromU8a,
  compactStripLength,
  compactToU8a,
  hexToU8a,
  stringCamelCase,
  stringToU8a,
  u8aConcat,
  u8aEq,
  u8aToHex,
} from '@polkadot/util';
export {
  base64Decode,
  base64Encode,
  blake2AsHex,
  blake2AsU8a,
  createKeyMulti,
  cryptoWaitReady,
  decodeAddress,
  ed25519PairFromSeed,
  ed25519Sign,
  encodeAddress,
  jsonDecrypt,
  jsonEncrypt,
  keccakAsHex,
  keyExtractSuri,
  keyFromPath,
  mnemonicGenerate,
  mnemonicToMiniSecret,
  mnemonicValidate,
  naclDecrypt,
  naclEncrypt,
  randomAsU8a,
  secp256k1PairFromSeed,
  secp256k1Sign,
  signatureVerify,
  sr25519PairFromSeed,
  sr25519Sign,
  xxhashAsU8a,
} from '@polkadot/util-crypto';
/** What the host of a runtime verifies and hashes with; `cryptoWaitReady` before the first use. */
export {
  blake2b,
  keccak256,
  keccak512,
  sha256,
  sr25519Verify as wasmSr25519Verify,
} from '@polkadot/wasm-crypto';
