/** All host functions by the names under which runtimes import them. */

import type { HostContext, HostFunctions } from './context.js';
import { hashingFunctions, trieFunctions } from './hashing.js';
import { heapFunctions, loggingFunctions, offchainFunctions } from './rest.js';
import { signatureFunctions } from './signatures.js';
import { childFunctions, storageFunctions } from './storage.js';

export type { HostContext, HostFunction, HostFunctions, LogLevel } from './context.js';

export const hostFunctions = (host: HostContext): HostFunctions => ({
  ...heapFunctions(host),
  ...storageFunctions(host),
  ...childFunctions(host),
  ...hashingFunctions(host),
  ...trieFunctions(host),
  ...signatureFunctions(host),
  ...loggingFunctions(host),
  ...offchainFunctions(),
});
