/**
 * The outcome of an extrinsic is the outcome of its innermost call. The chain says what became of nested calls only in
 * events, after the fact and in order: a batch marks every item, a proxy, a multisig, sudo and dispatch_as say how the
 * call inside ended. Two properties of FRAME make the reading unambiguous:
 * - a call that returns an error leaves no events (its storage layer is rolled back), so only calls that returned Ok have any;
 * - a wrapper's own event is the last one of the wrapper, after those of the call inside.
 * So the events are read backwards, from the outermost marker in.
 */

import type { Plain, Planck } from '../plain.js';
import type { ChainEvent, DispatchFailure, OutcomeNode, Verdict } from './outcome.js';
import type { RuntimeCall } from './plan.js';

export interface Classified {
  readonly verdict: Verdict;
  readonly failure?: DispatchFailure;
  readonly tree: OutcomeNode;
  /** Fee paid (planck), from TransactionPayment.TransactionFeePaid. */
  readonly fee?: Planck;
}

/** How the dispatch of the whole call ended, when it is not in the events (a dry run). */
export type DispatchResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: DispatchFailure };

const ITEM_MARKERS = ['Utility.ItemCompleted', 'Utility.ItemFailed'];
const BATCH_MARKERS = [
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

/** Wrappers whose event carries the inner call's result: the event, and the name and place of the result in it. */
const RESULT_EVENTS: Readonly<
  Record<string, { readonly event: string; readonly field: string; readonly index: number }>
> = {
  'Proxy.proxy': { event: 'Proxy.ProxyExecuted', field: 'result', index: 0 },
  'Proxy.proxy_announced': { event: 'Proxy.ProxyExecuted', field: 'result', index: 0 },
  'Multisig.as_multi': { event: 'Multisig.MultisigExecuted', field: 'result', index: 4 },
  'Multisig.as_multi_threshold_1': { event: 'Multisig.MultisigExecuted', field: 'result', index: 4 },
  'Sudo.sudo': { event: 'Sudo.Sudid', field: 'sudoResult', index: 0 },
  'Sudo.sudo_unchecked_weight': { event: 'Sudo.Sudid', field: 'sudoResult', index: 0 },
  'Sudo.sudo_as': { event: 'Sudo.SudoAsDone', field: 'sudoResult', index: 0 },
  'Utility.dispatch_as': { event: 'Utility.DispatchedAs', field: 'result', index: 0 },
};
/** Wrappers that return the inner call's result as their own. */
const TRANSPARENT = new Set(['Utility.as_derivative', 'Utility.with_weight', 'Utility.dispatch_as_fallible']);
const BATCHES = new Set(['Utility.batch', 'Utility.batch_all', 'Utility.force_batch']);

/**
 * Reads the outcome tree of an extrinsic.
 * @param call the extrinsic's call
 * @param events the extrinsic's events, in the chain's order
 * @param result for a dry run, how the dispatch ended; otherwise read from System.ExtrinsicSuccess or ExtrinsicFailed
 */
export function classify(
  call: RuntimeCall,
  events: readonly ChainEvent[],
  result?: DispatchResult,
): Classified {
  const fee = feePaid(events);
  const outer = result ?? dispatchResult(events);
  if (!outer.ok) {
    const tree: OutcomeNode = {
      call,
      status: 'failed',
      failure: outer.failure,
      events: [],
      children: innerCalls(call).map(notRun),
    };
    return { verdict: 'dispatchFailed', failure: outer.failure, tree, ...(fee === undefined ? {} : { fee }) };
  }
  const { node: tree } = new Reader(events).succeeded(call, events.length);
  const failure = firstFailure(tree);
  return {
    verdict: failure ? 'innerCallFailed' : 'ok',
    ...(failure ? { failure } : {}),
    tree,
    ...(fee === undefined ? {} : { fee }),
  };
}

/** The calls directly inside a call. */
export function innerCalls(call: RuntimeCall): RuntimeCall[] {
  const found: RuntimeCall[] = [];
  for (const value of Object.values(call.args)) {
    if (isCall(value)) found.push(value);
    else if (Array.isArray(value)) found.push(...value.filter(isCall));
  }
  return found;
}

/** The nodes without children, in order: the calls that do something. */
export function leaves(node: OutcomeNode): OutcomeNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leaves);
}

