/**
 * Runs a chain's own WebAssembly in Node's engine.
 *
 *   const runtime = await Runtime.of(code);
 *   const overlay = new Overlay(TrieState.of(entries, 1, crypto.blake2_256));
 *   const result = runtime.call('AccountNonceApi_account_nonce', account, overlay);
 */

export {
  type Applied,
  BlockBuilder,
  decodeHeader,
  encodeHeader,
  type Header,
  type NewBlock,
  ZERO_HASH,
} from './block.js';
export { type HostCrypto, hostCrypto } from './crypto.js';
export { LayeredState } from './layered-state.js';
export { CodeError } from './module.js';
export { Overlay } from './overlay.js';
export { Proof, ProofError } from './proof.js';
export { RemoteFault, type RemoteSource, RemoteState } from './remote-state.js';
export { type CallOptions, Runtime, RuntimeTrap } from './runtime.js';
export { compact, concat, fromHex, type Hex, isHex, little, Reader, toHex } from './scale.js';
export {
  type Changes,
  EMPTY_STATE,
  type KeyValues,
  keysOf,
  Missing,
  type State,
  type StateChanges,
  type StateReader,
  type StateVersion,
} from './state.js';
export { orderedRoot, Trie } from './trie.js';
export { TrieState } from './trie-state.js';
export { decodeVersion, type RuntimeVersion, stateVersionOf } from './version.js';
