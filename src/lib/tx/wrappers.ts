/**
 * Calls that carry other calls, and the events with which they say what became of them (pallet-utility 49, -proxy 49,
 * -multisig 49, -sudo 49, -collective 49; what older runtimes did differently is said where it matters).
 */

import { isRuntimeCall } from '../chain/codec.js';
import type { RuntimeCall } from './plan.js';

export const ITEM_MARKERS = ['Utility.ItemCompleted', 'Utility.ItemFailed'];
export const BATCH_MARKERS = [
  'Utility.BatchCompleted',
  'Utility.BatchCompletedWithErrors',
  'Utility.BatchInterrupted',
];
const WRAPPER_MARKERS = [
  'Proxy.ProxyExecuted',
  'Multisig.MultisigExecuted',
  'Sudo.Sudid',
  'Sudo.SudoAsDone',
  'Utility.DispatchedAs',
  'Utility.IfElseMainSuccess',
  'Utility.IfElseFallbackCalled',
];
const MARKERS = new Set([...ITEM_MARKERS, ...BATCH_MARKERS, ...WRAPPER_MARKERS]);

/** How a wrapper's event tells the result of the call inside. */
export interface ResultEvent {
  readonly event: string;
  /** Name and place of the result among the event's fields. */
  readonly field: string;
  readonly index: number;
  /** What it means that a wrapper which returned Ok has no such event. Default: the answer is incomplete. */
  readonly absent?: 'pending' | 'transparent';
}
const PROXY: ResultEvent = { event: 'Proxy.ProxyExecuted', field: 'result', index: 0 };
const MULTISIG = { event: 'Multisig.MultisigExecuted', field: 'result', index: 4 };
const RESULT_EVENTS: Readonly<Record<string, ResultEvent>> = {
  'Proxy.proxy': PROXY,
  'Proxy.proxy_announced': PROXY,
  'RemoteProxyRelayChain.remote_proxy': PROXY,
  'RemoteProxyRelayChain.remote_proxy_with_registered_proof': PROXY,
  // Below the threshold an approval is recorded, not executed.
  'Multisig.as_multi': { ...MULTISIG, absent: 'pending' },
  // Runtimes of before 2024 have no event for it; a failed inner call fails the wrapper.
  'Multisig.as_multi_threshold_1': { ...MULTISIG, absent: 'transparent' },
  'Sudo.sudo': { event: 'Sudo.Sudid', field: 'sudoResult', index: 0 },
  'Sudo.sudo_unchecked_weight': { event: 'Sudo.Sudid', field: 'sudoResult', index: 0 },
  'Sudo.sudo_as': { event: 'Sudo.SudoAsDone', field: 'sudoResult', index: 0 },
  'Utility.dispatch_as': { event: 'Utility.DispatchedAs', field: 'result', index: 0 },
  'Utility.dispatch_as_fallible': { event: 'Utility.DispatchedAs', field: 'result', index: 0 },
};
/** Wrappers that return the inner call's result as their own, without an event. */
export const TRANSPARENT = new Set(['Utility.as_derivative', 'Utility.with_weight', 'Recovery.as_recovered']);
export const BATCHES = new Set(['Utility.batch', 'Utility.batch_all', 'Utility.force_batch']);

/** A collective's pallet has the name that its runtime gave it: it is known by the form of its calls. */
function collectiveEvent(call: RuntimeCall): ResultEvent | undefined {
  if (!isRuntimeCall(call.args.proposal)) return undefined;
  const at = { field: 'result', index: 1 };
  if (call.call === 'execute') return { event: `${call.pallet}.MemberExecuted`, ...at };
  // Above a threshold of one the motion is recorded, not executed.
  if (call.call === 'propose') return { event: `${call.pallet}.Executed`, ...at, absent: 'pending' };
  return undefined;
}

/** The event with which a wrapper tells the result of the call inside; none for a call that is no such wrapper. */
export const resultEvent = (call: RuntimeCall): ResultEvent | undefined =>
  RESULT_EVENTS[`${call.pallet}.${call.call}`] ?? collectiveEvent(call);

/** `close` of a collective: executes a call that the extrinsic knows only by its hash. */
export const closesMotion = (call: RuntimeCall): boolean =>
  call.call === 'close' && 'proposal_hash' in call.args;

/** The calls directly inside a call. */
export function innerCalls(call: RuntimeCall): RuntimeCall[] {
  const found: RuntimeCall[] = [];
  for (const value of Object.values(call.args)) {
    if (isRuntimeCall(value)) found.push(value);
    else if (Array.isArray(value)) found.push(...value.filter(isRuntimeCall));
  }
  return found;
}

/** The events that mark where calls end, in an extrinsic with this call. */
export const markersFor = (call: RuntimeCall): ReadonlySet<string> =>
  new Set([...MARKERS, ...collectiveMarkers(call)]);

function collectiveMarkers(call: RuntimeCall): string[] {
  const own =
    collectiveEvent(call) || closesMotion(call)
      ? [`${call.pallet}.Executed`, `${call.pallet}.MemberExecuted`]
      : [];
  return [...own, ...innerCalls(call).flatMap(collectiveMarkers)];
}