class Reader {
  constructor(readonly events: readonly ChainEvent[]) {}

  /** Reads a call that returned Ok and whose events end before `end`; says where they begin. */
  succeeded(call: RuntimeCall, end: number): { node: OutcomeNode; start: number } {
    const name = `${call.pallet}.${call.call}`;
    if (BATCHES.has(name)) return this.#batch(call, end);
    if (name === 'Utility.if_else') return this.#ifElse(call, end);
    const wrapper = RESULT_EVENTS[name];
    if (wrapper) return this.#wrapper(call, end, wrapper);
    if (TRANSPARENT.has(name)) {
      const inner = innerCalls(call)[0];
      if (inner) {
        const read = this.succeeded(inner, end);
        return { node: this.#ok(call, [], [read.node]), start: read.start };
      }
    }
    return this.#leaf(call, end);
  }

  #batch(call: RuntimeCall, end: number): { node: OutcomeNode; start: number } {
    const items = innerCalls(call);
    const marker = this.#marker(end, BATCH_MARKERS);
    if (marker === undefined) return this.#leaf(call, end); // an empty batch of an old runtime
    const event = this.events[marker] as ChainEvent;
    const children: OutcomeNode[] = [];
    let cursor = marker;
    let last = items.length - 1;
    if (event.name === 'Utility.BatchInterrupted') {
      const index = Number(field(event, 'index', 0));
      children.push(
        ...items
          .slice(index + 1)
          .reverse()
          .map(notRun),
      );
      const broken = items[index];
      if (broken) children.push(failed(broken, asFailure(field(event, 'error', 1))));
      last = index - 1;
    }
    for (let index = last; index >= 0; index--) {
      const item = items[index] as RuntimeCall;
      const own = this.#marker(cursor, ITEM_MARKERS);
      const mark = own === undefined ? undefined : this.events[own];
      if (own === undefined || !mark) {
        children.push(this.#ok(item, [], innerCalls(item).map(notRun)));
      } else if (mark.name === 'Utility.ItemFailed') {
        children.push(failed(item, asFailure(field(mark, 'error', 0))));
        cursor = own;
      } else {
        const read = this.succeeded(item, own);
        children.push(read.node);
        cursor = read.start;
      }
    }
    return { node: this.#ok(call, [event], children.reverse()), start: cursor };
  }

  #ifElse(call: RuntimeCall, end: number): { node: OutcomeNode; start: number } {
    const [main, fallback] = innerCalls(call);
    const marker = this.#marker(end, ['Utility.IfElseMainSuccess', 'Utility.IfElseFallbackCalled']);
    const event = marker === undefined ? undefined : this.events[marker];
    if (marker === undefined || !event || !main || !fallback) return this.#leaf(call, end);
    if (event.name === 'Utility.IfElseMainSuccess') {
      const read = this.succeeded(main, marker);
      return { node: this.#ok(call, [event], [read.node, notRun(fallback)]), start: read.start };
    }
    // The fallback is what the signer wanted in this case: a main call that failed is told, but is not a failure of the whole.
    const read = this.succeeded(fallback, marker);
    const missed: OutcomeNode = { ...notRun(main), failure: asFailure(field(event, 'mainError', 0)) };
    return { node: this.#ok(call, [event], [missed, read.node]), start: read.start };
  }

  #wrapper(
    call: RuntimeCall,
    end: number,
    { event: name, field: key, index }: { event: string; field: string; index: number },
  ) {
    const inner = innerCalls(call)[0];
    const marker = this.#marker(end, [name]);
    const event = marker === undefined ? undefined : this.events[marker];
    if (marker === undefined || !event || !inner) {
      // A multisig call below its threshold: recorded, not executed.
      const read = this.#leaf(call, end);
      const node: OutcomeNode = { ...read.node, status: 'pending', children: inner ? [pending(inner)] : [] };
      return { node, start: read.start };
    }
    const result = field(event, key, index);
    if (isError(result)) {
      return {
        node: this.#ok(call, [event], [failed(inner, asFailure(result.Err))]),
        start: this.#back(marker),
      };
    }
    const read = this.succeeded(inner, marker);
    return { node: this.#ok(call, [event], [read.node]), start: read.start };
  }

  #leaf(call: RuntimeCall, end: number): { node: OutcomeNode; start: number } {
    const start = this.#back(end);
    const own = this.events
      .slice(start, end)
      .filter((event) => !/^(System\.Extrinsic|TransactionPayment\.)/.test(event.name));
    const executed = own.find(
      (event) => event.name === `${call.pallet}.Executed` || event.name === `${call.pallet}.MemberExecuted`,
    );
    const result = executed && field(executed, 'result', 1);
    if (isError(result)) {
      // A collective's motion: the call inside may be known only by its hash.
      const inner = innerCalls(call)[0] ?? { pallet: call.pallet, call: 'proposal', args: {} };
      return { node: this.#ok(call, own, [failed(inner, asFailure(result.Err))]), start };
    }
    return { node: this.#ok(call, own, []), start };
  }

  #ok(call: RuntimeCall, events: readonly ChainEvent[], children: readonly OutcomeNode[]): OutcomeNode {
    return { call, status: 'ok', events, children };
  }

  /** Index of the nearest marker before `end`, if it is one of `names`: another marker belongs to somebody else. */
  #marker(end: number, names: readonly string[]): number | undefined {
    for (let index = end - 1; index >= 0; index--) {
      const name = this.events[index]?.name ?? '';
      if (names.includes(name)) return index;
      if (MARKERS.has(name)) return undefined;
    }
    return undefined;
  }

  /** Where the events of a call without markers that ends before `end` begin. */
  #back(end: number): number {
    let index = end;
    while (index > 0 && !MARKERS.has(this.events[index - 1]?.name ?? '')) index--;
    return index;
  }
}

function dispatchResult(events: readonly ChainEvent[]): DispatchResult {
  const last = events.findLast(
    (event) => event.name === 'System.ExtrinsicFailed' || event.name === 'System.ExtrinsicSuccess',
  );
  if (last?.name === 'System.ExtrinsicFailed')
    return { ok: false, failure: asFailure(field(last, 'dispatchError', 0)) };
  return last
    ? { ok: true }
    : {
        ok: false,
        failure: { name: 'NoOutcome', docs: 'The block holds no outcome event for this extrinsic.' },
      };
}

function feePaid(events: readonly ChainEvent[]): Planck | undefined {
  const paid = events.find((event) => event.name === 'TransactionPayment.TransactionFeePaid');
  const value = paid && field(paid, 'actualFee', 1);
  return value === undefined || value === null ? undefined : BigInt(value as bigint);
}

/** A field of an event by name, or by place where an old runtime gives no names. */
export function field(event: ChainEvent, name: string, index: number): Plain | undefined {
  if (Array.isArray(event.data)) return (event.data as readonly Plain[])[index];
  return event.data !== null && typeof event.data === 'object'
    ? (event.data as Record<string, Plain>)[name]
    : undefined;
}

function isError(value: unknown): value is { Err: Plain } {
  return value !== null && typeof value === 'object' && 'Err' in value;
}

function asFailure(value: Plain | undefined): DispatchFailure {
  if (value !== null && typeof value === 'object' && 'name' in value)
    return value as unknown as DispatchFailure;
  return { name: typeof value === 'string' ? value : 'Other' };
}

export function isCall(value: unknown): value is RuntimeCall {
  return (
    value !== null && typeof value === 'object' && 'pallet' in value && 'call' in value && 'args' in value
  );
}

const failed = (call: RuntimeCall, failure: DispatchFailure): OutcomeNode => ({
  call,
  status: 'failed',
  failure,
  events: [],
  children: innerCalls(call).map(notRun),
});
const notRun = (call: RuntimeCall): OutcomeNode => ({
  call,
  status: 'notRun',
  events: [],
  children: innerCalls(call).map(notRun),
});
const pending = (call: RuntimeCall): OutcomeNode => ({
  call,
  status: 'pending',
  events: [],
  children: innerCalls(call).map(pending),
});

function firstFailure(node: OutcomeNode): DispatchFailure | undefined {
  for (const child of node.children) {
    const found = firstFailure(child);
    if (found) return found;
  }
  return node.status === 'failed' ? node.failure : undefined;
}
