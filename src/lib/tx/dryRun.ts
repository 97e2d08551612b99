/** A call applied to the reference block by the chain itself, without a signature: `DryRunApi`. */

import type { OpenChain } from '../chain/connect.js';
import type { Plain } from '../plain.js';
import { classify, type DispatchResult } from './classify.js';
import type { ChainEvent, DispatchFailure, OutcomeNode } from './outcome.js';
import type { RuntimeCall } from './plan.js';

export interface DryRun {
  readonly tree: OutcomeNode;
  readonly failure?: DispatchFailure;
}

/** XCM version of the answer's messages; bursar reads none of them. */
const XCM_VERSION = 5;

/** What would become of the call if `signer` sent it now, read as a real outcome is; null where the chain cannot say. */
export async function dryRun(chain: OpenChain, signer: string, call: RuntimeCall): Promise<DryRun | null> {
  if (!chain.hasApi('DryRunApi', 'dry_run_call')) return null;
  const answer = (await chain.api('DryRunApi', 'dry_run_call', [
    { system: { Signed: signer } },
    call as unknown as Plain,
    XCM_VERSION,
  ])) as unknown;
  const effects = (answer as { Ok?: { executionResult: unknown; emittedEvents: ChainEvent[] } }).Ok;
  // The API itself can be switched off or fail to roll back; then there is no rehearsal, and the check says so.
  if (!effects) return null;
  const failed = (effects.executionResult as { Err?: { error: DispatchFailure } }).Err;
  const result: DispatchResult = failed ? { ok: false, failure: failed.error } : { ok: true };
  const { tree, failure } = classify(call, effects.emittedEvents, result);
  return failure ? { tree, failure } : { tree };
}
